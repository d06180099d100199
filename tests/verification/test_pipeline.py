"""The gate as a whole: docs/trust-rules and SLSA v1.0, "Verifying artifacts", one sentence a test."""

from __future__ import annotations

import base64
import copy
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support import statements
from tests.support.honest import CONTENT, NOW, SIGNED_AT, Honest
from tests.support.keys import dsse_envelope
from tests.support.sigstore_world import SigstoreWorld
from verification.build_types import required_pins
from verification.expectation import PUBLISH_ATTESTATION, Expectation
from verification.expectation_document import parse_expectation
from verification.judgement import ReleaseSource, Terms
from verification.pipeline import judge, verify
from verification.reasons import Reason, Step
from verification.verdict import Accepted, Check, Outcome, Refused, Role, all_checks, failures


def expectation_of(document: Any) -> Expectation:
    """Return the expectation of a document that holds to the rules."""
    return parse_expectation(document, required_pins=required_pins)


def reason_of(verdict: Accepted | Refused) -> Reason | None:
    """Return why a verdict refuses, or None where it accepts."""
    return verdict.reason if isinstance(verdict, Refused) else None


def test_the_honest_release_is_accepted_by_the_expectation_that_it_pins(honest: Honest) -> None:
    """First use: the derived expectation accepts the very upload that made it."""
    verdict = honest.judge(honest.sign(honest.provenance()))
    assert isinstance(verdict, Accepted)
    assert verdict.level == 2
    assert verdict.matched.facts.repository == "https://github.com/example/widget"


def test_a_bundle_v03_is_taken_as_a_pep_740_object_is(honest: Honest) -> None:
    """Evidence: Sigstore bundles v0.3 travel in the same field, with Rekor v1 or with Rekor v2 and a timestamp."""
    credential = honest.world.issue(honest.identity.san, honest.identity.claims(), at=SIGNED_AT)
    payload = statements.encode(honest.provenance())
    for log in ("rekor-v1", "rekor-v2"):
        bundle = honest.world.sign(payload, credential, at=SIGNED_AT + timedelta(minutes=1), log=log)
        verdict = honest.judge(bundle)
        assert isinstance(verdict, Accepted), list(failures(verdict))
        assert verdict.matched.signed_at == SIGNED_AT + timedelta(minutes=1)


def test_slsa_and_publish_attestations_together(honest: Honest) -> None:
    """Evidence 1: one matches whole; the publish attestation of the same repository and commit corroborates."""
    verdict = honest.judge(honest.sign(honest.publish()), honest.sign(honest.provenance()))
    assert isinstance(verdict, Accepted)
    assert [report.role for report in verdict.attestations] == [Role.CORROBORATING, Role.MATCHED]


def test_a_narrower_rule_lets_in_nothing_more(honest: Honest) -> None:
    """Evidence 1, 2: what counts is the first that meets a recipe with all that is asked beside it, so none stands in another's way.

    By the first recipe a further attestation is missing, and by the first attestation the release's commit is another; whether or
    not a rule was narrow enough to pass them over, the verdict is the same.
    """
    real, document = honest.sign(honest.provenance()), json.loads(honest.expectation().canonical)
    run = honest.as_run(commit="b" * 40, trigger="release")
    moved, release = honest.sign(honest.provenance(run), run), ReleaseSource.of(accepted(honest.judge(real)).matched)
    for trigger in ({"one_of": ["push", "release"]}, {"equals": "push"}):
        document["recipes"][0]["claims"]["build_trigger"] = trigger
        verdict = accepted(honest.judge(moved, real, expectation=expectation_of(document), release=release))
        assert [report.role for report in verdict.attestations] == [Role.UNMATCHED, Role.MATCHED]
    demanding = {**copy.deepcopy(document["recipes"][0]), "name": "demanding", "also_require": [PUBLISH_ATTESTATION]}
    for tags in ("refs/tags/*", "refs/tags/a*"):
        demanding["external_parameters"]["/workflow/ref"] = {"glob": tags}
        both = expectation_of({**document, "recipes": [demanding, document["recipes"][0]]})
        assert accepted(honest.judge(real, expectation=both)).recipe == "first-use"


