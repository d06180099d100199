"""What people and things are called on pages. Documents and the audit log name them by ids alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model

if TYPE_CHECKING:
    from registry.models import Account


def accounts_of(persons: Iterable[UUID]) -> tuple[Account, ...]:
    """Return the active accounts of these persons, by user name."""
    return tuple(get_user_model().objects.filter(person__in=persons, is_active=True).order_by("username"))


def persons_named(persons: Iterable[UUID]) -> Callable[[UUID], str]:
    """Return what tells the user names of these persons, deactivated accounts too; a person without any by the id."""
    found: dict[UUID | None, list[str]] = defaultdict(list)
    for account in get_user_model().objects.filter(person__in=list(persons)).order_by("pk"):
        found[account.person_id].append(account.username)
    return lambda person: ", ".join(found[person]) if found.get(person) else f"person {person}"


def accounts_named(accounts: Iterable[int]) -> Callable[[int], str]:
    """Return what tells the user names of these accounts; one that does not exist by its number."""
    found = dict(get_user_model().objects.filter(pk__in=list(accounts)).values_list("pk", "username"))
    return lambda account: found.get(account, f"number {account}")


def deleted_thing(about: UUID) -> str:
    """Return what a deletion is about: a file by its name, or a release by its version."""
    file = apps.get_model("registry", "File").objects.filter(pk=about).only("filename").first()
    if file is not None:
        return f"the file {file.filename}"
    release = apps.get_model("registry", "Release").objects.filter(pk=about).first()
    return f"release {release.version} with all its files" if release is not None else f"{about}"
