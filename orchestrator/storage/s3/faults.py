"""Say in a sentence what S3 refused, and whether it may pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from orchestrator.errors import FarmError, Unavailable

_SETTINGS = {
    "NoSuchBucket": "There is no such bucket. Make it, or set FLATRENDER_S3_BUCKET",
    "AccessDenied": "The keys may not do this. Give them read, write, list and delete there",
    "InvalidAccessKeyId": "It does not know the key. Set FLATRENDER_S3_ACCESS_KEY",
    "SignatureDoesNotMatch": "The secret does not fit. Set FLATRENDER_S3_SECRET_KEY",
    "PermanentRedirect": "The bucket is in another region. Set FLATRENDER_S3_REGION",
    "AuthorizationHeaderMalformed": "The region does not fit. Set FLATRENDER_S3_REGION",
    "InvalidBucketName": "The bucket's name is not allowed. Set FLATRENDER_S3_BUCKET",
    "403": "The keys may not look at the bucket. Set FLATRENDER_S3_ACCESS_KEY and _SECRET_KEY",
    "404": "There is no such bucket. Make it, or set FLATRENDER_S3_BUCKET",
    "301": "The bucket is in another region. Set FLATRENDER_S3_REGION",
}
MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


def code_of(error: Any) -> str:
    """Give S3's own code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: Any) -> int:
    """Give the HTTP code of an error, 0 when there is none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_missing(error: Any) -> bool:
    """Tell the answer that there is no such object."""
    return code_of(error) in MISSING


def is_taken(error: Any) -> bool:
    """Tell the answer that the object exists, or is being written by another just now."""
    return status_of(error) == 412 or code_of(error) in {
        "PreconditionFailed",
        "ConditionalRequestConflict",
    }


@contextmanager
def told(where: str) -> Iterator[None]:
    """Raise FarmError for what S3 refuses: `storage_settings` (500), Unavailable (503)."""
    try:
        yield
    except ClientError as error:
        raise _of(error, where) from error
    except (BotoCoreError, HTTPClientError, OSError, TimeoutError) as error:
        raise Unavailable(
            f"The storage at {where} does not answer ({type(error).__name__}). See that it runs; "
            "the same call may go through in a moment.",
            "storage_away",
        ) from error


def _of(error: Any, where: str) -> FarmError:
    code, status = code_of(error), status_of(error)
    if code in _SETTINGS:
        return FarmError(
            "storage_settings", 500, f"The storage at {where} refuses ({code}): {_SETTINGS[code]}."
        )
    if status >= 500 or status == 429 or code in {"SlowDown", "RequestTimeout"}:
        return Unavailable(
            f"The storage at {where} cannot do it now ({code}). Try again in a moment.",
            "storage_away",
        )
    return FarmError("storage_failed", 500, f"The storage at {where} refuses this ({code}).")
