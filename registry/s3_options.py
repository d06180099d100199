"""How the object store is spoken to, as Django's STORAGES take it."""

from __future__ import annotations

from typing import Any

from botocore.config import Config

CONNECT_SECONDS = 5
SILENT_SECONDS = 20
"""How long the store may say nothing. What it is asked twice within one upload ends before nginx gives up on that
(``deploy/nginx.conf``): so whoever uploads is told in words, and no thread waits for minutes, as with boto3's own times."""

ATTEMPTS = 2

IN_MEMORY = 16 * 1024 * 1024
"""Bytes of a blob that is read here (few are: clients download from the store) beyond which it is put on disk."""


def s3_options(bucket: str, endpoint: str | None) -> dict[str, Any]:
    """Return the options of :class:`registry.s3_storage.S3BlobStorage`. ``endpoint``: None for Amazon's."""
    return {
        "bucket_name": bucket,
        "endpoint_url": endpoint,
        "max_memory_size": IN_MEMORY,
        "client_config": Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint else "auto"},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=SILENT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        ),
    }