def accepted(verdict: Accepted | Refused) -> Accepted:
    """Hold that a verdict accepts."""
    assert isinstance(verdict, Accepted), list(failures(verdict))
    return verdict


def test_facts_of_two_attestations_never_combine(honest: Honest) -> None:
    """Evidence 1: two half-good attestations that together would pass are refused."""
    other_ref = honest.as_run(ref="refs/heads/main")
    verdict = honest.judge(honest.sign(honest.provenance(other_ref), other_ref), honest.sign(honest.publish()))
    assert isinstance(verdict, Refused)


def test_a_strangers_attestation_must_not_ride_along(honest: Honest) -> None:
    """Evidence 1: a stranger's valid attestation of the same digest beside the real one refuses the upload."""
    stranger = SigstoreWorld(SIGNED_AT - timedelta(days=30))
    credential = stranger.issue(honest.identity.san, honest.identity.claims(), at=SIGNED_AT)
    foreign = stranger.attest(statements.encode(honest.provenance()), credential, at=SIGNED_AT + timedelta(minutes=1))
    assert reason_of(honest.judge(honest.sign(honest.provenance()), foreign)) is Reason.SIGNER_UNKNOWN


def test_an_attestation_of_another_run_is_kept_but_not_served(honest: Honest) -> None:
    """Evidence 1: one that matched no recipe and speaks of another commit is "unmatched"."""
    other = honest.as_run(commit="b" * 40)
    verdict = honest.judge(honest.sign(honest.provenance()), honest.sign(honest.publish(), other))
    assert isinstance(verdict, Accepted)
    assert [report.role for report in verdict.attestations] == [Role.MATCHED, Role.UNMATCHED]


@pytest.mark.parametrize("field", [None, b"[]"])
def test_no_evidence_says_how_to_send_it(honest: Honest, field: bytes | None) -> None:
    """A file without provenance is refused, and the sentence names the clients that can send it."""
    terms = Terms(honest.expectation(), 1, "0" * 64)
    verdict = verify(field, artifact=honest.artifact(), terms=terms, roots=honest.roots, now=NOW)
    assert reason_of(verdict) is Reason.EVIDENCE_MISSING
    assert "twine upload --attestations" in Reason.EVIDENCE_MISSING.sentence
    assert "uv publish" in Reason.EVIDENCE_MISSING.sentence


def test_at_most_16_attestations(honest: Honest) -> None:
    """Evidence 1: more than 16 attestations are refused unread."""
    assert reason_of(honest.judge(*[{}] * 17)) is Reason.EVIDENCE_TOO_MUCH


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        ({}, Reason.EVIDENCE_UNSUPPORTED),
        ({"version": 1}, Reason.EVIDENCE_UNSUPPORTED),
        ({"version": True, "verification_material": {}, "envelope": {}}, Reason.EVIDENCE_UNSUPPORTED),
        ({"version": 1, "verification_material": {}, "envelope": {}}, Reason.EVIDENCE_MALFORMED),
        (
            {"mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.1", "verificationMaterial": {}},
            Reason.EVIDENCE_UNSUPPORTED,
        ),
        ({"payload": "", "payloadType": "x", "signatures": []}, Reason.EVIDENCE_MALFORMED),
    ],
)
def test_unreadable_evidence_is_refused_with_its_reason(honest: Honest, evidence: Any, reason: Reason) -> None:
    """Unreadable is not absent: what cannot be read refuses, and nothing raises."""
    assert reason_of(honest.judge(evidence)) is reason


