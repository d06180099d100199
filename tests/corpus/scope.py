"""What a case asks of the gate: decided by its class and format, before anything of it is verified."""

from __future__ import annotations

from enum import StrEnum

from tests.corpus.case import Case


class Question(StrEnum):
    """What is compared with the case's ``expected``."""

    ADMITTED = "admitted"
    """Would the gate let the file in, under the case's expectation?"""

    AUTHENTIC = "authentic"
    """Is the evidence authentic, about the file, and signed by whom the case names? The statements of these classes
    were made to try signatures: they name no real build, and no gate of packages could let them in."""

    OUT_OF_SCOPE = "out of scope"
    """Evidence that a registry of Python packages does not take, or that states nothing."""


_ELSEWHERE = ("npm-", "oci-", "vsa")
_SIGNATURES = ("sigstore-bundle-crypto", "conformance-")


def question_of(case: Case) -> Question:
    """Return what the case asks. A class that nobody has described is asked whether it is admitted."""
    states_nothing = case.form.split()[-1] == "message"
    if states_nothing or case.kind.startswith(_ELSEWHERE):
        return Question.OUT_OF_SCOPE
    return Question.AUTHENTIC if case.kind.startswith(_SIGNATURES) else Question.ADMITTED
