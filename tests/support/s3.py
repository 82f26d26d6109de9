"""Run something that speaks as S3 does: moto for the semantics, rclone for the signatures."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from orchestrator.storage.s3 import S3Store
from orchestrator.storage.s3.bucket import Bucket
from orchestrator.storage.s3.calls import connect
from tests.support.ports import own_port

ACCESS_KEY, SECRET_KEY, BUCKET = "testaccess", "testsecret", "farm-objects"
BIN = Path(sys.executable).parent
START_S = 60.0


@contextmanager
def moto_server() -> Iterator[str]:
    """Lend the address of a moto server; it checks no signature."""
    with own_port() as port:
        command = [str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
        with _running(command, port):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def rclone_server(folder: Path) -> Iterator[str]:
    """Lend the address of rclone serving a folder; it checks every signature."""
    (folder / BUCKET).mkdir()
    with own_port() as port:
        command = [str(BIN / "rclone"), "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}"]
        with _running([*command, "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"], port):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        ends = time.monotonic() + START_S
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert child.poll() is None, f"{command[0]} ended"
            assert time.monotonic() < ends, f"{command[0]} does not listen"
            time.sleep(0.02)
        yield
    finally:
        child.kill()
        child.wait()


def bucket_at(endpoint: str, public: str | None = None, **given: Any) -> Bucket:
    """Describe the tests' bucket at an address."""
    keys: dict[str, Any] = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY, **given}
    return Bucket(endpoint, public or endpoint, BUCKET, "us-east-1", **keys)


def store_at(endpoint: str, scratch: Path, public: str | None = None, **given: Any) -> S3Store:
    """Make a store with small parts."""
    return S3Store(bucket_at(endpoint, public, **given), scratch, part_bytes=5 * 2**20, tries=2)


async def make_bucket(endpoint: str) -> None:
    """Make the tests' bucket; nothing happens when it is there."""
    async with connect(bucket_at(endpoint), 2) as client:
        known = client.exceptions
        with suppress(known.BucketAlreadyOwnedByYou, known.BucketAlreadyExists):
            await client.create_bucket(Bucket=BUCKET)


def settings_for(endpoint: str) -> dict[str, str]:
    """Give the server's settings that name the tests' bucket."""
    return {
        "storage": "s3",
        "s3_endpoint": endpoint,
        "s3_bucket": BUCKET,
        "s3_access_key": ACCESS_KEY,
        "s3_secret_key": SECRET_KEY,
    }


def have_servers() -> bool:
    """Tell whether both programs are here."""
    return (BIN / "moto_server").exists() and (BIN / "rclone").exists()
