"""Rows of promise and decision. All but the TOTP counter are append-only; the database refuses their change.

Tables of the registry are named by lazy foreign key (``"registry.Package"``), so that no import points back.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

SHA256_HEX = r"^[0-9a-f]{64}$"


class RegistryIdentity(models.Model):
    """Who this registry is, once: its id stands in every proposal's digest, so no voice can be carried elsewhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="one_registry_identity")]


class AuditLeaf(models.Model):
    """One trust event as canonical JSON, with its RFC 6962 leaf hash, numbered without a gap in order of commit.

    Written by the database's functions alone: ``sluicegate_record`` for the application's events, ``sluicegate_append``
    for promises and voices. Leaves hold ids of persons, never names or addresses.
    """

    index = models.BigIntegerField(primary_key=True)
    leaf = models.TextField()
    leaf_hash = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["index"]
        constraints = [models.CheckConstraint(condition=Q(leaf_hash__regex=SHA256_HEX), name="leaf_hash_is_sha256")]


class Role(models.TextChoices):
    """What a person may be to a package. Both may decide; an owner is who created the name."""

    OWNER = "owner", "owner"
    MAINTAINER = "maintainer", "maintainer"


class Grant(models.Model):
    """A role given or taken. Who may decide is computed from these rows alone; the latest of a person counts.

    ``founding`` grants stand from before the package's first promise; every later one names its proposal.
    """

    package = models.ForeignKey("registry.Package", on_delete=models.PROTECT, related_name="grants")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=16, choices=Role.choices)
    given = models.BooleanField(default=True)
    founding = models.BooleanField(default=False)
    proposal = models.ForeignKey("Proposal", on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(founding=True, given=True, proposal=None) | Q(founding=False, proposal__isnull=False),
                name="grant_is_founding_or_proposed",
            )
        ]


class Kind(models.TextChoices):
    """What kind of document two people decide on."""

    EXPECTATION = "expectation", "expectation of a package"
    ROOTS = "roots", "roots of trust"
    POLICY = "policy", "policy of the registry"


class Source(models.TextChoices):
    """How a version came to be in force."""

    BOOTSTRAP = "bootstrap", "set by the operator at the start"
    EXPLICIT = "explicit", "set by one person, not yet confirmed"
    FIRST_USE = "first-use", "first use, not yet confirmed"
    PROPOSAL = "proposal", "agreed by two people"


class DocumentVersion(models.Model):
    """A version of a trusted document: canonical JSON under its SHA-256. The highest number is in force.

    Written by the database functions ``sluicegate_bind`` (number 1 alone) and ``sluicegate_activate`` alone.
    """

    kind = models.CharField(max_length=16, choices=Kind.choices)
    package = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="documents"
    )
    number = models.PositiveIntegerField()
    document = models.TextField()
    digest = models.CharField(max_length=64)
    source = models.CharField(max_length=16, choices=Source.choices)
    proposal = models.OneToOneField("Proposal", on_delete=models.PROTECT, null=True, blank=True, related_name="version")
    activated_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "package", "number"], name="document_number_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(digest__regex=SHA256_HEX), name="document_digest_is_sha256"),
            models.CheckConstraint(
                condition=Q(kind="expectation", package__isnull=False) | (~Q(kind="expectation") & Q(package=None)),
                name="document_has_its_object",
            ),
            models.CheckConstraint(
                condition=Q(source="proposal", proposal__isnull=False)
                | (~Q(source="proposal") & Q(number=1, proposal=None)),
                name="only_the_first_version_needs_no_proposal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} version {self.number}"


class Proposal(models.Model):
    """A whole new document that somebody wants in force, and the digest that two people agree to.

    ``digest`` is SHA-256 of ``sluicegate-proposal-v1\\n`` and ``preimage``, the canonical JSON of everything that the
    agreement is about (trust rules, "Two people" 1).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    package = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    base = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="proposals")
    content = models.TextField()
    preimage = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    proposer = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="proposals")
    reason = models.TextField(max_length=2000)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=SHA256_HEX), name="proposal_digest_is_sha256"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="proposal_expires_after_creation"),
        ]

    def __str__(self) -> str:
        return f"proposal {self.id}"


class Voice(models.TextChoices):
    """What a person says to a proposal."""

    APPROVE = "approve", "approve"
    REJECT = "reject", "reject"
    WITHDRAW = "withdraw", "withdraw"


class Decision(models.Model):
    """One person's voice on exactly one digest, with the second factor that it was given by."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="decisions")
    digest = models.CharField(max_length=64)
    voice = models.CharField(max_length=16, choices=Voice.choices)
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="decisions")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    factor = models.CharField(max_length=16)
    factor_detail = models.CharField(max_length=200)
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["decided_at"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "person", "voice"], name="one_voice_a_person"),
            models.CheckConstraint(condition=Q(digest__regex=SHA256_HEX), name="decision_digest_is_sha256"),
        ]


class TotpCounter(models.Model):
    """The last TOTP time step that an account has used; it only rises, so no code works twice, in any process."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="totp_counter"
    )
    last_step = models.BigIntegerField()