def test_a_changed_signature_is_not_authentic(honest: Honest) -> None:
    """Step 1: one byte of the signature changed."""
    attestation = honest.sign(honest.provenance())
    signature = bytearray(base64.b64decode(attestation["envelope"]["signature"]))
    signature[-1] ^= 1
    attestation["envelope"]["signature"] = base64.b64encode(bytes(signature)).decode()
    assert reason_of(honest.judge(attestation)) is Reason.NOT_AUTHENTIC


def test_a_changed_statement_is_not_authentic(honest: Honest) -> None:
    """Step 1: the statement was exchanged under the signature."""
    attestation = honest.sign(honest.provenance())
    forged = statements.encode(honest.changed(lambda statement: statement.update(predicateType="x")))
    attestation["envelope"]["statement"] = base64.b64encode(forged).decode()
    assert reason_of(honest.judge(attestation)) is Reason.NOT_AUTHENTIC


def test_a_key_that_no_root_knows(honest: Honest) -> None:
    """Step 2: a DSSE envelope signed by some key is by an unknown signer, whatever its key id claims."""
    key = ec.generate_private_key(ec.SECP256R1())
    envelope = dsse_envelope(statements.encode(honest.provenance()), key, keyid="public-good")
    assert reason_of(honest.judge(envelope)) is Reason.SIGNER_UNKNOWN


def test_an_authentic_signer_who_is_no_builder(honest: Honest) -> None:
    """Step 2: the instance certifies people too; only listed builders count."""
    credential = honest.world.issue("mallory@example.org", {"issuer": "https://github.com/login/oauth"}, at=SIGNED_AT)
    attestation = honest.world.attest(statements.encode(honest.publish()), credential, at=SIGNED_AT)
    assert reason_of(honest.judge(attestation)) is Reason.SIGNER_UNKNOWN


def test_a_builder_id_that_is_not_the_signers(honest: Honest) -> None:
    """Step 3: a tenant's workflow cannot claim a trusted builder in its predicate."""

    def claim_another(statement: dict[str, Any]) -> None:
        statement["predicate"]["runDetails"]["builder"]["id"] = (
            "https://github.com/example/trusted/.github/workflows/b.yml@refs/tags/v1"
        )

    assert reason_of(honest.judge(honest.sign(honest.changed(claim_another)))) is Reason.BUILDER_NOT_SIGNERS


def test_another_file(honest: Honest) -> None:
    """Step 4: evidence of another file's content is refused as such."""
    other = honest.artifact(content=b"tampered")
    assert reason_of(honest.judge(honest.sign(honest.provenance()), artifact=other)) is Reason.SUBJECT_MISMATCH


@pytest.mark.parametrize("name", ["gadget-1.0.tar.gz", "widget-2.0.tar.gz", "widget-1.0-py3-none-any.whl"])
def test_a_subject_that_names_another_distribution(honest: Honest, name: str) -> None:
    """Evidence 4: the right digest under another project's, version's or tag set's name is refused."""
    assert reason_of(honest.judge(honest.sign(honest.provenance(filename=name)))) is Reason.SUBJECT_OTHER_DISTRIBUTION


def test_a_subject_name_that_is_no_distributions_is_let_be(honest: Honest) -> None:
    """Evidence 4: other names are recorded, and the digest decides."""
    assert isinstance(honest.judge(honest.sign(honest.provenance(filename="dist/widget.bin"))), Accepted)


@pytest.mark.parametrize(
    "name", ["dist/widget-1.0.tar.gz", "Widget-1.0.tar.gz", "widget-1.0.0.tar.gz", "sha256sums", None]
)
def test_honest_names_of_the_same_file(honest: Honest, name: str | None) -> None:
    """Evidence 4: another spelling of the file's name, the path it was built at, or no distribution's name at all."""
    statement = honest.provenance()
    statement["subject"][0]["name"] = name
    assert isinstance(honest.judge(honest.sign(statement)), Accepted)


