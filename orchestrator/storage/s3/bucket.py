"""Where the bucket is, for the server and for those who get addresses; how addresses are signed."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from orchestrator.storage.base import SignedPut

MAX_TTL_S = 7 * 24 * 3600
"""S3 refuses addresses that are signed for longer."""
META_SHA256 = "sha256"
META_MD5 = "md5"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Name a bucket and the keys to it; `public_endpoint` is how clients and nodes reach it."""

    endpoint: str
    public_endpoint: str
    name: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    prefix: str = ""
    path_style: bool = True

    def key(self, key: str) -> str:
        """Give the name that one of our keys has in the bucket."""
        return self.prefix + key

    def address(self, key: str) -> str:
        """Give an object's address as clients and nodes reach it, without a signature."""
        parts = urlsplit(self.public_endpoint)
        path = quote(self.key(key), safe="/-_.~")
        base = parts.path.rstrip("/")
        if self.path_style:
            return f"{parts.scheme}://{parts.netloc}{base}/{self.name}/{path}"
        return f"{parts.scheme}://{self.name}.{parts.netloc}{base}/{path}"


class Signer:
    """Sign addresses for one bucket, without asking the network."""

    def __init__(self, bucket: Bucket) -> None:
        from botocore.credentials import Credentials

        self._bucket = bucket
        self._credentials: Any = Credentials(bucket.access_key, bucket.secret_key)

    def get(self, key: str, ttl_s: float, filename: str | None, content_type: str) -> str:
        """Sign a GET that answers with this type, and as a download when it has a file name."""
        params = {"response-content-type": content_type}
        if filename:
            name = quote(filename, safe="")
            params["response-content-disposition"] = f"attachment; filename*=UTF-8''{name}"
        return self._sign("GET", key, ttl_s, params, {})

    def put(
        self, key: str, ttl_s: float, *, sha256: str, size_bytes: int, content_type: str
    ) -> SignedPut:
        """Sign a PUT of exactly these bytes, of an object that is not there yet.

        Size, type, hash and the condition are part of the signature. Who PUTs sends the headers
        given here; its HTTP library sends Content-Length by itself.
        """
        headers = {
            "Content-Type": content_type,
            "If-None-Match": "*",
            f"x-amz-meta-{META_SHA256}": sha256,
            "x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(sha256)).decode(),
        }
        signed = {**headers, "Content-Length": str(size_bytes)}
        return SignedPut(self._sign("PUT", key, ttl_s, {}, signed), headers)

    def part(self, key: str, ttl_s: float, upload_id: str, number: int, size_bytes: int) -> str:
        """Sign a PUT of one part of so many bytes."""
        params = {"partNumber": str(number), "uploadId": upload_id}
        return self._sign("PUT", key, ttl_s, params, {"Content-Length": str(size_bytes)})

    def complete(self, key: str, ttl_s: float, upload_id: str) -> str:
        """Sign the POST that joins the parts to an object that is not there yet."""
        return self._sign("POST", key, ttl_s, {"uploadId": upload_id}, {"If-None-Match": "*"})

    def _sign(
        self, method: str, key: str, ttl_s: float, params: dict[str, str], headers: dict[str, str]
    ) -> str:
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest

        request: Any = AWSRequest(method, self._bucket.address(key), headers=headers, params=params)
        expires = max(1, min(int(ttl_s), MAX_TTL_S))
        auth: Any = S3SigV4QueryAuth(self._credentials, "s3", self._bucket.region, expires=expires)
        auth.add_auth(request)
        return str(request.url)
