"""Who holds a role: the roster of a package, and the stewards of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from expectations.documents.reading import SCHEMA, read_members
from expectations.documents.written import Written
from expectations.models import Role
from verification.canonical import JsonValue
from verification.parameters import DocumentInvalid, Problem

MAX_MEMBERS = 200
"""Most people in one list: whoever decides on it has to read them all."""

FEWEST_STEWARDS = 2
"""Every change of the registry takes two of them."""


@dataclass(frozen=True, slots=True)
class Members(Written):
    """Each person's role. Exactly one role a person: there is nothing to combine."""

    roles: Mapping[UUID, Role]

    def members(self) -> dict[str, JsonValue]:
        """Return the roles by person."""
        return {"members": {str(person): role.value for person, role in self.roles.items()}}


def parse_roster(content: bytes | str | JsonValue) -> Members:
    """Return a package's maintainers; at least one is its owner. Raises DocumentInvalid with every problem."""
    members = _parse(content, {Role.OWNER, Role.MAINTAINER})
    if Role.OWNER not in members.roles.values():
        raise DocumentInvalid((Problem("/members", "names no owner"),))
    return members


def parse_stewards(content: bytes | str | JsonValue) -> Members:
    """Return the registry's stewards, two or more. Raises DocumentInvalid with every problem."""
    members = _parse(content, {Role.STEWARD})
    if len(members.roles) < FEWEST_STEWARDS:
        raise DocumentInvalid((Problem("/members", f"names fewer than {FEWEST_STEWARDS} stewards"),))
    return members


def _parse(content: bytes | str | JsonValue, allowed: set[Role]) -> Members:
    rules = {"schema": SCHEMA, "members": (_is_object, f"is an object of at most {MAX_MEMBERS} persons")}
    listed = read_members(content, rules)["members"]
    assert isinstance(listed, dict)
    roles, problems = {}, []
    for person, role in listed.items():
        if not _is_uuid(person):
            problems.append(Problem(f"/members/{person}", "is not the id of a person"))
        elif not isinstance(role, str) or role not in allowed:
            problems.append(Problem(f"/members/{person}", f"is none of {', '.join(sorted(allowed))}"))
        else:
            roles[UUID(person)] = Role(str(role))
    if problems:
        raise DocumentInvalid(tuple(problems))
    return Members(roles)


def _is_object(value: JsonValue) -> bool:
    return isinstance(value, dict) and len(value) <= MAX_MEMBERS


def _is_uuid(text: str) -> bool:
    """One spelling alone: two keys must not be one person."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
