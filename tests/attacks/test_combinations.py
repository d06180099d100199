"""Several attestations, several signatures: nothing good lends its goodness to what stands beside it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.attacks.gate import expectation_of, judged, kept_out, let_in, promise_of
from tests.support import statements
from tests.support.honest import SIGNED_AT, Honest
from tests.support.keys import dsse_envelope
from tests.support.plain_keys import ecdsa
from tests.support.roots import with_simulated_instance
from tests.support.specimens import KEY, SPECIMENS
from verification.judgement import Terms
from verification.pipeline import judge
from verification.reasons import Reason
from verification.root_of_trust import parse_roots
from verification.verdict import Role

BUILDKITE = next(specimen for specimen in SPECIMENS if specimen.name == "buildkite")

SLSA, PUBLISH = "https://slsa.dev/provenance/v1", "https://docs.pypi.org/attestations/publish/v1"


def also_requiring(honest: Honest, predicate_type: str) -> Any:
    """Return the honest expectation, which also requires an attestation of a type."""
    document = json.loads(honest.expectation().canonical)
    document["recipes"][0]["also_require"] = [predicate_type]
    return expectation_of(document)


def test_an_unlisted_strangers_attestation_rides_along(honest: Honest, staging: Honest) -> None:
    """A stranger's valid attestation of the same digest beside the real one: of a stranger whom nobody listed."""
    real = honest.sign(honest.provenance())
    let_in(honest.judge(real))
    foreign = staging.sign(staging.provenance())
    kept_out(honest.judge(real, foreign), Reason.SIGNER_UNKNOWN)
    kept_out(honest.judge(foreign, real), Reason.SIGNER_UNKNOWN)


def test_a_listed_strangers_attestation_rides_along(honest: Honest) -> None:
    """A stranger's valid attestation of the same digest beside the real one: anybody's workflow can attest any file."""
    stranger = honest.as_run(repository="evil/widget", repository_id="666", owner_id="66")
    foreign = honest.sign(honest.provenance(stranger), stranger)
    kept_out(honest.judge(foreign), Reason.PARAMETER_UNEXPECTED)
    verdict = let_in(honest.judge(foreign, honest.sign(honest.provenance())))
    assert [report.role for report in verdict.attestations] == [Role.UNMATCHED, Role.MATCHED]
    assert verdict.matched.facts.repository_id == "123456"


def test_a_broken_attestation_beside_the_real_one(honest: Honest) -> None:
    """What does not verify is smuggled in beside what does, to be kept and served under its name."""
    real = honest.sign(honest.provenance())
    let_in(honest.judge(real))
    broken = honest.sign(honest.publish())
    broken["envelope"]["signature"] = real["envelope"]["signature"]
    kept_out(honest.judge(real, broken), Reason.NOT_AUTHENTIC)


def test_two_half_good_attestations(honest: Honest) -> None:
    """Two half-good attestations that together would pass: one has the source, the other the level."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    right_source = honest.sign(honest.publish())
    stranger = honest.as_run(repository="evil/widget", repository_id="666", owner_id="66")
    right_level = honest.sign(honest.provenance(stranger), stranger)
    kept_out(honest.judge(right_source), Reason.LEVEL_TOO_LOW)
    kept_out(honest.judge(right_source, right_level), Reason.LEVEL_TOO_LOW)


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (({"ref": "refs/heads/main"}, {"trigger": "schedule"}), Reason.CLAIM_UNEXPECTED),
        (({"owner_id": "66"}, {"repository_id": "666"}), Reason.REPOSITORY_TRANSFERRED),
        (({"workflow": ".github/workflows/evil.yml"}, {"ref": "refs/tags/v9"}), Reason.WORKFLOW_MOVED),
    ],
)
def test_two_half_good_attestations_of_one_type(honest: Honest, pair: Any, reason: Reason) -> None:
    """Two half-good attestations that together would pass: each is right where the other is wrong."""
    let_in(honest.judge(honest.sign(honest.provenance())))
    runs = [honest.as_run(**fields) for fields in pair]
    both = [honest.sign(honest.provenance(run), run) for run in runs]
    kept_out(honest.judge(*both), reason)


def test_two_recipes_each_half_met(honest: Honest) -> None:
    """One attestation meets half of one recipe and half of another, and no recipe whole."""
    document = json.loads(honest.expectation().canonical)
    first, second = document["recipes"][0], json.loads(honest.expectation().canonical)["recipes"][0]
    second["name"] = "second"
    second["claims"]["source_repository_id"] = {"equals": "777"}
    second["external_parameters"]["/workflow/ref"] = {"equals": "refs/heads/main"}
    both = expectation_of({**document, "recipes": [first, second]})
    let_in(honest.judge(honest.sign(honest.provenance()), expectation=both))
    run = honest.as_run(ref="refs/heads/main")
    kept_out(honest.judge(honest.sign(honest.provenance(run), run), expectation=both), Reason.REF_MOVED)


def test_corroboration_by_another_build(honest: Honest) -> None:
    """A further attestation that is demanded comes from another commit, or from a stranger's repository."""
    demanding = also_requiring(honest, PUBLISH)
    real = honest.sign(honest.provenance())
    let_in(honest.judge(real, honest.sign(honest.publish()), expectation=demanding))
    for fields in ({"commit": "b" * 40}, {"repository": "evil/widget", "repository_id": "666"}):
        other = honest.sign(honest.publish(), honest.as_run(**fields))
        kept_out(honest.judge(real, other, expectation=demanding), Reason.CORROBORATION_MISSING)


