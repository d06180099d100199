"""What a case asks of the gate: decided by its class and format, before anything of it is verified.

Line by line after the corpus's README. In scope: ``pep740-*``, ``github-attest-v1``, ``slsa-gha-*`` (the ``dsse-*`` forms
among them, which have to be refused), ``gcb*``, ``sigstore-bundle-crypto``, ``conformance-dsse``, and what else of
``conformance-*`` is a DSSE. Out of scope: bundles with a message signature, which state nothing and which the gate
refuses all; npm's list wrapper; OCI layers; VSAs. A class that nobody has described is asked whether it is admitted.
"""

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

    PERSON = "by person"
    """Is the evidence authentic, about this file, and signed by exactly the person whom the case names? The gate never
    lets a person's signature in as a builder's (docs/decisions/0008): that has to be all that it finds wrong."""

    OUT_OF_SCOPE = "out of scope"
    """Evidence that a registry of Python packages does not take, or that states nothing."""


_OTHER_FORMS = ("npm-attestations", "oci-")
_SIGNATURES = ("sigstore-", "conformance-")


def question_of(case: Case) -> Question:
    """Return what the case asks."""
    states_nothing = "message" in case.form.split()
    if states_nothing or case.form.startswith(_OTHER_FORMS) or case.kind.startswith(("oci-", "vsa")):
        return Question.OUT_OF_SCOPE
    if case.kind.startswith("pep740-publish-email"):
        return Question.PERSON
    return Question.AUTHENTIC if case.kind.startswith(_SIGNATURES) else Question.ADMITTED
