"""Files, the releases they belong to, and what was decided about each upload and by which evidence."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

SHA256_HEX = r"^[0-9a-f]{64}$"


class Release(models.Model):
    """A version of a package. Its first file fixes the source repository id (and who issued it) and the commit for all its files.

    ``version`` is as the first file spells it; ``canonical_version`` is the same for every spelling of one version
    (1.0 and 1.0.0), for installers take them for the same release. ``deleted_at`` is set by an agreed deletion alone; a
    deleted version is never used again. ``yanked_at`` and ``yank_reason`` are set and taken back by ``sluicegate_yank``
    alone: installers then choose the release only where somebody pinned it (PEP 592).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.ForeignKey("registry.Package", on_delete=models.PROTECT, related_name="releases")
    version = models.CharField(max_length=300)
    canonical_version = models.CharField(max_length=300)
    source_issuer = models.CharField(max_length=300, blank=True)
    source_repository_id = models.CharField(max_length=300, blank=True)
    source_commit = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    yanked_at = models.DateTimeField(null=True, blank=True)
    yank_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["package", "canonical_version"], name="version_once_a_package")]

    def __str__(self) -> str:
        return self.version


class VerdictRecord(models.Model):
    """A verdict whole, as canonical JSON: enough to be read, replayed and checked again. Append-only."""

    class Result(models.TextChoices):
        """How the gate decided."""

        ACCEPTED = "accepted", "accepted"
        REFUSED = "refused", "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.ForeignKey("registry.Package", on_delete=models.PROTECT, related_name="verdicts")
    result = models.CharField(max_length=8, choices=Result.choices)
    document = models.TextField()
    digest = models.CharField(max_length=64)
    expectation = models.ForeignKey(
        "expectations.DocumentVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="verdicts"
    )
    roots = models.ForeignKey("expectations.DocumentVersion", on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey("expectations.DocumentVersion", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(digest__regex=SHA256_HEX), name="verdict_digest_is_sha256")]


class Evidence(models.Model):
    """One attestation's bytes exactly as they were sent, once, under their SHA-256. Append-only."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    content = models.BinaryField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sha256__regex=SHA256_HEX), name="evidence_is_sha256")]


class VerdictEvidence(models.Model):
    """Which evidence a verdict looked at, in the order sent, and what it was to the verdict. Append-only."""

    verdict = models.ForeignKey(VerdictRecord, on_delete=models.PROTECT, related_name="evidence")
    position = models.PositiveSmallIntegerField()
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="verdicts")
    role = models.CharField(max_length=16)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["verdict", "position"], name="evidence_position_once")]


class File(models.Model):
    """A distribution that was let in. It is offered from the moment that ``visible_at`` is set, when its blob is safe.

    It is offered no longer once ``deleted_at`` is set, by an agreed deletion alone; its name is never used again.

    ``identity`` is the SHA-256 of what the file name says, parsed: every spelling of one wheel's name has the same.
    """

    class Filetype(models.TextChoices):
        """The upload API's own words."""

        SDIST = "sdist", "sdist"
        WHEEL = "bdist_wheel", "wheel"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    filename = models.CharField(max_length=300, unique=True)
    identity = models.CharField(max_length=64, unique=True)
    filetype = models.CharField(max_length=16, choices=Filetype.choices)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    metadata = models.BinaryField()
    metadata_sha256 = models.CharField(max_length=64)
    requires_python = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    verdict = models.OneToOneField(VerdictRecord, on_delete=models.PROTECT, related_name="file")
    uploaded_by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="files")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    visible_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["filename"]
        constraints = [models.CheckConstraint(condition=Q(sha256__regex=SHA256_HEX), name="file_is_sha256")]

    def __str__(self) -> str:
        return self.filename


class Refusal(models.Model):
    """An upload that was turned away, by whom it was tried, and why. Append-only; the verdict is there if it came so far.

    ``reason`` and ``message`` lead; ``problems`` has all that was wrong with the file, each as its reason and detail.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="refusals"
    )
    account = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="refusals")
    token = models.ForeignKey("registry.Token", on_delete=models.PROTECT, related_name="refusals")
    claimed_name = models.CharField(max_length=300)
    filename = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=40)
    message = models.TextField()
    problems = models.JSONField(default=list)
    verdict = models.OneToOneField(
        VerdictRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="refusal"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