def test_corroboration_by_itself(honest: Honest) -> None:
    """An attestation is sent twice, written down in another way or logged again, to be its own second witness."""
    demanding = also_requiring(honest, SLSA)
    credential = honest.world.issue(honest.identity.san, honest.identity.claims(), at=SIGNED_AT)
    payload = statements.encode(honest.provenance())
    bundle = honest.world.sign(payload, credential, at=SIGNED_AT + timedelta(minutes=1))
    logged_again = honest.world.sign(payload, credential, at=SIGNED_AT + timedelta(minutes=2))
    reordered = dict(reversed(bundle.items()))
    another_run = honest.as_run(run_id="1000000002")
    second = honest.sign(honest.provenance(another_run), another_run)
    let_in(honest.judge(bundle, second, expectation=demanding))
    kept_out(honest.judge(bundle, expectation=demanding), Reason.CORROBORATION_MISSING)
    kept_out(honest.judge(bundle, reordered, expectation=demanding), Reason.CORROBORATION_MISSING)
    kept_out(honest.judge(bundle, logged_again, expectation=demanding), Reason.CORROBORATION_MISSING)


def test_the_same_attestation_twice(honest: Honest) -> None:
    """The very same bytes are sent twice."""
    real = honest.sign(honest.provenance())
    let_in(honest.judge(real))
    kept_out(honest.judge(real, real), Reason.EVIDENCE_MALFORMED)


def test_a_strangers_signature_beside_the_builders(bench: Honest) -> None:
    """Mixed signers: a stranger signs the builder's envelope as well, and counts for nothing."""
    stranger = dsse_envelope(statements.encode(BUILDKITE.make()), ec.generate_private_key(ec.SECP256R1()))
    envelope = BUILDKITE.sign(bench, BUILDKITE.make())
    terms = Terms(promise_of(bench, BUILDKITE), 1, "0" * 64)
    mixed = {**envelope, "signatures": stranger["signatures"] + envelope["signatures"]}
    assert let_in(judge(bench.examine(mixed), terms=terms)).matched.signer.key == "operator"
    judged(bench, BUILDKITE, BUILDKITE.make())
    kept_out(judge(bench.examine(stranger), terms=terms), Reason.SIGNER_UNKNOWN)


def test_another_operators_signature(honest: Honest) -> None:
    """Mixed signers: a second key that the roots know signs what the package's own operator has not."""
    key, other = ecdsa(ec.SECP256R1(), SHA256()), ecdsa(ec.SECP256R1(), SHA256())
    two = Honest(honest.world)
    two.roots = parse_roots(with_simulated_instance(honest.world, keys={"operator": key.pem, "other": other.pem}))
    payload = statements.encode(BUILDKITE.make())
    plain = dsse_envelope(payload, KEY)
    ours, theirs = ({**plain, "signatures": [signer.entry(payload)]} for signer in (key, other))
    promised = two.first_use(ours)
    let_in(two.judge(ours, expectation=promised))  # type: ignore[arg-type]  # what first use pins is held elsewhere to be an expectation
    kept_out(two.judge(theirs, expectation=promised), Reason.SIGNER_UNEXPECTED, "key")  # type: ignore[arg-type]  # what first use pins is held elsewhere to be an expectation


def test_a_second_signature_beside_a_certificate(honest: Honest) -> None:
    """Mixed signers: a stranger's signature beside that of a certificate, which no log has seen."""
    credential = honest.world.issue(honest.identity.san, honest.identity.claims(), at=SIGNED_AT)
    payload = statements.encode(honest.provenance())
    bundle = honest.world.sign(payload, credential, at=SIGNED_AT + timedelta(minutes=1))
    let_in(honest.judge(bundle))
    stranger = dsse_envelope(payload, ec.generate_private_key(ec.SECP256R1()))
    bundle["dsseEnvelope"]["signatures"] += stranger["signatures"]
    kept_out(honest.judge(bundle), Reason.EVIDENCE_MALFORMED)
