"""What names there are, who made them and when, and which ones nobody may make: what stewards look after names by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from expectations import queries
from expectations.documents import PackageState
from expectations.refusal import ChangeRefused
from registry.models import Account, File, Package, Refusal
from registry.name_rules import RESERVED, look_of, refuse_name, standard_library
from registry.names import normalise
from registry.queries import normalised
from verification.reasons import Reason

LONGEST_QUERY = 200

WANTED_SHOWN = 10
"""Most names listed that uploads asked for in vain: the newest."""

WANTED_LOOKED_AT = 5 * WANTED_SHOWN
"""Of which somebody may have made some since."""


class Files(StrEnum):
    """What names are found by that is not a package's state."""

    NONE = "no-file"
    ALL_DELETED = "all-deleted"

    @property
    def label(self) -> str:
        """What it is called on the page."""
        return {Files.NONE: "no file yet", Files.ALL_DELETED: "every file deleted"}[self]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name that there is not, though uploads asked for it: how often, and when last."""

    name: str
    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """The names that nobody may make: the policy's list, those of this site's pages, how many are Python's own."""

    prohibited: tuple[str, ...]
    reserved: tuple[str, ...]
    of_python: int


def find(query: str, *, state: PackageState | Files | None) -> QuerySet[Package]:
    """Return the packages with ``query`` in the name or in a creator's user name, or that look like it, the newest first.

    ``state`` leaves only those in that state, or whose files are so.
    """
    asked = query.replace("\0", "").strip().lower()
    name = asked.replace("_", "-").replace(".", "-").replace(" ", "-")
    found = Package.objects.order_by("-created_at", "name")
    if name:
        made_by = Account.objects.filter(person=OuterRef("created_by"), username__icontains=asked)
        found = found.filter(Q(name__contains=name) | Q(look=look_of(name)) | Exists(made_by))
    return _so(found, state)


def _so(found: QuerySet[Package], state: PackageState | Files | None) -> QuerySet[Package]:
    files = File.objects.filter(release__package=OuterRef("pk"))
    match state:
        case None:
            return found
        case Files.NONE:
            return found.filter(~Exists(files))
        case Files.ALL_DELETED:
            return found.filter(Exists(files), ~Exists(files.filter(deleted_at=None)))
        case PackageState():
            return found.filter(state=state)


def told_of(packages: Iterable[Package]) -> list[Package]:
    """Return these packages in the same order, each with its creators' accounts and how many files it has.

    ``files_made`` counts deleted files too, ``files_standing`` only those that nobody deleted.
    """
    order = [package.pk for package in packages]
    standing = Count("releases__files", filter=Q(releases__files__deleted_at=None))
    told = Package.objects.annotate(files_made=Count("releases__files"), files_standing=standing)
    found = told.prefetch_related("created_by__accounts").in_bulk(order)
    return [found[package] for package in order]


def why_not(query: str) -> ChangeRefused | None:
    """Return why nobody can create a name now, as whoever tried would be told, or None where it is free."""
    try:
        refuse_name(normalise(query))
    except ChangeRefused as refused:
        return refused
    return None


def wanted() -> list[Wanted]:
    """Return the names that there are not though uploads asked for them lately, as they were asked for, the newest first."""
    asked = (
        Refusal.objects.filter(reason=Reason.NAME_UNKNOWN)
        .order_by()
        .values("claimed_name")
        .annotate(count=Count("pk"), last=Max("created_at"))
        .order_by("-last", "claimed_name")[:WANTED_LOOKED_AT]
    )
    found = [Wanted(row["claimed_name"], row["count"], row["last"]) for row in asked]
    names = {each.name: normalised(each.name) for each in found}
    made_since = set(Package.objects.filter(name__in=names.values()).values_list("name", flat=True))
    return [each for each in found if names[each.name] not in made_since][:WANTED_SHOWN]


def closed() -> Closed:
    """Return the names that nobody may make, as the policy in force and the rules have them."""
    policy = queries.read_policy(queries.active_policy_version())
    return Closed(tuple(sorted(policy.prohibited_names)), tuple(sorted(RESERVED)), len(standard_library()))
