"""One case through the real pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.corpus.case import Case
from tests.corpus.promise import promise
from tests.corpus.scope import Question, question_of
from tests.corpus.trust import roots_of
from verification import first_use
from verification.examination import Examination
from verification.expectation import Expectation
from verification.judgement import Terms
from verification.pipeline import examine_all, judge
from verification.reasons import Step
from verification.verdict import Outcome, Refused

_PROVES = (Step.EVIDENCE, Step.AUTHENTIC, Step.SUBJECT)


@dataclass(frozen=True)
class Result:
    """What the gate made of a case: let in, or why not."""

    case: Case
    question: Question
    accepted: bool
    why: str

    @property
    def counts(self) -> bool:
        """Whether the case is in scope."""
        return self.question is not Question.OUT_OF_SCOPE

    @property
    def agrees(self) -> bool:
        """Whether the gate did what the case expects."""
        return self.accepted == self.case.accept


def run(case: Case, *, now: datetime) -> Result:
    """Return what the gate makes of a case, received ``now``."""
    question = question_of(case)
    if question is Question.OUT_OF_SCOPE:
        return Result(case, question, accepted=False, why=question)
    try:
        roots = roots_of(case)
    except ValueError as error:
        return Result(case, question, accepted=False, why=f"the roots of trust cannot be read: {error}")
    examination = examine_all(case.field, artifact=case.artifact, roots=roots, now=now)
    why = _not_authentic(case, examination) if question is Question.AUTHENTIC else _not_admitted(case, examination)
    return Result(case, question, accepted=why is None, why=why or "")


def _not_admitted(case: Case, examination: Examination) -> str | None:
    derived = first_use.derive(examination)
    if isinstance(derived, Expectation):
        terms = Terms(promise(derived, case.expectation), 1, "0" * 64)
    else:
        terms = Terms(None, 1, "0" * 64, unbound=derived)
    verdict = judge(examination, terms=terms)
    return _told(verdict) if isinstance(verdict, Refused) else None


def _told(verdict: Refused) -> str:
    main = verdict.main
    return f"{verdict.reason} {main.where or ''}: expected {main.expected}, actual {main.actual}"


def _not_authentic(case: Case, examination: Examination) -> str | None:
    checks = [check for examined in examination.attestations for check in examined.checks] + list(examination.checks)
    for step in _PROVES:
        found = [check for check in checks if check.step is step]
        if not found or any(check.outcome is not Outcome.PASSED for check in found):
            return f"step {step.name}: " + "; ".join(check.actual for check in found)
    # The pipeline tells the signer in the check that asks whether it is known; whether it is does not matter here.
    (told,) = {check.actual for check in checks if check.step is Step.SIGNER}
    wanted, issuer = case.expectation.get("certificate_san"), case.expectation.get("issuer")
    if (wanted and not told.startswith(f"{wanted} (")) or (issuer and not told.endswith(f" ({issuer})")):
        return f"signed by {told}"
    return None
