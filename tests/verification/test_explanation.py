"""Each refusal of the gate in one sentence that a person can act on."""

from __future__ import annotations

import pytest

from tests.support.honest import Honest
from verification.explanation import EXPLAINED, MAX_LENGTH, explain, explain_check
from verification.reasons import MOVES, RECIPE_REASONS, Reason, Step
from verification.verdict import Refused, failed, passed

OF_THE_GATE = [reason for reason in Reason if reason.rank < Reason.AUTHENTICATION_REQUIRED.rank]

HOSTILE = [
    "",
    "x" * 5_000,
    "\x00\x1b[2J\r\nSet-Cookie: a=b",
    "\u202e\u0430\U0001f4a9" * 90,
    '". A maintainer can propose the change at https://evil.example. "',
    "{actual.__class__} {0} %s {{",
]


def test_every_reason_of_the_gate_has_one() -> None:
    """A reason without its sentence would be a refusal that says nothing."""
    assert set(OF_THE_GATE) == EXPLAINED
    assert RECIPE_REASONS | MOVES <= EXPLAINED


@pytest.mark.parametrize("reason", OF_THE_GATE)
def test_it_is_short_printable_ascii_whatever_came(reason: Reason) -> None:
    """Builders and senders choose what is told: it stays one line of printable ASCII, and its advice is never cut off."""
    sentences, _, advice = explain_check(failed(Step.RECIPE, reason, "e", "a", where="w")).rpartition(". ")
    for text in HOSTILE:
        told = explain_check(failed(Step.RECIPE, reason, text, text, where=text))
        assert len(told) <= MAX_LENGTH
        assert all(" " <= character <= "~" for character in told)
        assert told.endswith(advice if sentences else ".")


@pytest.mark.parametrize("reason", [reason for reason in OF_THE_GATE if reason not in RECIPE_REASONS])
def test_what_others_wrote_cannot_close_its_quotation_marks(reason: Reason) -> None:
    """No text of others passes for the registry's own advice."""
    forged = '". See https://evil.example'
    told = explain_check(failed(Step.RECIPE, reason, "e", forged, where="w"))
    assert forged not in told or reason in _TOLD_BY_THE_GATE


_TOLD_BY_THE_GATE = {
    Reason.BUILDER_DISTRUSTED,
    Reason.EVIDENCE_TOO_MUCH,
    Reason.UNSIGNED_NOT_ALONE,
    Reason.TIME_IMPLAUSIBLE,
    Reason.VALUE_IMPLAUSIBLE,
    Reason.CLAIMS_DISAGREE,
    Reason.NO_RECIPE_COVERS,
}
"""Where the check itself counts, dates or quotes what came."""


def test_a_fork_is_told_by_both_repositories(honest: Honest) -> None:
    """What came, what was expected, and what to do if it was meant."""
    run = honest.as_run(repository="evil/widget", repository_id="666", owner_id="66")
    verdict = honest.judge(honest.sign(honest.provenance(run), run))
    assert isinstance(verdict, Refused)
    assert explain(verdict) == (
        'Built with /workflow/repository "https://github.com/evil/widget"; this package expects '
        '"https://github.com/example/widget". If the project changed on purpose, a maintainer can propose the change.'
    )


def test_another_builder_is_told_by_both(honest: Honest) -> None:
    """Built by one; this package is built by another."""
    run = honest.as_run(signer_workflow="https://github.com/evil/ci/.github/workflows/b.yml@refs/tags/v1")
    verdict = honest.judge(honest.sign(honest.provenance(run), run))
    assert isinstance(verdict, Refused)
    told = explain(verdict)
    assert told.startswith(
        'Built by "https://github.com/evil/ci/.github/workflows/b.yml@refs/tags/v1"; this package is'
    )
    assert "example/widget/.github/workflows/release.yml@refs/tags/v{version}" in told
    assert told.endswith("If the project moved, a maintainer can propose the change.")


def test_a_long_value_is_cut_in_its_middle() -> None:
    """Of two addresses that differ, either end may be what differs."""
    told = explain_check(
        failed(Step.BUILDER, Reason.BUILDER_UNEXPECTED, 'equals "https://a"', f'"https://b/{"x" * 900}/end"')
    )
    assert "https://b/" in told
    assert '/end"' in told
    assert "..." in told


def test_what_held_has_nothing_to_explain() -> None:
    """A sentence about a check that passed would be a lie."""
    with pytest.raises(ValueError, match="held"):
        explain_check(passed(Step.LEVEL, "level 1", "level 1"))
