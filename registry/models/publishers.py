"""Runs of trusted publishers: as whom they upload, which lists of publishers let them, and what they have used up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

SHA256_HEX = r"^[0-9a-f]{64}$"


class PublisherAccount(models.Model):
    """As whom the runs of one publisher upload. Made at its first token, and the same one for every package after that.

    ``document`` is the canonical JSON of all that the runs are known by, ``digest`` its SHA-256.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    document = models.TextField()
    account = models.OneToOneField("registry.Account", on_delete=models.PROTECT, related_name="publisher")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(digest__regex=SHA256_HEX), name="publisher_is_sha256")]


class MintedRight(models.Model):
    """What a minted token may upload to: the package of this list of publishers, for as long as it is the one in force."""

    token = models.ForeignKey("registry.Token", on_delete=models.PROTECT, related_name="minted_rights")
    version = models.ForeignKey("expectations.DocumentVersion", on_delete=models.PROTECT, related_name="minted_rights")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "version"], name="one_right_a_token_and_version")]


class SpentIdentity(models.Model):
    """An identity token that was exchanged: known by the SHA-256 of its ``jti``, or of its claims where it has none.

    The row stays until the token has expired; the database refuses to delete it before.
    """

    issuer = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "sha256"], name="identity_is_spent_once"),
            models.CheckConstraint(condition=Q(sha256__regex=SHA256_HEX), name="spent_is_sha256"),
        ]


class MintingRefusal(models.Model):
    """A sound identity token that got nothing: counted by whose it is, so that nobody fills the log with them."""

    subject = models.CharField(max_length=64)
    code = models.CharField(max_length=32)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "at"], name="refusals_of_a_subject")]
        constraints = [models.CheckConstraint(condition=Q(subject__regex=SHA256_HEX), name="subject_is_sha256")]
