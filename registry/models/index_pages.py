"""The simple index as it is sent: pages rendered at each change, and the parts of them that one file makes.

Projections of other rows, never the source of anything: whatever is outdated is rendered anew from those.
"""

from __future__ import annotations

from django.db import models


class IndexPage(models.Model):
    """A package's page in both forms, each also compressed. ``name`` is normalised, and empty for the list of all packages.

    ``stamp`` says what the page was made by. Triggers empty it in the transaction that changes something the page shows;
    a page with another stamp than the present one is not sent but made anew.
    """

    name = models.CharField(primary_key=True, max_length=200)
    stamp = models.TextField(blank=True, db_default="")
    json = models.BinaryField(db_default=b"")
    json_gzip = models.BinaryField(db_default=b"")
    json_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    html = models.BinaryField(db_default=b"")
    html_gzip = models.BinaryField(db_default=b"")
    html_sha256 = models.CharField(max_length=64, blank=True, db_default="")

    def __str__(self) -> str:
        return self.name or "all packages"


class IndexEntry(models.Model):
    """What one file makes of its package's page, in both forms; outdated where the stamp is another than the present one."""

    file = models.OneToOneField("registry.File", primary_key=True, on_delete=models.PROTECT, related_name="index_entry")
    stamp = models.TextField(blank=True, db_default="")
    json = models.TextField()
    html = models.TextField()

    def __str__(self) -> str:
        return f"index entry of {self.file_id}"
