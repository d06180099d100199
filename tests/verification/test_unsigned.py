"""Unsigned statements: docs/trust-rules, "Levels", and decision 9, one sentence a test."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support import statements
from tests.support.honest import NOW, Honest
from tests.support.keys import dsse_envelope
from tests.support.roots import with_simulated_instance
from tests.support.specimens import KEY, SPECIMENS, Specimen
from tests.support.unsigned import bare_statement, unsigned_document, unsigned_expectation
from verification import first_use
from verification.build_types import required_pins
from verification.examination import Examination
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.judgement import ReleaseSource, Terms
from verification.parameters import DocumentInvalid
from verification.pipeline import examine_all, judge
from verification.reasons import Reason, Step
from verification.root_of_trust import parse_roots
from verification.verdict import Accepted, Check, Refused, Role, Verdict, all_checks, failures
from verification.verdict_document import to_document

BUILDER: str = bare_statement()["predicate"]["runDetails"]["builder"]["id"]


def allowed(expectation: Expectation | None = None, **terms: Any) -> Terms:
    """Return terms whose policy lets unsigned evidence count."""
    return Terms(expectation or unsigned_expectation(), 1, "0" * 64, unsigned_evidence=True, **terms)


def reason_of(verdict: Verdict) -> Reason | None:
    """Return why a verdict refuses, or None where it accepts."""
    return verdict.reason if isinstance(verdict, Refused) else None


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return the honest bare statement with one value replaced."""
    statement = bare_statement()
    target: Any = statement
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return statement


def test_it_is_accepted_where_policy_and_expectation_ask_for_it(honest: Honest) -> None:
    """Levels: unsigned evidence is level 1, where the policy allows it and the expectation says level 1."""
    verdict = judge(honest.examine(bare_statement()), terms=allowed())
    assert isinstance(verdict, Accepted), list(failures(verdict))
    assert (verdict.level, verdict.unsigned) == (1, True)
    assert verdict.matched.facts.repository == "https://gitlab.com/example/widget"
    assert verdict.matched.signed_at is None


def test_its_verdict_claims_no_signature(honest: Honest) -> None:
    """Nothing in an unsigned file's verdict says that a signature, signer or builder was looked at."""
    verdict = judge(honest.examine(bare_statement()), terms=allowed())
    told = {check.step for check in all_checks(verdict)}
    assert told.isdisjoint({Step.AUTHENTIC, Step.SIGNER})
    assert told >= {Step.SUBJECT, Step.PREDICATE, Step.LEVEL, Step.PARAMETERS, Step.PLAUSIBLE, Step.UNSIGNED}
    document = to_document(verdict)
    assert isinstance(document, dict)
    assert document["unsigned"] is True
    assert "verifies" not in json.dumps(document)


def test_a_signed_verdict_says_that_it_is_signed(honest: Honest) -> None:
    """Whoever reads a verdict's document is told in one place."""
    document = to_document(honest.judge(honest.sign(honest.provenance())))
    assert isinstance(document, dict)
    assert document["unsigned"] is False


def test_without_the_policy_it_is_refused(honest: Honest) -> None:
    """Policy off: the reason is a word of its own, whatever the expectation says."""
    terms = replace(allowed(), unsigned_evidence=False)
    assert reason_of(judge(honest.examine(bare_statement()), terms=terms)) is Reason.UNSIGNED_NOT_ALLOWED
    assert reason_of(honest.judge(bare_statement())) is Reason.UNSIGNED_NOT_ALLOWED


def test_an_expectation_that_names_a_signer_takes_none(honest: Honest) -> None:
    """A signed expectation with an unsigned statement is refused even where the policy allows unsigned evidence."""
    verdict = judge(honest.examine(bare_statement()), terms=allowed(honest.expectation()))
    assert reason_of(verdict) is Reason.UNSIGNED_UNEXPECTED


