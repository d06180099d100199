"""Who may decide: roles given and taken, and what happened to the second factors of those who hold them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Role(models.TextChoices):
    """What a person may be: to a package (both may decide; an owner is who created the name), or to the registry."""

    OWNER = "owner", "owner"
    MAINTAINER = "maintainer", "maintainer"
    STEWARD = "steward", "steward"


class Grant(models.Model):
    """A role given or taken. Who may decide is computed from these rows alone; the latest of a person and scope counts.

    Written by the database's functions, as a roster or the list of stewards comes into force. ``founding`` grants stand
    from the first one; every later one names its proposal. Without a package it is about the registry: a steward.
    """

    package = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="grants"
    )
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=16, choices=Role.choices)
    given = models.BooleanField(default=True)
    founding = models.BooleanField(default=False)
    proposal = models.ForeignKey("Proposal", on_delete=models.PROTECT, null=True, blank=True, related_name="grants")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(founding=True, given=True, proposal=None) | Q(founding=False, proposal__isnull=False),
                name="grant_is_founding_or_proposed",
            ),
            models.CheckConstraint(
                condition=Q(package=None, role="steward") | (Q(package__isnull=False) & ~Q(role="steward")),
                name="stewards_are_the_registrys",
            ),
        ]


class FactorEvent(models.Model):
    """A second factor or an address that changed. ``held_role``: its person held a role, and does not decide for a while.

    Written by triggers on the tables that hold factors and accounts, whoever changes them.
    """

    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="factor_events")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="factor_events")
    what = models.CharField(max_length=32)
    held_role = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]


class TotpCounter(models.Model):
    """The last TOTP time step that an account has used; it only rises, so no code works twice, in any process."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="totp_counter"
    )
    last_step = models.BigIntegerField()
