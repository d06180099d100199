"""What a kept refusal tells of its upload, for a proposal to start from. Nothing is verified anew, and nothing let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from expectations.guided.answers import Expected
from expectations.guided.starting import ANOTHER, Came, Started, names_of, start
from verification.build_types.interface import FirstUseRefused
from verification.move_checks import to_check
from verification.parameters import escaped
from verification.reasons import RECIPE_REASONS, Reason
from verification.verdict_reading import Judged, read_attestations, read_version

if TYPE_CHECKING:
    from registry.models import Refusal

MENDED_BY_A_PROPOSAL = RECIPE_REASONS | {Reason.NO_RECIPE_COVERS, Reason.CORROBORATION_MISSING}
"""Refusals that another expectation could have let in; of evidence that is not sound, none could."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A form that was begun from a refusal, and what is to be told of it.

    ``others`` are the recipes that could be changed instead, ``attestations`` the positions of those to fill in from,
    ``to_check`` what to look at before a move is believed.
    """

    started: Started
    position: int
    builder: str
    others: tuple[str, ...]
    attestations: tuple[int, ...]
    to_check: str

    @property
    def adds(self) -> bool:
        """Whether it adds a recipe."""
        return self.started.changed == ANOTHER


_NOTHING = "Nothing of this upload can be filled in: its provenance did not come so far, or no expectation could have let it in."


def usable(refusal: Refusal) -> dict[int, Judged]:
    """Return the attestations that a form can be filled in from, by position: sound, and refused for the promise alone."""
    if refusal.verdict is None or refusal.package_id is None or refusal.reason not in MENDED_BY_A_PROPOSAL:
        return {}
    return {
        position: judged
        for position, judged in enumerate(read_attestations(refusal.verdict.document))
        if judged.provenance is not None and judged.reasons <= MENDED_BY_A_PROPOSAL
    }


def begin(expected: Expected, refusal: Refusal, *, position: str, into: str | None) -> Begun | str:
    """Return the form begun from a refusal, or a sentence that says why none can be.

    ``position`` names the attestation by its number; without a good one, it is the first of the highest level.
    """
    found = usable(refusal)
    if not found or refusal.verdict is None or refusal.package is None:
        return _NOTHING
    at = int(position) if position.isascii() and position.isdigit() and len(position) < 3 else -1
    if at not in found:
        at = max(found, key=lambda each: (_level(found[each]), -each))
    provenance = found[at].provenance
    assert provenance is not None
    came = Came(
        provenance,
        canonicalize_name(refusal.package.name),
        read_version(refusal.verdict.document),
        corroborated=refusal.reason != Reason.CORROBORATION_MISSING,
    )
    try:
        started = start(expected, came, into=into)
    except FirstUseRefused as error:
        return f"Nothing of this upload can be filled in. {error.reason.sentence} ({escaped(error.detail)})"
    others = tuple(name for name in names_of(expected) if name != started.changed)
    return Begun(started, at, provenance.builder_name, others, tuple(found), to_check(Reason(refusal.reason)))


def _level(judged: Judged) -> int:
    return judged.provenance.level if judged.provenance else 0
