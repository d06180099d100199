"""A verdict with one failed check is never Accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.accepted import NO_POLICY, AcceptedCase, by_build_type, by_form
from verification.judgement import ReleaseSource, Terms
from verification.pipeline import examine_all, judge
from verification.reasons import Reason, Step
from verification.verdict import Accepted, Check, Outcome, Refused, Role, all_checks, failed, not_reached

CASES = [*by_build_type(), *by_form()]

NOT_PASSED = st.one_of(
    st.builds(failed, st.sampled_from(Step), st.sampled_from(Reason), st.text(max_size=5), st.text(max_size=5)),
    st.builds(not_reached, st.sampled_from(Step)),
)


@given(st.sampled_from(CASES), NOT_PASSED, st.data())
@settings(deadline=None)
def test_no_acceptance_can_be_written_down_with_it(case: AcceptedCase, check: Check, data: st.DataObject) -> None:
    """Wherever it stands: among the upload's checks, or those of any attestation; and whoever else passed."""
    verdict = case.accepted(case.field)
    at = data.draw(st.integers(0, len(verdict.checks)))
    with pytest.raises(ValueError, match="accepted verdict"):
        replace(verdict, checks=(*verdict.checks[:at], check, *verdict.checks[at:]))
    number = data.draw(st.integers(0, len(verdict.attestations) - 1))
    report = verdict.attestations[number]
    worse = replace(report, checks=(*report.checks, check))
    with pytest.raises(ValueError, match="accepted verdict"):
        replace(verdict, attestations=(*verdict.attestations[:number], worse, *verdict.attestations[number + 1 :]))


@pytest.mark.parametrize("role", [Role.CORROBORATING, Role.UNMATCHED, Role.REFUSED])
def test_an_acceptance_rests_on_one_matched_attestation(role: Role) -> None:
    """None, or two, can be written down neither."""
    verdict = CASES[0].accepted(CASES[0].field)
    (report,) = verdict.attestations
    for reports in ((replace(report, role=role),), (report, report), ()):
        with pytest.raises(ValueError, match="accepted verdict"):
            replace(verdict, attestations=reports)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_failed_check_of_the_evidence_refuses(case: AcceptedCase) -> None:
    """Through the second half of the gate: sound evidence in which any one check is turned into a failure."""
    examination = examine_all(case.field, artifact=case.artifact, roots=case.roots, now=case.now)
    terms = Terms(case.expectation, 1, NO_POLICY)
    assert isinstance(judge(examination, terms=terms), Accepted)
    for number, examined in enumerate(examination.attestations):
        for at, check in enumerate(examined.checks):
            worse = failed(check.step, Reason.NOT_AUTHENTIC, check.expected, check.actual, where=check.where)
            changed = replace(examined, checks=(*examined.checks[:at], worse, *examined.checks[at + 1 :]))
            others = examination.attestations
            verdict = judge(
                replace(examination, attestations=(*others[:number], changed, *others[number + 1 :])), terms=terms
            )
            assert isinstance(verdict, Refused), check
    worse = failed(Step.EVIDENCE, Reason.EVIDENCE_MALFORMED, "", "")
    assert isinstance(judge(replace(examination, checks=(worse,)), terms=terms), Refused)


@given(st.sampled_from(CASES), st.integers(1, 4), st.booleans(), st.booleans())
@settings(deadline=None)
def test_an_acceptance_has_passed_everything(case: AcceptedCase, floor: int, moved: bool, elsewhere: bool) -> None:
    """Through the whole gate, under terms that may refuse by the floor, the release or the file's digest."""
    release = ReleaseSource("elsewhere", "1", "0" * 40) if moved else None
    artifact = replace(case.artifact, digests={"sha256": "0" * 64}) if elsewhere else case.artifact
    examination = examine_all(case.field, artifact=artifact, roots=case.roots, now=case.now)
    verdict = judge(examination, terms=Terms(case.expectation, floor, NO_POLICY, release))
    level = case.accepted(case.field).level
    assert isinstance(verdict, Accepted) == (floor <= level and not moved and not elsewhere)
    if isinstance(verdict, Accepted):
        assert all(check.outcome is Outcome.PASSED for check in all_checks(verdict))
