"""What pages show and search, made of other rows: projections, never the source of anything."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class LatestFile(models.Model):
    """The file by which lists tell of a package, one of its highest version, and its words to be searched.

    Written with the package's page of the index. Whoever reads it asks whether the file is offered still.
    """

    package = models.OneToOneField(
        "registry.Package", primary_key=True, on_delete=models.PROTECT, related_name="latest_file"
    )
    file = models.ForeignKey("registry.File", on_delete=models.PROTECT, related_name="+")
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="latest_file_words", fastupdate=False)]

    def __str__(self) -> str:
        return f"latest file of {self.package_id}"


class RenderedDescription(models.Model):
    """A description as safe HTML; empty where it is to be shown as plain text. ``sha256`` is of renderer, type and text."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    html = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.sha256
