"""A real object store that speaks S3, on loopback ports of its own: SeaweedFS, as its wheel brings it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from demo.serving import end_with_parent, free_port

PROGRAM = Path(sys.executable).parent / "weed"
READY_WITHIN = 120.0
BUCKET = "blobs"
KEYS = {"AWS_ACCESS_KEY_ID": "sluicegate", "AWS_SECRET_ACCESS_KEY": "a secret of this test alone"}
OPERATOR = {"AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "a secret of the operator of this test alone"}
REGION = {"AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A running store with one empty bucket, and the environment by which a registry uses it."""

    url: str
    environment: dict[str, str]

    def names(self) -> list[str]:
        """Return the names of all objects in the bucket."""
        return [each["Key"] for each in client(self.url).list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """Run a store in a folder until the end of the block. Raises RuntimeError where it does not come up."""
    folder.mkdir(parents=True, exist_ok=True)
    # The registry's own key opens this one bucket: what docs/running-a-registry.md says that it needs.
    identities = [
        _identity("registry", KEYS, [f"{right}:{BUCKET}" for right in ("Read", "Write", "List")]),
        _identity("operator", OPERATOR, ["Admin", "Read", "Write", "List"]),
    ]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    ports = {
        f"{part}.port{suffix}": free_port() for part in ("master", "volume", "filer", "s3") for suffix in ("", ".grpc")
    }
    command = [str(PROGRAM), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-filer", "-s3"]
    further = [f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=64", "-volume.max=20"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *further, *(f"-{name}={port}" for name, port in ports.items())],
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=end_with_parent,  # noqa: PLW1509  this process has no threads that could hold a lock
        )
        url = f"http://127.0.0.1:{ports['s3.port']}"
        try:
            _wait_until_ready(url, process, folder / "log")
            yield ObjectStore(url, {**KEYS, **REGION, "SLUICEGATE_S3_BUCKET": BUCKET, "SLUICEGATE_S3_ENDPOINT": url})
        finally:
            process.kill()  # nothing of it is kept
            process.wait(timeout=15)


def _identity(name: str, keys: dict[str, str], actions: list[str]) -> dict[str, Any]:
    credentials = {"accessKey": keys["AWS_ACCESS_KEY_ID"], "secretKey": keys["AWS_SECRET_ACCESS_KEY"]}
    return {"name": name, "credentials": [credentials], "actions": actions}


def client(url: str) -> Any:
    """Return the operator's client of the store, which does not repeat what fails."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=OPERATOR["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=OPERATOR["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION["AWS_DEFAULT_REGION"],
        config=Config(retries={"max_attempts": 0}, connect_timeout=2, s3={"addressing_style": "path"}),
    )


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """It is ready when it takes an object: its parts come up one after another."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            store = client(url)
            if BUCKET not in [each["Name"] for each in store.list_buckets()["Buckets"]]:
                store.create_bucket(Bucket=BUCKET)
            store.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
            store.delete_object(Bucket=BUCKET, Key="ready")
            return
        except (BotoCoreError, ClientError):
            time.sleep(0.2)
    raise RuntimeError(f"no object store at {url}; its log ends:\n{log.read_text(errors='replace')[-3000:]}")
