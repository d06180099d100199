"""A refusal in one sentence that a person can act on: what came, what was expected, what to do.

It goes into a status line, a terminal and a page, and builders and senders choose what stands in it: so it is printable
ASCII, at most :data:`MAX_LENGTH` characters, and what others wrote stands in quotation marks that it cannot close.
"""

from __future__ import annotations

from string import Formatter

from verification.parameters import ABSENT
from verification.reasons import Reason
from verification.verdict import Check, Refused

MAX_LENGTH = 360
"""Longest sentence: with the reason's word and a link it still fits the line that twine and uv print."""

_ELLIPSIS = "..."
_PROPOSE = "a maintainer can propose the change."

_SENTENCES = {
    Reason.EVIDENCE_MISSING: Reason.EVIDENCE_MISSING.sentence,
    Reason.EVIDENCE_TOO_MUCH: "More evidence was sent than one file can need: {actual}.",
    Reason.EVIDENCE_UNSUPPORTED: "This kind of evidence is not supported here: {actual}.",
    Reason.EVIDENCE_MALFORMED: "What was sent as evidence cannot be read: {actual}.",
    Reason.UNSIGNED_NOT_ALONE: "{actual} came together. Unsigned evidence proves nothing beside other: send either alone.",
    Reason.UNSIGNED_NOT_ALLOWED: Reason.UNSIGNED_NOT_ALLOWED.sentence,
    Reason.UNSIGNED_NOT_BELIEVED: Reason.UNSIGNED_NOT_BELIEVED.sentence,
    Reason.NOT_AUTHENTIC: "The signature, certificate or log entry of the evidence does not hold: {actual}.",
    Reason.SIGNER_UNKNOWN: (
        "Signed by {actual}, whom no root of trust of this registry knows as a builder. "
        "Build where the registry trusts the builder, or ask its stewards to add this one."
    ),
    Reason.STATEMENT_MALFORMED: "The signed statement is not a well-formed in-toto statement: {actual}.",
    Reason.SUBJECT_MISMATCH: (
        "The provenance is about another file ({actual}); {where} was changed or built again since. "
        "Send the file exactly as it was built."
    ),
    Reason.SUBJECT_OTHER_DISTRIBUTION: (
        "The provenance names this file {actual}, and it was sent as {expected}. Send it under the name it was built as."
    ),
    Reason.PREDICATE_TYPE_UNKNOWN: "The signed statement is of type {actual}, which says nothing known about a build.",
    Reason.BUILD_TYPE_UNKNOWN: "The provenance is of a build type that this registry does not know: {actual}.",
    Reason.BUILDER_NOT_SIGNERS: "The provenance names the builder {actual}; it has to be {expected}.",
    Reason.BUILDER_DISTRUSTED: (
        "This registry believes the {where} only of what was {expected}; this was {actual}. "
        "Build it again where the registry trusts the builder now."
    ),
    Reason.BUILD_DENIED: (
        "This registry's roots of trust deny this very build: {actual}. Build it again, from a source that is not denied."
    ),
    Reason.CLAIMS_DISAGREE: "Of the {where}, {expected} and {actual} contradict each other.",
    Reason.TIME_IMPLAUSIBLE: "The times in the evidence are out of order or in the future: {actual}.",
    Reason.VALUE_IMPLAUSIBLE: "The provenance has {actual} as its {where}; {expected} is needed.",
    Reason.FIRST_USE_OFF: Reason.FIRST_USE_OFF.sentence,
    Reason.FIRST_USE_UNSUPPORTED: (
        "Nothing can be pinned by first use from this provenance: {actual}. A maintainer can set an explicit expectation."
    ),
    Reason.FIRST_USE_TRIGGER: (
        "A build started by {actual} can be steered by strangers and is never pinned by first use. "
        "Release from a tag, or let a maintainer set an explicit expectation."
    ),
    Reason.NO_RECIPE_COVERS: "This package expects no such version: {expected} is needed; there is {actual}. To add one, "
    + _PROPOSE,
    Reason.UNSIGNED_UNEXPECTED: (
        "This evidence is unsigned; this package expects it {expected}. Send the signed attestation."
    ),
    Reason.REPOSITORY_TRANSFERRED: (
        "Built from the same repository (by its id) of owner {actual}; this package expects owner {expected}. "
        f"If the project was transferred, {_PROPOSE}"
    ),
    Reason.REPOSITORY_RENAMED: (
        "Built from {actual}; this package is built from {expected}, which has the same repository id. "
        f"If the project was renamed, {_PROPOSE}"
    ),
    Reason.RELEASE_OF_TWO_WORKFLOWS: (
        "Built by workflow {actual}; the other files of this release, of the same commit, by {expected}. "
        "If both are right, a maintainer can propose a recipe for each."
    ),
    Reason.WORKFLOW_MOVED: (
        "Built by workflow {actual} of the right repository; this package is built by {expected}. "
        f"If the workflow moved, {_PROPOSE}"
    ),
    Reason.REF_MOVED: (
        "Built from {actual} by the right workflow; this package is built from {expected}. "
        f"If releases are made from there now, {_PROPOSE}"
    ),
    Reason.BUILDER_REF_MOVED: (
        "Built by {actual}; this package expects the same reusable workflow at another version: {expected}. "
        "A maintainer can propose the new one, or a glob such as @refs/tags/v*."
    ),
    Reason.LEVEL_TOO_LOW: (
        "This evidence shows SLSA build {actual}; {expected} is needed. "
        "On GitHub, actions/attest-build-provenance gives level 2."
    ),
    Reason.BUILD_TYPE_UNEXPECTED: (
        f"Built in the way {{actual}}; this package expects {{expected}}. If it is built so now, {_PROPOSE}"
    ),
    Reason.PARAMETER_UNEXPECTED: (
        "Built with {where} {actual}; this package expects {expected}. "
        f"If the project changed on purpose, {_PROPOSE}"
    ),
    Reason.PARAMETER_MISSING: (
        "The provenance has no build parameter {where}; this package expects {expected}. "
        f"If it is built without now, {_PROPOSE}"
    ),
    Reason.PARAMETER_UNCOVERED: (
        "Built with {where} {actual}, which no rule of this package's expectation covers. "
        f"If that is meant, {_PROPOSE}"
    ),
    Reason.BUILDER_UNEXPECTED: (
        f"Built by {{actual}}; this package is built by {{expected}}. If the project moved, {_PROPOSE}"
    ),
    Reason.CLAIM_UNEXPECTED: (
        "The certificate says {where} {actual}; this package expects {expected}. "
        f"If the project changed on purpose, {_PROPOSE}"
    ),
    Reason.SIGNER_UNEXPECTED: (
        f"Signed by {{actual}} ({{where}}); this package expects {{expected}}. If the project moved, {_PROPOSE}"
    ),
    Reason.RELEASE_SOURCE_DIFFERS: (
        "Built from {actual}; the other files of this release from {expected}. Publish a new version instead."
    ),
    Reason.CORROBORATION_MISSING: "This package expects {expected}; there came {actual}. Send it along.",
}

