"""The roots that a new registry starts with know every builder that they should, and the examples hold what they say."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support import statements
from tests.support.honest import NOW, Honest, Statement
from tests.support.keys import IN_TOTO, dsse_envelope
from tests.support.specimens import KEY, SPECIMENS, Specimen, edited
from verification import first_use
from verification.judgement import Terms
from verification.parameters import DocumentInvalid
from verification.pipeline import examine_all, judge
from verification.provenance import Signer
from verification.root_fragments import assemble, instance_fragment
from verification.root_of_trust import parse_roots, shipped_document, shipped_roots
from verification.verdict import Accepted, failures

Json = dict[str, Any]

GITHUB, GITLAB = "https://token.actions.githubusercontent.com", "https://gitlab.com"
OWN = "https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1"
CALLED = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/{}_slsa3.yml@refs/tags/v2.1.0"
GCB = "https://cloudbuild.googleapis.com/GoogleHostedWorker"
PIPELINE = f"{GITLAB}/g/s/p//.gitlab-ci.yml@refs/tags/v1"
PROJECT = "https://circleci.com/api/v2/projects/1/pipeline-definitions/2"


def certified(issuer: str, identity: str) -> Signer:
    """Return a signer by the public good instance."""
    return Signer("public-good", issuer, None, identity, {})


def generator(name: str) -> tuple[Signer, str]:
    """Return one of slsa-github-generator's workflows, which speaks for itself."""
    identity = CALLED.format(name)
    return certified(GITHUB, identity), identity


COVERED = {
    "GitHub attestation, self-signed": (certified(GITHUB, OWN), OWN, 2),
    "generator, generic": (*generator("generator_generic"), 3),
    "generator, Go": (*generator("builder_go"), 3),
    "generator, container": (*generator("generator_container"), 3),
    "generator, container-based": (*generator("builder_container-based"), 3),
    "BYOB, Maven": (generator("delegator_generic")[0], CALLED.format("builder_maven"), 3),
    "BYOB, Gradle": (generator("delegator_lowperms-generic")[0], CALLED.format("builder_gradle"), 3),
    "BYOB, Node.js": (generator("delegator_lowperms-generic")[0], CALLED.format("builder_nodejs"), 3),
    "BYOB, a tool of others": (generator("delegator_generic")[0], OWN, 2),
    "npm CLI": (certified(GITHUB, OWN), "https://github.com/actions/runner/github-hosted", 2),
    "PyPI publish, GitHub": (certified(GITHUB, OWN), OWN, 2),
    "PyPI publish, GitLab": (certified(GITLAB, PIPELINE), PIPELINE, 1),
    "PyPI publish, Google": (
        certified("https://accounts.google.com", "1-compute@developer.gserviceaccount.com"),
        "1-compute@developer.gserviceaccount.com",
        1,
    ),
    "PyPI publish, CircleCI": (certified("https://oidc.circleci.com", PROJECT), PROJECT, 1),
    "Google Cloud Build": (
        Signer(None, None, "google-cloud-build-us-west2", "google-cloud-build-us-west2", {}),
        GCB,
        3,
    ),
    "Google Cloud Build, older": (
        Signer(None, None, "google-cloud-build-global-provenanceSigner", "", {}),
        f"{GCB}@v0.3",
        3,
    ),
}


@pytest.mark.parametrize(("signer", "builder_id", "level"), COVERED.values(), ids=COVERED)
def test_the_shipped_roots_know_every_builder_of_the_field(signer: Signer, builder_id: str, level: int) -> None:
    """Roots: what the default covers, each up to its level (a publish attestation is capped to 1 by its build type)."""
    speaks = [found for found in shipped_roots().builders_of(signer) if found.may_speak_for(builder_id, signer)]
    assert speaks[0].level == level


def test_googles_keys_sign_as_googles_verifier_has_it() -> None:
    """The regional keys sign without PAE, the global PAE keys with it; each counts under its own name alone."""
    keys = shipped_roots().keys
    assert len(keys) == 21
    assert {name for name, key in keys.items() if key.pae} == {
        "google-cloud-build-global-google-hosted-worker",
        "google-cloud-build-global-provenanceSigner",
    }
    assert len({key.keyid for key in keys.values()}) == len(keys)
    for name, key in keys.items():
        assert key.keyid is not None
        _, _, _, location, _, _, _, signing, _, version = key.keyid.split("/")
        wanted = f"global-{signing}" if key.pae else location
        assert (name, version) == (f"google-cloud-build-{wanted}", "1")


# The examples

FOLDER = files("verification") / "roots" / "examples"
EXAMPLES: dict[str, Json] = {
    entry.name.removesuffix(".json"): json.loads(entry.read_text()) for entry in FOLDER.iterdir()
}
BY_NAME = {specimen.name: specimen for specimen in SPECIMENS}
OF_EXAMPLE = {
    "buildkite": "buildkite",
    "gitlab-runner": "gitlab-runner",
    "tekton-chains": "tekton",
    "google-cloud-build-key": "google-cloud-build",
}