@pytest.mark.parametrize("signer", [{"key": "operator"}, {"sigstore": "simulated", "issuer": "https://gitlab.com"}])
def test_whoever_signs_by_the_expectation_nobody_stands_in_for(honest: Honest, signer: dict[str, str]) -> None:
    """The very same statement that a key is to sign counts for nothing without it."""
    identity = {} if "key" in signer else {"identity": {"equals": "https://gitlab.com/example/widget"}}
    expectation = unsigned_expectation(signer=signer | identity)
    verdict = judge(honest.examine(bare_statement()), terms=allowed(expectation))
    assert {check.reason for check in failures(verdict)} == {Reason.UNSIGNED_UNEXPECTED}


def test_a_recipe_for_unsigned_evidence_takes_nothing_signed(bench: Honest) -> None:
    """Which of the two a file came by is never in doubt."""
    envelope = dsse_envelope(statements.encode(bare_statement()), KEY)
    verdict = judge(bench.examine(envelope), terms=allowed())
    assert Reason.SIGNER_UNEXPECTED in {check.reason for check in failures(verdict)}


@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
@pytest.mark.parametrize("ours", [True, False], ids=["unsigned-expected", "signed-expected"])
def test_beside_signed_evidence_it_is_refused(honest: Honest, first: bool, ours: bool) -> None:
    """An unsigned statement beside a signed one: never as corroboration, in neither order, under neither expectation."""
    signed, bare = honest.sign(honest.provenance()), bare_statement()
    terms = allowed(None if ours else honest.expectation())
    verdict = judge(honest.examine(*((bare, signed) if first else (signed, bare))), terms=terms)
    assert reason_of(verdict) is Reason.UNSIGNED_NOT_ALONE


def test_two_of_them_are_refused(honest: Honest) -> None:
    """Two words of nobody corroborate nothing."""
    verdict = judge(honest.examine(bare_statement(), bare_statement("dist.bin")), terms=allowed())
    assert reason_of(verdict) is Reason.UNSIGNED_NOT_ALONE


def test_no_level_above_1(honest: Honest) -> None:
    """Level 2: the registry's floor holds, and no document can ask for unsigned evidence at level 2."""
    terms = replace(allowed(), level_floor=2)
    assert reason_of(judge(honest.examine(bare_statement()), terms=terms)) is Reason.LEVEL_TOO_LOW
    with pytest.raises(DocumentInvalid, match="minimum_level"):
        unsigned_expectation(minimum_level=2)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"signer": {"unsigned": False}}, "/signer"),
        ({"signer": {"unsigned": 1}}, "/signer"),
        ({"signer": {"unsigned": True, "key": "operator"}}, "/signer"),
        ({"signer": {"unsigned": True, "identity": {"equals": "x"}}}, "/signer"),
        ({"signer": {}}, "/signer"),
        ({"also_require": ["https://docs.pypi.org/attestations/publish/v1"]}, "/also_require"),
        ({"claims": {"source_repository_id": {"equals": "1"}}}, "/claims"),
        ({"build_types": ["https://actions.github.io/buildtypes/workflow/v1"]}, "/claims"),
        ({"external_parameters": {"/variables": {"any": True}}}, "/external_parameters"),
    ],
)
def test_the_form_is_explicit_and_asks_for_nothing_that_cannot_be(changes: dict[str, Any], where: str) -> None:
    """Expectations: unsigned evidence is asked for in so many words, beside the build type's required pins."""
    with pytest.raises(DocumentInvalid, match=where):
        unsigned_expectation(**changes)


def test_it_is_never_a_first_use(honest: Honest) -> None:
    """First use: never by a statement that nobody signed, whatever its build type and the policy."""
    derived = first_use.derive(honest.examine(bare_statement()))
    assert isinstance(derived, Check)
    verdict = judge(
        honest.examine(bare_statement()), terms=Terms(None, 1, "0" * 64, unbound=derived, unsigned_evidence=True)
    )
    assert reason_of(verdict) is Reason.FIRST_USE_UNSUPPORTED