def test_several_subjects_pass_and_weak_digests_do_not(honest: Honest) -> None:
    """Evidence 4: the file is found among several by strong digest; MD5 and SHA-1 never count."""
    import hashlib

    many = honest.changed(lambda s: s["subject"].insert(0, {"name": "other.whl", "digest": {"sha256": "0" * 64}}))
    assert isinstance(honest.judge(honest.sign(many)), Accepted)
    weak = honest.provenance()
    weak["subject"] = [{"name": "widget-1.0.tar.gz", "digest": {"sha1": hashlib.sha1(CONTENT).hexdigest()}}]
    assert reason_of(honest.judge(honest.sign(weak))) is Reason.SUBJECT_MISMATCH


ISSUED = "simulated https://token.actions.githubusercontent.com"

FORGED_FIELDS = [
    (
        "source repository",
        ("buildDefinition", "externalParameters", "workflow", "repository"),
        "https://github.com/evil/widget",
    ),
    ("source ref", ("buildDefinition", "externalParameters", "workflow", "ref"), "refs/tags/v9"),
    ("workflow path", ("buildDefinition", "externalParameters", "workflow", "path"), ".github/workflows/x.yml"),
    ("trigger", ("buildDefinition", "internalParameters", "github", "event_name"), "pull_request"),
    ("repository id", ("buildDefinition", "internalParameters", "github", "repository_id"), "1"),
    ("owner id", ("buildDefinition", "internalParameters", "github", "repository_owner_id"), "1"),
    ("runner environment", ("buildDefinition", "internalParameters", "github", "runner_environment"), "self-hosted"),
    ("commit of the source", ("buildDefinition", "resolvedDependencies", 0, "digest", "gitCommit"), "f" * 40),
    (
        "repository of the source",
        ("buildDefinition", "resolvedDependencies", 0, "uri"),
        "git+https://github.com/evil/widget@refs/tags/v1.0",
    ),
    ("run", ("runDetails", "metadata", "invocationId"), "https://github.com/evil/widget/actions/runs/1/attempts/1"),
]


@pytest.mark.parametrize(("fact", "path", "value"), FORGED_FIELDS, ids=[fact for fact, _, _ in FORGED_FIELDS])
def test_predicate_and_certificate_must_agree(honest: Honest, fact: str, path: tuple[Any, ...], value: str) -> None:
    """Step 6: a tenant can write the predicate; wherever the certificate speaks too, they must say the same."""

    def forge(statement: dict[str, Any]) -> None:
        target = statement["predicate"]
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value

    verdict = honest.judge(honest.sign(honest.changed(forge)))
    assert isinstance(verdict, Refused)
    assert fact in {check.where for check in failures(verdict) if check.reason is Reason.CLAIMS_DISAGREE}


@pytest.mark.parametrize(
    "claim", ["source_repository_uri", "source_repository_ref", "build_config_uri", "build_signer_uri"]
)
def test_what_the_certificate_does_not_back_is_not_believed(honest: Honest, claim: str) -> None:
    """Step 6: without the certificate's claim, the predicate's word counts for nothing."""
    verdict = honest.judge(honest.sign(honest.provenance(), **{claim: None}))
    assert reason_of(verdict) is Reason.CLAIMS_DISAGREE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"repository": "evil/widget", "repository_id": "666", "owner_id": "66"}, Reason.PARAMETER_UNEXPECTED),
        ({"repository_id": "666"}, Reason.CLAIM_UNEXPECTED),
        ({"owner_id": "66"}, Reason.REPOSITORY_TRANSFERRED),
        ({"ref": "refs/heads/main"}, Reason.REF_MOVED),
        ({"ref": "refs/tags/v1.1"}, Reason.PARAMETER_UNEXPECTED),
        ({"workflow": ".github/workflows/other.yml"}, Reason.WORKFLOW_MOVED),
        ({"trigger": "pull_request_target"}, Reason.CLAIM_UNEXPECTED),
        ({"runner": "self-hosted"}, Reason.LEVEL_TOO_LOW),
        (
            {"signer_workflow": "https://github.com/evil/ci/.github/workflows/b.yml@refs/tags/v1"},
            Reason.BUILDER_UNEXPECTED,
        ),
    ],
)
def test_a_pinned_fact_that_differs_refuses(honest: Honest, change: dict[str, str], reason: Reason) -> None:
    """First use: the derived expectation refuses when any pinned fact is changed, by forks and flags alike."""
    run = honest.as_run(**change)
    assert reason_of(honest.judge(honest.sign(honest.provenance(run), run))) is reason


