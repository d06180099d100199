"""What a proposal would do: kept evidence is judged again, at its own time, by what is in force and by what would be.

Nothing is written. What is looked at is bounded in number and time; outcomes are remembered, so whoever looks again gets
further.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import TypeVar
from uuid import UUID

from django.urls import reverse

from expectations import queries
from expectations.documents import parse_policy
from expectations.impact import Affected, Impact
from expectations.models import Kind, Proposal
from registry.models import File, Package, Refusal
from registry.rejudging import Kept, Trust, of_file, of_refusal, outcome
from verification.reasons import Reason

FILES = 200
"""Most files that are looked at, the newest first."""

REFUSALS = 50
"""Most refused uploads that are looked at, the newest first."""

SECONDS = 3.0
"""How long one page may look."""

OF_PEOPLE = frozenset({"proposal_days", "newcomer_days", "factor_days", "steward_factor"})
"""Settings of the policy that say who decides and when. By every other one evidence may be judged."""

Row = TypeVar("Row", File, Refusal)


def impact_of(proposal: Proposal) -> Impact | None:
    """Return what an open proposal would do, or None where no evidence is judged by what it changes."""
    changes = _change_of(proposal)
    if changes is None:
        return None
    files = File.objects.filter(deleted_at=None).order_by("-uploaded_at")
    refusals = Refusal.objects.filter(verdict__isnull=False, package__isnull=False).order_by("-created_at")
    if proposal.package is not None:
        files, refusals = files.filter(release__package=proposal.package), refusals.filter(package=proposal.package)
    newest_files = files.select_related("release__package")[:FILES]
    newest_refusals = refusals.select_related("package")[:REFUSALS]
    look = _Look(changes, until=time.monotonic() + SECONDS)
    lost, files_seen = look.at(newest_files, of_file, lambda file: file.release.package)
    gained, refusals_seen = look.at(newest_refusals, of_refusal, lambda refusal: refusal.package)
    return Impact(
        lost=tuple(_file(file, after) for file, before, after in lost if before is None and after is not None),
        gained=tuple(_refusal(row, before) for row, before, after in gained if before is not None and after is None),
        files=files_seen,
        files_in_all=files.count(),
        refusals=refusals_seen,
        refusals_in_all=refusals.count(),
    )


def _change_of(proposal: Proposal) -> Callable[[Trust], Trust] | None:
    """Return what turns the trust in force into the proposed one, where evidence could be judged otherwise by it."""
    match Kind(proposal.kind):
        case Kind.EXPECTATION:
            return lambda trust: replace(trust, expectation=proposal.content)
        case Kind.ROOTS:
            return lambda trust: replace(trust, roots=proposal.content)
        case Kind.POLICY:
            now, then = queries.read_policy(queries.active_policy_version()), parse_policy(proposal.content)
            changed = {name for name, value in asdict(then).items() if value != getattr(now, name)}
            return None if changed <= OF_PEOPLE else lambda trust: replace(trust, policy=proposal.content)
        case _:
            return None


class _Look:
    """One look at rows of evidence, each judged by what is in force and by what would be, until its time is up."""

    def __init__(self, change: Callable[[Trust], Trust], *, until: float) -> None:
        self._change, self._until = change, until
        self._roots = queries.active_roots_version().document
        self._policy = queries.active_policy_version().document
        self._expectations: dict[UUID, str | None] = {}

    def at(
        self, rows: Iterable[Row], kept_of: Callable[[Row], Kept], package_of: Callable[[Row], Package | None]
    ) -> tuple[list[tuple[Row, Reason | None, Reason | None]], int]:
        """Return the rows whose outcome changes, with both outcomes (None: passes), and how many were looked at."""
        changed, seen = [], 0
        for row in rows:
            if time.monotonic() > self._until:
                break
            seen += 1
            kept, trust = kept_of(row), Trust(self._roots, self._policy, self._expectation(package_of(row)))
            before, after = outcome(kept, trust), outcome(kept, self._change(trust))
            if before != after:
                changed.append((row, before, after))
        return changed, seen

    def _expectation(self, package: Package | None) -> str | None:
        assert package is not None
        if package.pk not in self._expectations:
            version = queries.active_expectation(package)
            self._expectations[package.pk] = version.document if version else None
        return self._expectations[package.pk]


def _file(file: File, reason: Reason) -> Affected:
    package = file.release.package
    address = reverse("file-page", args=[package.name, file.release.version, file.filename])
    return Affected(file.filename, package.display_name, address, reason)


def _refusal(refusal: Refusal, reason: Reason) -> Affected:
    assert refusal.package is not None
    address = reverse("refusal", args=[refusal.pk])
    return Affected(refusal.filename, refusal.package.display_name, address, reason)