by_specimen = pytest.mark.parametrize("specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS])


@by_specimen
def test_what_a_certificate_has_to_tell_is_not_believed_without(honest: Honest, specimen: Specimen) -> None:
    """Facts: a build type whose facts are the certificate's is never read off a bare statement."""
    examination = honest.examine(specimen.make())
    by_certificate = specimen.run is not None
    reasons = {check.reason for examined in examination.attestations for check in examined.checks if check.reason}
    assert reasons == ({Reason.UNSIGNED_NOT_BELIEVED} if by_certificate else set())


@by_specimen
def test_no_expectation_of_signed_builds_takes_their_bare_statement(bench: Honest, specimen: Specimen) -> None:
    """A statement taken out of its envelope meets no expectation that its signed form has pinned."""
    derived = first_use.derive(bench.examine(specimen.sign(bench, specimen.make())))
    assert isinstance(derived, Expectation)
    assert isinstance(judge(bench.examine(specimen.make()), terms=allowed(derived)), Refused)


def test_an_unknown_build_type_counts_by_an_explicit_expectation(honest: Honest) -> None:
    """An unknown build type has no facts, and its parameters are ruled on as they stand."""
    statement = changed(("predicate", "buildDefinition", "buildType"), "https://builder.example/own/v1")
    verdict = judge(
        honest.examine(statement), terms=allowed(unsigned_expectation(build_types=["https://builder.example/own/v1"]))
    )
    assert isinstance(verdict, Accepted), list(failures(verdict))
    assert verdict.matched.facts.repository is None


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (
            ("predicate", "buildDefinition", "externalParameters", "source"),
            "https://gitlab.com/evil/w",
            "claims-disagree",
        ),
        (("predicate", "buildDefinition", "externalParameters", "more"), "x", "parameter-uncovered"),
        (("predicate", "runDetails", "builder", "id"), "https://builder.example/evil", "builder-unexpected"),
        (
            ("predicate", "buildDefinition", "resolvedDependencies", 0, "digest"),
            {"gitCommit": "0" * 40},
            "value-implausible",
        ),
        (("subject", 0, "digest", "sha256"), "0" * 64, "subject-mismatch"),
        (("subject", 0, "name"), "gadget-1.0.tar.gz", "subject-other-distribution"),
        (("predicateType",), "https://example.org/sbom", "predicate-type-unknown"),
        (("_type",), "https://example.org/Statement", "statement-malformed"),
    ],
)
def test_what_it_says_is_asked_as_of_any_other(honest: Honest, path: tuple[Any, ...], value: Any, reason: str) -> None:
    """Each step that needs no signature is taken all the same."""
    assert reason_of(judge(honest.examine(changed(path, value)), terms=allowed())) == reason


def test_times_in_the_future(honest: Honest) -> None:
    """Step 10: what nobody signed is held against the time of receipt."""
    later = f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    statement = bare_statement()
    statement["predicate"]["runDetails"]["metadata"] = {"startedOn": later, "finishedOn": later}
    assert reason_of(judge(honest.examine(statement), terms=allowed())) is Reason.TIME_IMPLAUSIBLE


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (
            {"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": []},
            Reason.EVIDENCE_MALFORMED,
        ),
        ({**bare_statement(), "signatures": []}, Reason.EVIDENCE_UNSUPPORTED),
        ({**bare_statement(), "note": "x"}, Reason.EVIDENCE_UNSUPPORTED),
        ({"statement": bare_statement()}, Reason.EVIDENCE_UNSUPPORTED),
        (
            {"version": 1, "attestation_bundles": [{"publisher": {}, "attestations": [bare_statement()]}]},
            Reason.EVIDENCE_MALFORMED,
        ),
        ({"provenance_summary": {"provenance": [bare_statement()]}}, Reason.EVIDENCE_MALFORMED),
    ],
)
def test_only_a_bare_statement_is_one(honest: Honest, evidence: dict[str, Any], reason: Reason) -> None:
    """Evidence: the JSON of a statement and nothing else; an envelope without signatures has lost them."""
    assert reason_of(judge(honest.examine(evidence), terms=allowed())) is reason


