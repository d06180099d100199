"""Who could decide about what, computed from the log alone: roles given, factors changed, and the policy of the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from verification.canonical import JsonValue

REGISTRY = ""
"""The scope of stewards, beside packages' ids."""

DAYS = 7
"""How long newcomers and changed factors wait where the policy says nothing."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A role held: since when without a break, and whether as a founder, who does not wait."""

    role: str
    since: datetime
    founding: bool


@dataclass
class People:
    """Roles by scope (a package's id, or REGISTRY), waits, deactivated persons, and the policy in force.

    Follows ``sluicegate_voters`` and what it leans on. The log does not know which accounts were deactivated by one
    person alone, nor whose the accounts are that a change links; both only ever take voices away.
    """

    members: dict[str, dict[str, Membership]] = field(default_factory=dict)
    changed_factor: dict[str, datetime] = field(default_factory=dict)
    deactivated: set[str] = field(default_factory=set)
    policy: Mapping[str, JsonValue] = field(default_factory=dict)

    def set_members(self, scope: str, roles: Mapping[str, str], *, at: datetime, founding: bool) -> None:
        """Put a roster in force; who held a role already keeps the time of it."""
        before = self.members.get(scope, {})
        self.members[scope] = {
            person: Membership(role, before[person].since, before[person].founding)
            if person in before
            else Membership(role, at, founding)
            for person, role in roles.items()
        }

    def concerned(self, kind: str, about: str, scope: str, content: Mapping[str, JsonValue]) -> set[str]:
        """Return the persons whom a change gives a role, takes it from or changes it of, or whose accounts it moves."""
        if kind == "person":
            return {about}
        if kind not in ("roster", "stewards"):
            return set()
        before = {person: held.role for person, held in self.members.get(scope, {}).items()}
        after = roles_of(content)
        return {person for person in before.keys() | after.keys() if before.get(person) != after.get(person)}

    def sides(self, scope: str, concerned: Iterable[str], *, at: datetime) -> dict[str, str]:
        """Return who could give a voice at a time, and on which side: ``maintainer`` or ``steward``."""
        concerned = set(concerned)
        members = self.members.get(scope, {})
        unconcerned = members.keys() - concerned
        own = "steward" if scope == REGISTRY else "maintainer"
        sides = {person: own for person in unconcerned if self._may_decide(scope, person, at)}
        alone = len(unconcerned) == 1 or (not unconcerned and len(members) <= 1)
        if scope != REGISTRY and alone:
            stewards = self.members.get(REGISTRY, {}).keys() - concerned - members.keys()
            sides |= {person: "steward" for person in stewards if self._may_decide(REGISTRY, person, at)}
        return sides

    def _may_decide(self, scope: str, person: str, at: datetime) -> bool:
        held = self.members[scope][person]
        new = not held.founding and held.since + self._days("newcomer_days") > at
        changed = self.changed_factor.get(person)
        return person not in self.deactivated and not new and not (changed and changed + self._days("factor_days") > at)

    def _days(self, setting: str) -> timedelta:
        days = self.policy.get(setting, DAYS)
        return timedelta(days=days if isinstance(days, int) else DAYS)


def roles_of(content: Mapping[str, JsonValue]) -> dict[str, str]:
    """Return the roles by person of a roster's or the stewards' document."""
    members = content.get("members")
    return {person: str(role) for person, role in members.items()} if isinstance(members, dict) else {}
