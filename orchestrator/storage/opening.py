"""Open the object store that the settings name."""

from __future__ import annotations

import asyncio

import structlog

from orchestrator.errors import FarmError, Unavailable
from orchestrator.settings import Settings
from orchestrator.storage.base import ObjectStore
from orchestrator.storage.disk import INCOMING, sweep
from orchestrator.storage.local import LocalStore

log = structlog.get_logger("storage")


async def open_store(settings: Settings, url_key: bytes) -> ObjectStore:
    """Open the store and sweep what broken uploads left.

    Raises FarmError (`storage_settings`, `storage_missing`) with what to set; a storage that only
    does not answer now is told in the log and waited for.
    """
    await asyncio.to_thread(sweep, settings.data_dir / "incoming")
    if settings.storage == "local":
        objects = settings.objects_dir or settings.data_dir / "objects"
        await asyncio.to_thread(sweep, objects / INCOMING)
        return LocalStore(objects, url_key)
    store = _s3(settings)
    try:
        await store.check()
    except Unavailable as error:
        log.warning("storage_away", reason=error.message)
    except FarmError:
        await store.close()
        raise
    return store


def _s3(settings: Settings) -> ObjectStore:
    try:
        from orchestrator.storage.s3 import S3Store
        from orchestrator.storage.s3.bucket import Bucket
    except ImportError as error:
        raise FarmError(
            "storage_missing",
            500,
            f"FLATRENDER_STORAGE=s3 needs a library that is not here ({error.name}). "
            "Install the extra [s3].",
        ) from error
    access_key, secret_key = settings.s3_access_key, settings.s3_secret_key
    assert access_key is not None
    assert secret_key is not None
    endpoint = settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com"
    bucket = Bucket(
        endpoint=endpoint,
        public_endpoint=settings.s3_public_endpoint or endpoint,
        name=settings.s3_bucket or "",
        region=settings.s3_region,
        access_key=access_key.get_secret_value(),
        secret_key=secret_key.get_secret_value(),
        prefix=settings.s3_prefix,
        path_style=settings.s3_path_style,
    )
    return S3Store(bucket, settings.data_dir / "incoming", part_bytes=settings.s3_part_bytes)