def of_builder(specimen: Specimen, builder_id: str) -> Statement:
    """Return the specimen's statement as that builder's."""
    return edited(specimen.make(), ((("predicate", "runDetails", "builder", "id"), builder_id),))


def gcloud(statement: Statement, keyid: str) -> Json:
    """Return what gcloud prints of a statement that a regional key has signed, without PAE."""
    payload = statements.encode(statement)
    signature = KEY.sign(payload, ec.ECDSA(SHA256()))
    envelope = {
        "payload": base64.urlsafe_b64encode(payload).decode(),
        "payloadType": IN_TOTO,
        "signatures": [{"keyid": keyid, "sig": base64.urlsafe_b64encode(signature).decode()}],
    }
    occurrence = {
        "build": {"inTotoSlsaProvenanceV1": statement},
        "createTime": "2026-03-01T12:00:00Z",
        "envelope": envelope,
        "kind": "BUILD",
        "name": "projects/example/occurrences/1",
        "noteName": "projects/verified-builder/notes/1",
        "resourceUri": "https://example.test/widget",
        "updateTime": "2026-03-01T12:00:00Z",
    }
    return {"image_summary": {"slsa_build_level": 3}, "provenance_summary": {"provenance": [occurrence]}}


def accepted(honest: Honest, document: Any, evidence: Any) -> None:
    """Assert that the gate lets the evidence in under the document, on first use."""
    examination = examine_all(
        json.dumps([evidence]).encode(), artifact=honest.artifact(), roots=parse_roots(document), now=NOW
    )
    derived = first_use.derive(examination)
    assert isinstance(derived, first_use.FirstExpectation), (derived, examination.attestations)
    verdict = judge(examination, terms=Terms(derived, 1, "0" * 64))
    assert isinstance(verdict, Accepted), list(failures(verdict))


def test_each_example_is_tried() -> None:
    """An example that nobody tries would mislead."""
    assert set(EXAMPLES) == {*OF_EXAMPLE, "private-sigstore"}


@pytest.mark.parametrize("name", OF_EXAMPLE)
def test_an_example_with_a_key(honest: Honest, name: str) -> None:
    """It loads as it stands beside the shipped roots; under a key of our own in its place, its builder's build is let in."""
    example = json.loads(json.dumps(EXAMPLES[name]))
    parse_roots(assemble([example, shipped_document()]))
    ((key, entry),) = example["keys"].items()
    entry["pem"] = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    document = assemble([example, shipped_document()])
    (builder,) = example["builders"]
    assert builder["signer"] == {"key": key}
    statement = of_builder(BY_NAME[OF_EXAMPLE[name]], builder["speaks_for"][0])
    if entry.get("pae") is False:
        accepted(honest, document, gcloud(statement, entry["keyid"]))
    else:
        accepted(honest, document, dsse_envelope(statements.encode(statement), KEY))


def test_the_example_with_a_private_instance(honest: Honest) -> None:
    """Beside what ``roots fetch`` brings of the instance: its builders' builds are let in, and without it nothing loads."""
    example = EXAMPLES["private-sigstore"]
    with pytest.raises(DocumentInvalid, match="no Sigstore instance"):
        parse_roots(assemble([example, shipped_document()]))
    fetched = instance_fragment("example-sigstore", honest.world.trusted_root())
    document = assemble([fetched, example, shipped_document()])
    specimen = BY_NAME["github-workflow"]
    accepted(honest, document, specimen.sign(honest, specimen.make()))


# Fragments

WRONG: list[tuple[list[Any], str]] = [
    ([[]], "/0"),
    ([{}, {"more": 1}], "/1/more"),
    ([{"schema": 2}], "/0/schema"),
    ([{"schema": True}], "/0/schema"),
    ([{"keys": []}], "/0/keys"),
    ([{"builders": {}}], "/0/builders"),
    ([{"denied": {"runs": "1"}}], "/0/denied"),
    ([{"keys": {"a/b": 1}}, {"keys": {"a/b": 1}}], "/1/keys/a~1b"),
    ([{"sigstore": {"a": {}}}, {"sigstore": {"a": {}}}], "/1/sigstore/a"),
]


@pytest.mark.parametrize(("fragments", "where"), WRONG, ids=[where for _, where in WRONG])
def test_fragments_that_do_not_go_together(fragments: list[Any], where: str) -> None:
    """No fragment silently takes the place of another's entry."""
    with pytest.raises(DocumentInvalid) as refused:
        assemble(fragments)
    assert [problem.where for problem in refused.value.problems] == [where]


def test_fragments_keep_their_order_and_deny_together() -> None:
    """The first builder that fits counts; what any fragment denies is denied."""
    made = assemble(
        [
            {"schema": 1, "builders": [1, 2], "denied": {"runs": ["a"]}},
            {"builders": [3], "denied": {"runs": ["a", "b"], "commits": ["c"]}},
        ]
    )
    denied = {"runs": ["a", "b"], "commits": ["c"]}
    assert made == {"schema": 1, "sigstore": {}, "keys": {}, "builders": [1, 2, 3], "denied": denied}
