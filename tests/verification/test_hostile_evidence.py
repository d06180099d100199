"""What a sender may not do to the gate itself: hostile evidence refuses, and neither raises nor exhausts it."""

from __future__ import annotations

import base64
import time
import tracemalloc
from typing import Any

import pytest

from tests.support.honest import Honest
from verification.bundle import MAX_BYTES, EvidenceRefused, split
from verification.canonical import MAX_MARKS, JsonRefused, parse_evidence
from verification.reasons import Reason, Step
from verification.verdict import MAX_TOLD, Refused, all_checks, failed


def reason_of(verdict: Any) -> Reason:
    """Return why a verdict refuses."""
    assert isinstance(verdict, Refused)
    return verdict.reason


def test_a_wheel_name_of_a_million_tags(honest: Honest) -> None:
    """A subject's name must not fill the memory: tag sets multiply, and 1,600 letters can spell millions of tags."""
    many = ".".join(f"a{number}" for number in range(40))
    tracemalloc.start()
    started = time.process_time()
    for name in (f"widget-1.0-{many}-{many}-any.whl", f"widget-1.0-{'.'.join(['a'] * 900)}-{many}-{many}.whl"):
        honest.judge(honest.sign(honest.provenance(filename=name)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.process_time() - started < 2
    assert peak < 50 * 1024 * 1024


@pytest.mark.parametrize("name", ["widget-" + "9" * 5000 + ".tar.gz", "widget-" + "9" * 240 + ".tar.gz", "x" * 100_000])
def test_a_subjects_endless_name(honest: Honest, name: str) -> None:
    """A name is compared or let be, however long it is."""
    honest.judge(honest.sign(honest.provenance(filename=name)))
    assert honest.examine(honest.sign(honest.provenance(filename=name))).attestations


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "0000-00-00", "1e9", "\u0660"])
def test_times_beyond_reckoning(honest: Honest, moment: str) -> None:
    """A time that no arithmetic can hold refuses like any that is not RFC 3339."""

    def tell(statement: dict[str, Any]) -> None:
        statement["predicate"]["runDetails"]["metadata"] |= {"startedOn": moment, "finishedOn": moment}

    verdict = honest.judge(honest.sign(honest.changed(tell)))
    assert reason_of(verdict) in (Reason.STATEMENT_MALFORMED, Reason.TIME_IMPLAUSIBLE)


def test_a_certificate_of_no_known_version(honest: Honest) -> None:
    """x509 raises errors of its own for a certificate that it cannot read; they refuse."""
    attestation = honest.sign(honest.provenance())
    der = bytearray(base64.b64decode(attestation["verification_material"]["certificate"]))
    position = der.index(b"\xa0\x03\x02\x01\x02") + 4
    der[position] = 0x4C
    attestation["verification_material"]["certificate"] = base64.b64encode(bytes(der)).decode()
    assert reason_of(honest.judge(attestation)) is Reason.EVIDENCE_MALFORMED


def test_evidence_in_two_forms_at_once(honest: Honest) -> None:
    """A PEP 740 object with an unverified bundle beside it would be kept, and served, as if both had been verified."""
    attestation = {**honest.sign(honest.provenance()), "dsseEnvelope": {}}
    assert reason_of(honest.judge(attestation)) is Reason.EVIDENCE_MALFORMED


def test_two_log_entries_in_a_pep_740_object(honest: Honest) -> None:
    """Only the first entry would be verified, and both be served."""
    attestation = honest.sign(honest.provenance())
    attestation["verification_material"]["transparency_entries"] *= 2
    assert reason_of(honest.judge(attestation)) is Reason.EVIDENCE_UNSUPPORTED


def test_the_same_attestation_twice(honest: Honest) -> None:
    """One attestation corroborates nothing by standing twice."""
    attestation = honest.sign(honest.publish())
    assert reason_of(honest.judge(attestation, attestation)) is Reason.EVIDENCE_MALFORMED


@pytest.mark.parametrize(
    "trigger", ["issues", "watch", "fork", "discussion_comment", "gollum", "check_run", "brand_new"]
)
def test_only_triggers_that_take_write_access_are_pinned(honest: Honest, trigger: str) -> None:
    """Expectations 5: whatever a stranger can pull, or may one day, is never a first-use value."""
    run = honest.as_run(trigger=trigger)
    derived = honest.first_use(honest.sign(honest.provenance(run), run))
    assert getattr(derived, "reason", None) is Reason.FIRST_USE_TRIGGER


LOOKS_ALIKE = "ex\u0430mple \u202egnp.exe\x1b[2J"


def test_a_check_tells_in_printable_ascii() -> None:
    """Expectations 2: non-ASCII values are shown escaped; what reorders or clears a page is chosen by a sender too."""
    check = failed(Step.SUBJECT, Reason.SUBJECT_MISMATCH, LOOKS_ALIKE, LOOKS_ALIKE, where=LOOKS_ALIKE)
    assert {check.expected, check.actual, check.where} == {"ex\\u0430mple \\u202egnp.exe\\x1b[2J"}


def test_a_check_is_no_longer_than_a_line() -> None:
    """Verdicts are kept for ever: what a sender may put into one has an end."""
    check = failed(Step.SUBJECT, Reason.SUBJECT_MISMATCH, "", "x" * 5_000, where="\u0430" * 5_000)
    assert (len(check.actual), len(check.where)) == (MAX_TOLD, MAX_TOLD)


def test_evidence_of_more_values_than_any_needs(honest: Honest) -> None:
    """Four mebibytes of empty lists take 200 MB and three seconds to read: refused before they are."""
    many = b'[{"payload":[' + b"[]," * (MAX_BYTES // 4) + b"[]]}]"
    with pytest.raises(EvidenceRefused, match="commas and brackets"):
        split(many)
    with pytest.raises(JsonRefused):
        parse_evidence("[" + "1," * MAX_MARKS + "1]")
    assert parse_evidence(("[" + "1," * (MAX_MARKS - 1) + "1]").encode())


def test_a_parameters_endless_name(honest: Honest) -> None:
    """Each of a thousand leaves below a key of a megabyte has a place of a megabyte: told of each is the beginning."""
    key = "k" * 1_000_000

    def tell(statement: dict[str, Any]) -> None:
        statement["predicate"]["buildDefinition"]["externalParameters"][key] = [0] * 900

    tracemalloc.start()
    verdict = honest.judge(honest.sign(honest.changed(tell)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reason_of(verdict) is Reason.PARAMETER_UNCOVERED
    assert peak < 50 * 1024 * 1024
    assert all(len(check.where) <= MAX_TOLD for check in all_checks(verdict))
