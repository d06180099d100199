"""Who this registry is, and its audit log."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import JSONField, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from expectations.models.digests import SHA256_HEX


class RegistryIdentity(models.Model):
    """Who this registry is, once: its id stands in every proposal's digest, so no voice can be carried elsewhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="one_registry_identity")]


PACKAGE = KeyTextTransform("package", Cast("leaf", JSONField()))
"""The id of the package that a leaf is about, as text; null where it is about none."""


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
        indexes = [models.Index(PACKAGE, "index", name="leaves_of_a_package")]
        constraints = [models.CheckConstraint(condition=Q(leaf_hash__regex=SHA256_HEX), name="leaf_hash_is_sha256")]
