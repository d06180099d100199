"""The published JSON Schemas say what the loaders take: nothing that a loader takes is refused by its schema."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from tests.support.honest import Honest
from tests.support.mutated_documents import mutated
from tests.support.plain_keys import ecdsa
from tests.support.specimens import SPECIMENS, Specimen, examined
from tests.support.unsigned import bare_statement, unsigned_document, unsigned_expectation
from verification import first_use
from verification.build_types import required_pins
from verification.canonical import JsonValue
from verification.client.commands import main
from verification.expectation import CLAIM_NAMES
from verification.expectation_document import parse_expectation
from verification.first_use import FirstExpectation
from verification.judgement import Terms
from verification.parameters import DocumentInvalid
from verification.pipeline import examine_all, judge
from verification.provenance import Facts
from verification.published_schemas import Kind, read_schema
from verification.reasons import Reason, Step
from verification.root_of_trust import parse_roots, shipped_document
from verification.verdict import Accepted, Verdict
from verification.verdict_document import to_document

Json = dict[str, Any]

SCHEMAS: dict[Kind, Json] = {kind: json.loads(read_schema(kind)) for kind in Kind}
VALIDATORS = {kind: Draft202012Validator(schema) for kind, schema in SCHEMAS.items()}

MUTATIONS = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def refused_by_schema(kind: Kind, document: object) -> list[str]:
    """Return what the schema has against a document, with the places."""
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATORS[kind].iter_errors(document)]


@pytest.mark.parametrize("kind", list(Kind))
def test_each_is_a_schema(kind: Kind, capsys: pytest.CaptureFixture[str]) -> None:
    """Draft 2020-12, under an identifier of its own, as ``sluicegate-verifier schema`` prints it."""
    Draft202012Validator.check_schema(SCHEMAS[kind])
    assert SCHEMAS[kind]["$id"] == f"urn:sluicegate:schema:{kind}:1"
    assert main(["schema", kind]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMAS[kind]


def test_closed_lists_are_the_same() -> None:
    """A reason, a step, a claim or a fact that is new here is new in the schema too."""
    verdict, expectation = SCHEMAS[Kind.VERDICT]["$defs"], SCHEMAS[Kind.EXPECTATION]["$defs"]
    of_verdicts = [reason for reason in Reason if reason.rank < Reason.AUTHENTICATION_REQUIRED.rank]
    assert verdict["check"]["properties"]["reason"]["enum"] == [*of_verdicts, None]
    assert verdict["check"]["properties"]["step"]["enum"] == [*Step]
    assert verdict["check"]["properties"]["title"]["enum"] == [step.title for step in Step]
    assert set(verdict["facts"]["properties"]) == {field.name for field in fields(Facts)}
    assert set(expectation["recipe"]["properties"]["claims"]["propertyNames"]["enum"]) == CLAIM_NAMES


def test_the_shipped_roots_validate() -> None:
    """As they are installed."""
    assert refused_by_schema(Kind.ROOTS, shipped_document()) == []


@pytest.mark.parametrize("specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS])
def test_first_expectations_and_verdicts_validate(bench: Honest, specimen: Specimen) -> None:
    """Of every build type: what first use pins, the acceptance under it, and the refusals of all other builds."""
    examination = examined(bench, specimen, specimen.make())
    derived = first_use.derive(examination)
    assert isinstance(derived, FirstExpectation)
    assert refused_by_schema(Kind.EXPECTATION, json.loads(derived.canonical)) == []
    terms = Terms(derived, 1, "0" * 64)
    accepted = judge(examination, terms=terms)
    assert isinstance(accepted, Accepted)
    others = [examined(bench, specimen, statement, run) for _, statement, run in specimen.other_builds()[:3]]
    for verdict in (accepted, *(judge(other, terms=terms) for other in others)):
        assert refused_by_schema(Kind.VERDICT, to_document(verdict)) == []


@pytest.mark.parametrize("allowed", [True, False])
def test_unsigned_evidence_validates(bench: Honest, allowed: bool) -> None:
    """Its expectation, and the verdicts with and without the policy: no time of signing, no entry of the roots."""
    assert refused_by_schema(Kind.EXPECTATION, unsigned_document()) == []
    terms = Terms(unsigned_expectation(), 1, "0" * 64, unsigned_evidence=allowed)
    verdict = judge(bench.examine(bare_statement()), terms=terms)
    assert isinstance(verdict, Accepted) is allowed
    assert refused_by_schema(Kind.VERDICT, to_document(verdict)) == []


@pytest.mark.parametrize("field", [None, b"[]", b"{", b"[{}]", b'[{"a": 1}, {"a": 1}]'])
def test_verdicts_on_what_is_no_evidence_validate(bench: Honest, field: bytes | None) -> None:
    """Refusals that come to no provenance, and one without an expectation."""
    verdict = judge_unbound(bench, field)
    assert refused_by_schema(Kind.VERDICT, to_document(verdict)) == []


def judge_unbound(bench: Honest, field: bytes | None) -> Verdict:
    """Return the verdict on a first upload's evidence that nothing can be derived from."""
    examination = examine_all(field, artifact=bench.artifact(), roots=bench.roots, now=bench.examine().at)
    derived = first_use.derive(examination)
    assert not isinstance(derived, FirstExpectation)
    return judge(examination, terms=Terms(None, 1, "0" * 64, unbound=derived))


