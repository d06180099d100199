"""Blobs in an object store that speaks S3; clients download from there, by addresses that are signed for a short time."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.utils.http import content_disposition_header
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from registry.storage import DIRECT_SECONDS, blob_name


class S3BlobStorage(S3Storage):  # type: ignore[misc]  # django-storages is untyped
    """A :class:`registry.storage.BlobStore` in one bucket, which nobody else writes to."""

    def promote(self, quarantined: Path, sha256: str) -> None:
        """As :meth:`BlobStore.promote`: an object store has a file whole or not at all, and answers when it is durable.

        The store is told the content's SHA-256, and refuses bytes that got lost on the way.
        """
        client = self.connection.meta.client
        try:
            if self.exists(blob_name(sha256)):
                return
            with quarantined.open("rb") as content:
                client.put_object(
                    Bucket=self.bucket_name,
                    Key=blob_name(sha256),
                    Body=content,
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
                )
        except (BotoCoreError, ClientError) as error:
            raise OSError(f"the object store did not take {sha256}: {error}") from error

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        """As :meth:`BlobStore.open`. All of it is fetched here, so that what fails does so here, and as an OSError."""
        try:
            blob = super()._open(name, mode)
            blob.file.seek(0)
        except (BotoCoreError, ClientError, RetriesExceededError) as error:
            raise OSError(f"the object store did not give {name}: {error}") from error
        return cast("File[Any]", blob)

    def direct_url(self, sha256: str, filename: str, method: str = "GET") -> str | None:
        """As :meth:`BlobStore.direct_url`: what is there is a download and no page, whatever it contains."""
        answer = {
            "ResponseContentDisposition": content_disposition_header(as_attachment=True, filename=filename),
            "ResponseContentType": "application/octet-stream",
        }
        return str(self.url(blob_name(sha256), parameters=answer, expire=DIRECT_SECONDS, http_method=method))
