"""Which names nobody may create, and why: PyPI's rules, and the list that the registry's policy adds."""

from __future__ import annotations

from functools import cache

from packaging.utils import canonicalize_name
from stdlib_list import short_versions, stdlib_list

from expectations import queries
from expectations.refusal import ChangeRefused
from registry.models import Package
from verification.reasons import Reason

RESERVED = frozenset({"new", "requirements-txt", "rrequirements-txt"})
"""What would stand where another page of this site stands, and what people type who forget pip's -r."""

_LOOKS = str.maketrans({"l": "1", "i": "1", "o": "0", "-": None})


def look_of(name: str) -> str:
    """Return what two normalised names share that people take for one another, as PyPI does: l and i for 1, o for 0,
    and any separators for none. The database computes the same, in a column that is unique."""
    return name.translate(_LOOKS)


def refuse_name(name: str) -> None:
    """Refuse a normalised name that nobody may create, or that looks like one that is there.

    Raises ChangeRefused: NAME_TAKEN, NAME_OF_STANDARD_LIBRARY, NAME_PROHIBITED, NAME_LOOKS_ALIKE. Two creations at once
    both pass here; the database's constraints let in one of them.
    """
    if name in RESERVED:
        raise ChangeRefused(Reason.NAME_TAKEN, f"{name} is reserved.")
    if name in standard_library():
        raise ChangeRefused(
            Reason.NAME_OF_STANDARD_LIBRARY,
            f"Whoever forgets that “{name}” comes with Python and installs it would get something else.",
        )
    prohibited = queries.read_policy(queries.active_policy_version()).prohibited_names
    if name in prohibited:
        raise ChangeRefused(Reason.NAME_PROHIBITED, f"“{name}” is on the list. Two stewards can take it off.")
    look = look_of(name)
    if like := next((each for each in prohibited if look_of(each) == look), None):
        raise ChangeRefused(Reason.NAME_PROHIBITED, f"It looks like “{like}”, which is on the list.")
    existing = Package.objects.filter(look=look).first()
    if existing is not None:
        raise taken(name, existing)


def taken(name: str, existing: Package) -> ChangeRefused:
    """Return the refusal of a name beside the package that has it, or looks like it."""
    if existing.name == name:
        return ChangeRefused(Reason.NAME_TAKEN, f"{existing.display_name} exists already.")
    return ChangeRefused(Reason.NAME_LOOKS_ALIKE, f"“{existing.display_name}” exists, and people would mix them up.")


@cache
def standard_library() -> frozenset[str]:
    """Return the names of all modules and packages of any Python's standard library, normalised as package names are."""
    modules = {module for version in short_versions for module in stdlib_list(version)}
    parts = {".".join(module.split(".")[: depth + 1]) for module in modules for depth in range(module.count(".") + 1)}
    return frozenset(canonicalize_name(part.strip("-_.")) for part in parts)