def test_an_acceptance_with_a_failed_check_is_none(bench: Honest) -> None:
    """The verdict's schema says what the type does: no acceptance has a failed check, and one attestation matched."""
    examination = examined(bench, SPECIMENS[0], SPECIMENS[0].make())
    derived = first_use.derive(examination)
    assert isinstance(derived, FirstExpectation)
    sound: Any = to_document(judge(examination, terms=Terms(derived, 1, "0" * 64)))
    changes: list[Callable[[Any], object]] = [
        lambda made: made["checks"][0].update(outcome="failed", reason="not-authentic"),
        lambda made: made["attestations"][0]["checks"][0].update(outcome="not-reached"),
        lambda made: made["attestations"][0]["checks"][0].update(reason="not-authentic"),
        lambda made: made["attestations"][0].update(role="unmatched"),
        lambda made: made["attestations"].append(made["attestations"][0]),
        lambda made: made.update(result="refused"),
        lambda made: made.update(more=1),
    ]
    for number, change in enumerate(changes):
        made = copy.deepcopy(sound)
        change(made)
        assert refused_by_schema(Kind.VERDICT, made), number


EXPECTATION: Json = {
    "schema": 1,
    "change_control": "two-person",
    "recipes": [
        {
            "name": "release",
            "versions": ">=2",
            "stages": ["final", "post"],
            "minimum_level": 2,
            "builder_ids": [{"glob": "https://github.com/example/widget/.github/workflows/*.yml@refs/tags/v*"}],
            "build_types": ["https://builder.example/types/v1"],
            "signer": {"sigstore": "simulated", "issuer": "https://issuer.example", "identity": {"equals": "x"}},
            "claims": {"build_trigger": {"one_of": ["push", "release"]}, "build_signer_digest": {"any": True}},
            "external_parameters": {"/a": {"template": "v{version}"}, "/b": {"equals": 1, "optional": True}},
            "also_require": ["https://docs.pypi.org/attestations/publish/v1"],
        },
        {
            "name": "by key",
            "minimum_level": 1,
            "builder_ids": [{"equals": "https://builder.example/1"}],
            "build_types": ["https://builder.example/types/v1"],
            "signer": {"key": "operator"},
            "claims": {},
            "external_parameters": {"": {"equals": {}}},
        },
    ],
}


def taken(load: Callable[[JsonValue], object], document: JsonValue) -> bool:
    """Say whether a loader takes a document."""
    try:
        load(document)
    except DocumentInvalid:
        return False
    return True


def load_expectation(document: JsonValue) -> object:
    """Read a document as a proposal's is read."""
    return parse_expectation(document, required_pins=required_pins)


@MUTATIONS
@given(mutated(EXPECTATION))
def test_whatever_the_schema_refuses_no_expectation_is(document: JsonValue) -> None:
    """A document that somebody has validated against the schema is never the laxer reading."""
    if taken(load_expectation, document):
        assert refused_by_schema(Kind.EXPECTATION, document) == []


PEM = ecdsa(ec.SECP256R1(), SHA256()).pem

ROOTS: Json = {
    "schema": 1,
    "sigstore": {},
    "keys": {"operator": {"pem": PEM, "pae": True, "keyid": "k", "valid_from": "2026-01-01T00:00:00Z"}},
    "builders": [
        {
            "name": "GitHub Actions",
            "signer": {
                "sigstore": "public-good",
                "issuer": "https://issuer.example",
                "identity": "https://github.com/**",
                "identity_ref": "**",
            },
            "speaks_for": ["own-identity"],
            "level": 2,
            "level_document": "https://builder.example/levels",
            "review_by": "2030-01-01",
            "distrusted_from": "2027-01-01T00:00:00Z",
        },
        {
            "name": "operator",
            "signer": {"keys": ["operator"]},
            "speaks_for": ["https://builder.example/1", "https://builder.example/b/*"],
            "level": 3,
            "level_document": "https://builder.example/levels",
            "review_by": "2030-01-01",
            "valid_from": "2026-01-01T00:00:00Z",
            "denied": {"commits": ["a" * 40], "runs": ["1"], "artifacts": ["b" * 64], "builders": ["x/*"]},
        },
    ],
    "denied": {"builders": ["https://builder.example/b/2"]},
}


def with_instance(document: Json) -> Json:
    """Return the document with the shipped instance."""
    shipped: Any = shipped_document()
    return {**document, "sigstore": shipped["sigstore"]}


@MUTATIONS
@given(mutated(with_instance(ROOTS)))
def test_whatever_the_schema_refuses_no_roots_are(document: JsonValue) -> None:
    """As for expectations."""
    if taken(parse_roots, document):
        assert refused_by_schema(Kind.ROOTS, document) == []


def test_what_the_mutations_start_from_is_sound() -> None:
    """Else they would prove nothing."""
    for kind, load, document in (
        (Kind.EXPECTATION, load_expectation, EXPECTATION),
        (Kind.ROOTS, parse_roots, with_instance(ROOTS)),
    ):
        assert taken(load, document)
        assert refused_by_schema(kind, document) == []