def test_a_fork_is_told_by_parameter_expected_and_actual(honest: Honest) -> None:
    """The refusal names the parameter, what was expected and what came."""
    run = honest.as_run(repository="evil/widget", repository_id="666", owner_id="66")
    verdict = honest.judge(honest.sign(honest.provenance(run), run))
    assert isinstance(verdict, Refused)
    assert verdict.main.where == "/workflow/repository"
    assert "https://github.com/example/widget" in verdict.main.expected
    assert "https://github.com/evil/widget" in verdict.main.actual


def test_a_publish_attestation_is_level_1(honest: Honest) -> None:
    """Levels: when level 2 is demanded of a publish attestation, the refusal names actions/attest-build-provenance."""
    verdict = honest.judge(honest.sign(honest.publish()))
    assert reason_of(verdict) is Reason.LEVEL_TOO_LOW
    assert "actions/attest-build-provenance" in Reason.LEVEL_TOO_LOW.sentence


def test_the_registrys_floor_holds_over_the_expectations_minimum(honest: Honest) -> None:
    """Step 7: level at least the expectation's minimum and the registry's floor."""
    assert reason_of(honest.judge(honest.sign(honest.provenance()), level_floor=3)) is Reason.LEVEL_TOO_LOW


def test_evidence_from_the_future(honest: Honest) -> None:
    """Step 10: a signature later than now is refused."""
    verdict = honest.judge(honest.sign(honest.provenance()), now=SIGNED_AT - timedelta(hours=2))
    assert reason_of(verdict) is Reason.TIME_IMPLAUSIBLE


@pytest.mark.parametrize("commit", ["0" * 40, "abc", "main", "g" * 40])
def test_a_commit_that_is_none(honest: Honest, commit: str) -> None:
    """Step 10: commit present, and no placeholder."""
    run = honest.as_run(commit=commit)
    assert reason_of(honest.judge(honest.sign(honest.provenance(run), run))) is Reason.VALUE_IMPLAUSIBLE


def test_a_moved_tag_cannot_add_to_a_release(honest: Honest) -> None:
    """Releases 1: all files of a release come from its first file's repository id and commit."""
    attestation = honest.sign(honest.provenance())
    same = ReleaseSource(ISSUED, "123456", "a" * 40)
    assert isinstance(honest.judge(attestation, release=same), Accepted)
    moved = replace(same, commit="b" * 40)
    assert reason_of(honest.judge(attestation, release=moved)) is Reason.RELEASE_SOURCE_DIFFERS


@pytest.mark.parametrize("trigger", ["pull_request", "pull_request_target", "workflow_run", "issue_comment"])
def test_strangers_triggers_are_never_first_use(honest: Honest, trigger: str) -> None:
    """Expectations 5: what strangers can start is never pinned by first use."""
    run = honest.as_run(trigger=trigger)
    derived = honest.first_use(honest.sign(honest.provenance(run), run))
    assert isinstance(derived, Check)
    assert derived.reason is Reason.FIRST_USE_TRIGGER


def test_first_use_derives_from_the_strongest(honest: Honest) -> None:
    """Evidence 1: first use derives from the attestation of the highest level, whatever the order."""
    derived = honest.first_use(honest.sign(honest.publish()), honest.sign(honest.provenance()))
    assert isinstance(derived, Expectation)
    assert derived.recipes[0].minimum_level == 2


