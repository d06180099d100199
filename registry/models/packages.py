"""Package names. A name is created by a person and never reused."""

from __future__ import annotations

import uuid

from django.db import models
from guardian.models import UserObjectPermissionBase

NORMALIZED_NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Package(models.Model):
    """A name, bound to its promises. ``name`` is PEP 503 normalised; ``display_name`` is as its creator wrote it.

    ``lock_seq`` is counted up by the database functions: a row that every decision about the package has to change,
    so that no two decide at once at any isolation level. ``state`` and ``state_note`` are those of the status document
    in force (:class:`expectations.documents.PackageState`), kept here by the same functions for every read to go by.
    ``stored_bytes`` is what its files take that nobody deleted, kept by a trigger. ``look`` is what names share that
    people take for one another (:func:`registry.name_rules.look_of`): of those, there is one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    look = models.GeneratedField(
        expression=models.Func(models.F("name"), models.Value("lio-"), models.Value("110"), function="translate"),
        output_field=models.CharField(max_length=200),
        db_persist=True,
        unique=True,
    )
    display_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="packages_created")
    stored_bytes = models.BigIntegerField(db_default=0, editable=False)
    lock_seq = models.BigIntegerField(default=0, editable=False)
    state = models.CharField(max_length=16, db_default="active", editable=False)
    state_note = models.TextField(blank=True, db_default="", editable=False)

    class Meta:
        ordering = ["name"]
        permissions = [("maintain_package", "May see what concerns maintainers, and propose")]
        constraints = [
            models.CheckConstraint(condition=models.Q(name__regex=NORMALIZED_NAME), name="name_is_normalized")
        ]

    def __str__(self) -> str:
        return self.display_name


class PackageUserPermission(UserObjectPermissionBase):
    """Guardian's rows for packages: a projection of the grants for the pages. No guard reads them."""

    content_object = models.ForeignKey(Package, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False
