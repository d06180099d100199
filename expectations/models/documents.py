"""Whatever is trusted, as versions of documents."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from expectations.models.digests import SHA256_HEX


class Kind(models.TextChoices):
    """What kind of document two people decide on. The first five are about a package, the others about the registry."""

    EXPECTATION = "expectation", "expectation of a package"
    ROSTER = "roster", "maintainers of a package"
    STATUS = "status", "state of a package"
    DELETION = "deletion", "deletion of a file or release"
    PUBLISHERS = "publishers", "trusted publishers of a package"
    ROOTS = "roots", "roots of trust"
    POLICY = "policy", "policy of the registry"
    ISSUERS = "issuers", "identity providers of the registry"
    STEWARDS = "stewards", "stewards of the registry"
    PERSON = "person", "accounts of a person"


class Source(models.TextChoices):
    """How a version came to be in force."""

    BOOTSTRAP = "bootstrap", "set by the operator at the start"
    FOUNDING = "founding", "set by the person who created the name"
    EXPLICIT = "explicit", "set by one person, not yet confirmed"
    FIRST_USE = "first-use", "first use, not yet confirmed"
    CLOSING = "closing", "closed by one person"
    PROPOSAL = "proposal", "agreed by two people"


OF_PACKAGES = ("expectation", "roster", "status", "deletion", "publishers")
"""The kinds whose object belongs to a package, whose maintainers decide."""


class DocumentVersion(models.Model):
    """A version of a trusted document: canonical JSON under its SHA-256. The highest number is in force.

    ``object`` is the UUID of what it is about: the package (a file or release for deletions), the person, or the registry.
    Written by the database's functions alone: ``sluicegate_found``, ``sluicegate_bind``, ``sluicegate_close`` and
    ``sluicegate_activate``.
    """

    kind = models.CharField(max_length=16, choices=Kind.choices)
    object = models.UUIDField()
    package = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="documents"
    )
    number = models.PositiveIntegerField()
    document = models.TextField()
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=16, choices=Source.choices)
    proposal = models.OneToOneField("Proposal", on_delete=models.PROTECT, null=True, blank=True, related_name="version")
    closed_by = models.ForeignKey(
        "registry.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="closings"
    )
    activated_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "object", "number"], name="document_number_once"),
            models.CheckConstraint(condition=Q(digest__regex=SHA256_HEX), name="document_digest_is_sha256"),
            models.CheckConstraint(
                condition=Q(kind__in=OF_PACKAGES, package__isnull=False) | (~Q(kind__in=OF_PACKAGES) & Q(package=None)),
                name="document_has_its_package",
            ),
            models.CheckConstraint(
                condition=Q(source="proposal", proposal__isnull=False, closed_by=None)
                | Q(source="closing", kind="status", proposal=None, closed_by__isnull=False)
                | (~Q(source__in=["proposal", "closing"]) & Q(number=1, proposal=None, closed_by=None)),
                name="only_the_first_version_needs_no_proposal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} version {self.number}"
