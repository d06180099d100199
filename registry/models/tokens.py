"""API tokens: high entropy, shown once, kept as their SHA-256."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Token(models.Model):
    """A right to upload, to propose, or to read, as an account: one of them. It never carries a voice.

    ``sha256`` is of the whole token; its entropy (256 bits) makes a slow hash needless. ``hint`` is its last four
    characters, for people to tell tokens apart.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Scope(models.TextChoices):
        """The one thing that a token is for. What uploads can never propose that its own uploads be let in."""

        UPLOAD = "upload", "upload files"
        PROPOSE = "propose", "propose changes, on which people then decide"
        READ = "read", "read and install, where the registry is private"

    account = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.UPLOAD)
    package = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="tokens"
    )
    sha256 = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="token_is_sha256"),
            models.CheckConstraint(condition=Q(scope__in=["upload", "propose", "read"]), name="token_has_one_scope"),
            models.CheckConstraint(condition=~Q(scope="read") | Q(package=None), name="token_reads_the_whole_registry"),
        ]

    def __str__(self) -> str:
        return self.name


class UploadCount(models.Model):
    """How many uploads an account has sent in the hour that began at ``hour``. Counted anew each hour, and told to nobody."""

    account = models.OneToOneField(
        "registry.Account", primary_key=True, on_delete=models.PROTECT, related_name="upload_count"
    )
    hour = models.DateTimeField()
    uploads = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.uploads} since {self.hour}"