EXPLAINED = frozenset(_SENTENCES)
"""The reasons of the gate: each has a sentence with its values, or one that needs none."""

_QUOTED = frozenset(
    {
        Reason.EVIDENCE_UNSUPPORTED,
        Reason.EVIDENCE_MALFORMED,
        Reason.NOT_AUTHENTIC,
        Reason.SIGNER_UNKNOWN,
        Reason.STATEMENT_MALFORMED,
        Reason.SUBJECT_MISMATCH,
        Reason.SUBJECT_OTHER_DISTRIBUTION,
        Reason.PREDICATE_TYPE_UNKNOWN,
        Reason.BUILD_TYPE_UNKNOWN,
        Reason.BUILDER_NOT_SIGNERS,
        Reason.BUILD_DENIED,
        Reason.FIRST_USE_UNSUPPORTED,
        Reason.FIRST_USE_TRIGGER,
        Reason.RELEASE_SOURCE_DIFFERS,
        Reason.CORROBORATION_MISSING,
    }
)
"""Where what came is a text of others that the check tells bare."""


def explain(verdict: Refused) -> str:
    """Return what a refusal tells one who reads one line only."""
    return explain_check(verdict.main)


def explain_check(check: Check) -> str:
    """Return a failed check of the gate as a sentence. Raises ValueError for a check that did not fail."""
    if check.reason is None:
        raise ValueError("a check that held has nothing to explain")
    sentence = _SENTENCES[check.reason]
    fields = [field for _, field, _, _ in Formatter().parse(sentence) if field]
    bare = len(sentence) - sum(len(field) + 2 for field in fields)
    room = (MAX_LENGTH - bare) // len(fields) if fields else 0
    actual = f'"{_harmless(check.actual)}"' if check.reason in _QUOTED else check.actual
    values = {"expected": _wanted(check.expected), "actual": actual, "where": check.where or "it"}
    return sentence.format(**{field: _short(_plain(values[field]), room) for field in fields})


def _wanted(expected: str) -> str:
    """A rule's own words, as an object of "expects": "equals" goes without saying."""
    if expected.startswith("equals "):
        return expected.removeprefix("equals ")
    return f"one that {expected}" if expected.startswith(("matches ", "is ")) else expected


def _harmless(text: str) -> str:
    return (text or ABSENT).replace('"', "'")


def _plain(text: str) -> str:
    """Escape all but printable ASCII; a backslash may be the escape of a check already, and stays one."""
    escaped = text.encode("ascii", "backslashreplace").decode()
    return "".join(each if " " <= each <= "~" else f"\\x{ord(each):02x}" for each in escaped)


def _short(text: str, room: int) -> str:
    """Cut a text in its middle: of two addresses that differ, either end may be what differs."""
    if len(text) <= room:
        return text
    tail = (room - len(_ELLIPSIS)) * 2 // 3
    return text[: room - len(_ELLIPSIS) - tail] + _ELLIPSIS + text[-tail:]