def test_first_use_pins_a_branch_as_it_is(honest: Honest) -> None:
    """First use: a tag that spells the version becomes a template; a branch stays exactly that branch."""
    run = honest.as_run(ref="refs/heads/main")
    derived = honest.first_use(honest.sign(honest.provenance(run), run))
    assert isinstance(derived, Expectation)
    assert b'"/workflow/ref":{"equals":"refs/heads/main"}' in derived.canonical


def test_first_use_keeps_a_third_party_builders_own_ref(honest: Honest) -> None:
    """First use: a third-party builder's own ref never becomes a template of the package's version."""
    run = honest.as_run(signer_workflow="https://github.com/acme/ci/.github/workflows/b.yml@refs/tags/v1.0")
    derived = honest.first_use(honest.sign(honest.provenance(run), run))
    assert isinstance(derived, Expectation)
    assert (
        b'"builder_ids":[{"equals":"https://github.com/acme/ci/.github/workflows/b.yml@refs/tags/v1.0"}]'
        in derived.canonical
    )


def test_unsound_evidence_pins_nothing(honest: Honest) -> None:
    """First use: only a verified provenance becomes version 1, and the refusal tells what is wrong with it."""
    examination = honest.examine(honest.sign(honest.provenance()), artifact=honest.artifact(content=b"tampered"))
    from verification import first_use

    derived = first_use.derive(examination)
    assert isinstance(derived, Check)
    verdict = judge(examination, terms=Terms(None, 1, "0" * 64, unbound=derived))
    assert reason_of(verdict) is Reason.SUBJECT_MISMATCH


def test_the_next_version_passes_and_its_own_tag_is_asked(honest: Honest) -> None:
    """A template means "the tag of this very version"."""
    run = honest.as_run(ref="refs/tags/v2.0")
    statement = honest.provenance(run, filename="widget-2.0.tar.gz")
    second = honest.artifact(filename="widget-2.0.tar.gz", version="2.0")
    assert isinstance(honest.judge(honest.sign(statement, run), artifact=second), Accepted)
    third = honest.artifact(filename="widget-3.0.tar.gz", version="3.0")
    relabelled = honest.provenance(run, filename="dist.bin")
    assert reason_of(honest.judge(honest.sign(relabelled, run), artifact=third)) is Reason.PARAMETER_UNEXPECTED


def test_all_failures_that_can_be_known_are_told_together(honest: Honest) -> None:
    """A verdict tells subject, repository and trigger in one go."""
    run = honest.as_run(repository="evil/widget", trigger="pull_request")
    verdict = honest.judge(honest.sign(honest.provenance(run), run), artifact=honest.artifact(content=b"x"))
    reasons = {check.reason for check in failures(verdict)}
    assert {Reason.SUBJECT_MISMATCH, Reason.PARAMETER_UNEXPECTED, Reason.CLAIM_UNEXPECTED} <= reasons


def test_no_step_is_left_out_of_an_accepted_verdict(honest: Honest) -> None:
    """No step is skipped because an earlier one was strong; of what is signed, nothing is said of unsigned evidence."""
    verdict = honest.judge(honest.sign(honest.provenance()), release=ReleaseSource(ISSUED, "123456", "a" * 40))
    assert {check.step for check in all_checks(verdict)} == set(Step) - {Step.UNSIGNED}
    assert {check.outcome for check in all_checks(verdict)} == {Outcome.PASSED}


def test_duplicate_json_keys_are_refused(honest: Honest) -> None:
    """Two readers that repair differently would see two documents under one signature."""
    text = json.dumps([honest.sign(honest.provenance())]).replace('"version": 1', '"version": 1, "version": 1', 1)
    terms = Terms(honest.expectation(), 1, "0" * 64)
    verdict = verify(text.encode(), artifact=honest.artifact(), terms=terms, roots=honest.roots, now=NOW)
    assert reason_of(verdict) is Reason.EVIDENCE_MALFORMED
