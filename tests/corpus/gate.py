"""One case through the real pipeline."""

from __future__ import annotations

from collections.abc import Callable, Collection
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
from verification.reasons import Reason, Step
from verification.verdict import Check, Outcome, Refused

_PROVES = (Step.EVIDENCE, Step.AUTHENTIC, Step.SUBJECT)
_OF_EVIDENCE = frozenset({*_PROVES, Step.PREDICATE, Step.CLAIMS, Step.PLAUSIBLE})
"""What the gate asks of evidence by itself, but for who signed it."""


@dataclass(frozen=True)
class Result:
    """What the gate made of a case: let in, or why not. ``broken``: the case itself could not be run."""

    case: Case
    question: Question
    accepted: bool
    why: str
    broken: bool = False

    @property
    def counts(self) -> bool:
        """Whether the case is in scope."""
        return self.question is not Question.OUT_OF_SCOPE

    @property
    def agrees(self) -> bool:
        """Whether the gate did what the case expects."""
        return self.accepted == self.case.accept


def run(case: Case, *, now: datetime) -> Result:
    """Return what the gate makes of a case, received ``now``. A case that breaks the runner is a refusal, and told."""
    question = question_of(case)
    if question is Question.OUT_OF_SCOPE:
        return Result(case, question, accepted=False, why=question)
    try:
        examination = examine_all(case.field, artifact=case.artifact, roots=roots_of(case), now=now)
        why = _ASKED[question](case, examination)
    except Exception as error:  # noqa: BLE001  whatever a case's files hold: it must cost itself alone, and be seen
        return Result(case, question, accepted=False, why=f"{type(error).__name__}: {error}", broken=True)
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
    _only_known(case, {"certificate_san", "issuer"})
    return _unproven(examination, _PROVES) or _not_signed_by(
        case.expectation.get("certificate_san"), case.expectation.get("issuer"), examination
    )


def _not_by_person(case: Case, examination: Examination) -> str | None:
    _only_known(case, {"certificate_san", "issuer", "publisher", "dist_name"})
    publisher = case.expectation.get("publisher") or {}
    named = {name for name in (publisher.get("email"), case.expectation.get("certificate_san")) if name}
    if len(named) != 1:
        return f"the case names {len(named)} persons"
    signer = [check for check in _checks(examination) if check.step is Step.SIGNER]
    if not signer or any(check.reason is not Reason.SIGNER_UNKNOWN for check in signer):
        return "the signer is none that the gate refuses as unknown"
    return _unproven(examination, _OF_EVIDENCE) or _not_signed_by(
        named.pop(), case.expectation.get("issuer"), examination
    )


_ASKED: dict[Question, Callable[[Case, Examination], str | None]] = {
    Question.ADMITTED: _not_admitted,
    Question.AUTHENTIC: _not_authentic,
    Question.PERSON: _not_by_person,
}
"""Why a case is not let in, or None, by its question."""


def _only_known(case: Case, known: Collection[str]) -> None:
    """Raise ValueError where the case expects what its question cannot tell: ignored, it could let a forgery in."""
    more = sorted(key for key, value in case.expectation.items() if value is not None and key not in known)
    if more:
        raise ValueError(f"an expectation of {', '.join(more)}")


def _unproven(examination: Examination, steps: Collection[Step]) -> str | None:
    for step in sorted(steps):
        found = [check for check in _checks(examination) if check.step is step]
        if not found or any(check.outcome is not Outcome.PASSED for check in found):
            return f"step {step.name}: " + "; ".join(check.actual for check in found)
    return None


def _not_signed_by(identity: str | None, issuer: str | None, examination: Examination) -> str | None:
    # The pipeline tells the signer in the check that asks whether it is known; whether it is does not matter here.
    (told,) = {check.actual for check in _checks(examination) if check.step is Step.SIGNER}
    name, _, vouched = told.rpartition(" (")
    if identity not in (None, name) or issuer not in (None, vouched.removesuffix(")")):
        return f"signed by {told}"
    return None


def _checks(examination: Examination) -> list[Check]:
    return [check for examined in examination.attestations for check in examined.checks] + list(examination.checks)