def test_makes_on_nix_stays_malformed(honest: Honest) -> None:
    """Decision 7: subjects with uri and hash, and a list for a build type, are not read leniently here either."""
    statement = bare_statement()
    statement["subject"] = [{"uri": "widget", "hash": honest.artifact().sha256}]
    assert reason_of(judge(honest.examine(statement), terms=allowed())) is Reason.STATEMENT_MALFORMED


def test_a_release_is_all_signed_or_all_unsigned(bench: Honest) -> None:
    """Releases 1: the same commit by a key's word and by nobody's are two sources."""
    examination = bench.examine(bare_statement())
    verdict = judge(examination, terms=allowed())
    assert isinstance(verdict, Accepted)
    own = ReleaseSource.of(verdict.matched)
    assert isinstance(judge(examination, terms=allowed(release=own)), Accepted)
    by_key = ReleaseSource("key operator", own.repository_id, own.commit)
    assert reason_of(judge(examination, terms=allowed(release=by_key))) is Reason.RELEASE_SOURCE_DIFFERS


def test_an_accepted_verdict_of_unsigned_evidence_is_level_1_and_alone(honest: Honest) -> None:
    """Such a verdict must be impossible to write down otherwise."""
    verdict = judge(honest.examine(bare_statement()), terms=allowed())
    assert isinstance(verdict, Accepted)
    with pytest.raises(ValueError, match="level 1"):
        replace(verdict, level=2)
    other = replace(verdict.attestations[0], role=Role.CORROBORATING)
    with pytest.raises(ValueError, match="alone"):
        replace(verdict, attestations=(*verdict.attestations, other))


def test_what_the_roots_deny_by_name_is_denied_unsigned_too(honest: Honest) -> None:
    """Roots at work: a denied file does not come in by the back door, with its signature left off."""
    for denied in ({"artifacts": [honest.artifact().sha256]}, {"commits": ["a" * 40]}, {"builders": [BUILDER]}):
        document = with_simulated_instance(honest.world) | {"denied": denied}
        field = json.dumps([bare_statement()]).encode()
        examination = examine_all(field, artifact=honest.artifact(), roots=parse_roots(document), now=NOW)
        assert reason_of(judge(examination, terms=allowed())) is Reason.BUILD_DENIED, denied


def test_the_sender_names_no_entry_of_the_roots(honest: Honest) -> None:
    """A verdict tells by which entry a level is believed: the builder id of a bare statement must not pass for one."""
    verdict = judge(honest.examine(bare_statement()), terms=allowed())
    document = to_document(verdict)
    assert isinstance(document, dict)
    assert (document["builder_name"], document["builder_review_by"], document["review_overdue"]) == ("", None, False)


def test_examination_knows_no_policy(honest: Honest) -> None:
    """The two halves: the same examination is refused and accepted, as the terms at the time of judging say."""
    examination = honest.examine(bare_statement())
    assert isinstance(examination, Examination)
    assert isinstance(judge(examination, terms=allowed()), Accepted)
    assert isinstance(judge(examination, terms=replace(allowed(), unsigned_evidence=False)), Refused)


def test_escapes_in_its_keys_hide_nothing(honest: Honest) -> None:
    """What stands beside it is found by its value, not by its spelling."""
    spelled = json.dumps([bare_statement(), honest.sign(honest.provenance())]).replace('"_type"', '"\\u005ftype"', 1)
    examination = examine_all(spelled.encode(), artifact=honest.artifact(), roots=honest.roots, now=NOW)
    assert reason_of(judge(examination, terms=allowed())) is Reason.UNSIGNED_NOT_ALONE


def test_the_document_round_trips() -> None:
    """The signer's form is part of the canonical document."""
    expectation = parse_expectation(json.dumps(unsigned_document()).encode(), required_pins=required_pins)
    assert b'"signer":{"unsigned":true}' in expectation.canonical
