"""What somebody wants in force, who said what to it, and from where."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from expectations.models.closings import Closing
from expectations.models.digests import SHA256_HEX
from expectations.models.documents import OF_PACKAGES, DocumentVersion, Kind


class Proposal(models.Model):
    """A whole new document that somebody wants in force, and the digest that two people agree to.

    ``digest`` is SHA-256 of ``sluicegate-proposal-v1\\n`` and ``preimage``, the canonical JSON of everything that the
    agreement is about (trust rules, "Two people" 1). ``base`` is the version that it starts from; None where none stands
    yet. ``refusal`` is the refused upload that it was started from.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    object = models.UUIDField()
    package = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    base = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="proposals")
    content = models.TextField()
    preimage = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    proposer = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="proposals")
    reason = models.TextField(max_length=2000)
    refusal = models.ForeignKey(
        "registry.Refusal", on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=SHA256_HEX), name="proposal_digest_is_sha256"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="proposal_expires_after_creation"),
            models.CheckConstraint(
                condition=Q(kind__in=OF_PACKAGES, package__isnull=False) | (~Q(kind__in=OF_PACKAGES) & Q(package=None)),
                name="proposal_has_its_package",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="proposal_is_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"proposal {self.id}"


class Voice(models.TextChoices):
    """What a person says to a proposal."""

    APPROVE = "approve", "approve"
    REJECT = "reject", "reject"
    WITHDRAW = "withdraw", "withdraw"


class Decision(models.Model):
    """One person's voice on exactly one digest, with the second factor that it was given by.

    ``assertion`` is canonical JSON of a WebAuthn assertion over (decision, digest) and the credential's public key, so that
    anybody can check it again; empty for a TOTP code, which the server alone attests.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="decisions")
    digest = models.CharField(max_length=64)
    voice = models.CharField(max_length=16, choices=Voice.choices)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="decisions")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    factor = models.CharField(max_length=16)
    factor_detail = models.CharField(max_length=200)
    assertion = models.TextField(blank=True)
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "person", "voice"], name="one_voice_a_person"),
            models.CheckConstraint(condition=Q(digest__regex=SHA256_HEX), name="decision_digest_is_sha256"),
            models.CheckConstraint(
                condition=Q(factor="totp", assertion="") | (Q(factor="webauthn") & ~Q(assertion="")),
                name="decision_has_its_proof",
            ),
            models.CheckConstraint(condition=Q(voice__in=Voice.values), name="decision_is_a_voice"),
        ]


class Origin(models.Model):
    """From where a proposal, decision or closing came: personal data, kept apart so that it can be erased."""

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, null=True, blank=True, related_name="origin")
    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, null=True, blank=True, related_name="origin")
    closing = models.OneToOneField(Closing, on_delete=models.CASCADE, null=True, blank=True, related_name="origin")
    address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, decision=None, closing=None)
                | Q(proposal=None, decision__isnull=False, closing=None)
                | Q(proposal=None, decision=None, closing__isnull=False),
                name="origin_is_of_one_act",
            )
        ]
