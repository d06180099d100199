"""The law of the single byte over real evidence: a folder of cases in the corpus's format beside the checkout.

``SLUICEGATE_CORPUS`` names another folder. The evidence is others' and stays where it is.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.corpus.case import Case, read_cases
from tests.corpus.gate import run
from tests.corpus.promise import promise
from tests.corpus.scope import Question, question_of
from tests.corpus.trust import roots_of
from tests.laws.accepted import AcceptedCase, payloads_of
from tests.laws.net import net_is_a_failure
from tests.laws.one_byte import places, raw_byte, with_byte
from tests.laws.test_one_byte import same_or_refused
from verification import first_use
from verification.bundle import KeySignedBundle, parse
from verification.envelope import is_signed_by, is_supported, parse_envelope
from verification.expectation import Expectation
from verification.pipeline import examine_all
from verification.reasons import Step
from verification.root_of_trust import RootsOfTrust
from verification.sigstore_adapter import NotAuthentic, SigstoreInstance, witnesses_of
from verification.subject import Artifact
from verification.verdict import Outcome

CORPUS = Path(os.environ.get("SLUICEGATE_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))

NOW = datetime.now(UTC)

CHANGES = 250
"""How many bytes of each case are changed in what it carries, and again as many of its JSON."""


def accepted(case: Case) -> AcceptedCase:
    """Return a case that the gate lets in, under its own expectation."""
    roots = roots_of(case)
    derived = first_use.derive(examine_all(case.field, artifact=case.artifact, roots=roots, now=NOW))
    assert isinstance(derived, Expectation)
    expectation = promise(derived, case.expectation)
    return AcceptedCase(case.identifier, case.field, case.artifact, expectation, roots, NOW)


def changes_of(name: str, field: bytes) -> Iterator[bytes]:
    """Yield a field with single bytes changed, the same ones each time."""
    random = Random(name)
    found = places(field)
    for _ in range(CHANGES):
        place = random.choice(found)
        yield with_byte(field, place, random.randrange(len(place.content)), random.randint(1, 255))
        yield raw_byte(field, random.randrange(len(field)), random.randint(1, 255))


def cases(*questions: Question) -> list[Case]:
    """Return the cases of the corpus that ask one of the questions and get the answer yes; skip loudly where there is none."""
    if not CORPUS.is_dir():
        pytest.skip(
            f"NO REAL EVIDENCE WAS TRIED: there is no folder of cases at {CORPUS} (SLUICEGATE_CORPUS names one)"
        )
    found = [case for case in read_cases(CORPUS) if question_of(case) in questions and run(case, now=NOW).accepted]
    assert found, f"{CORPUS} holds no case that is accepted"
    return found


@pytest.mark.long
def test_one_byte_of_real_evidence() -> None:
    """Changing any single byte of an accepted case never yields acceptance of other facts."""
    found = [accepted(case) for case in cases(Question.ADMITTED)]
    for case in found:
        for changed in changes_of(case.name, case.field):
            same_or_refused(case, changed)
    print(f"{len(found)} real cases, {2 * CHANGES} changes of each")


@pytest.mark.long
def test_one_byte_of_real_signatures() -> None:
    """The corpus's cases about signatures, and a person's, name no build: signer, time and payload stay the same."""
    found = cases(Question.AUTHENTIC, Question.PERSON)
    for case in found:
        artifact, roots = case.artifact, roots_of(case)

        def told(field: bytes, artifact: Artifact = artifact, roots: RootsOfTrust = roots) -> tuple[object, ...] | None:
            with net_is_a_failure():
                examination = examine_all(field, artifact=artifact, roots=roots, now=NOW)
            checks = [check for examined in examination.attestations for check in examined.checks]
            proven = [check for check in checks if check.step in (Step.AUTHENTIC, Step.SUBJECT)]
            if not proven or any(check.outcome is not Outcome.PASSED for check in (*examination.checks, *proven)):
                return None
            signers = [check.actual for check in checks if check.step is Step.SIGNER]
            return signers, [check.actual for check in proven], list(payloads_of(json.loads(field)))

        before = told(case.field)
        assert before is not None, case.identifier
        for changed in changes_of(case.identifier, case.field):
            assert told(changed) in (None, before), case.identifier
    print(f"{len(found)} real signatures, {2 * CHANGES} changes of each")


@pytest.mark.long
def test_real_bundles_by_a_key() -> None:
    """npm's publish attestations are by its own key and in a public log: each that the key has signed was seen there."""
    if not CORPUS.is_dir():
        pytest.skip(f"NO REAL EVIDENCE WAS TRIED: there is no folder of cases at {CORPUS}")
    (named,) = json.loads((CORPUS / "roots" / "npm-registry-keys.json").read_text())["keys"]
    key = load_der_public_key(base64.b64decode(named["publicKey_spki_der_b64"]))
    assert is_supported(key)
    root = json.loads((CORPUS / "roots" / "sigstore-production.trusted_root.json").read_text())
    instances = [SigstoreInstance("production", root)]
    genuine = forged = 0
    for file in sorted(CORPUS.glob("cases/*-npm-cli-*/attestation.json")):
        for bundle in _bundles_by_a_key(json.loads(file.read_text())):
            raw = json.dumps(bundle).encode()
            attestation = parse(raw)
            assert isinstance(attestation, KeySignedBundle)
            if is_signed_by(parse_envelope(raw), key):
                (witness,) = witnesses_of(attestation, key, instances, NOW)
                assert witness.at is not None
                genuine += 1
            else:
                with pytest.raises(NotAuthentic, match="of another payload"):
                    witnesses_of(attestation, key, instances, NOW)
                forged += 1
    assert genuine
    assert forged
    print(f"{genuine} real bundles by npm's key, and {forged} forged ones")


def _bundles_by_a_key(value: Any) -> Iterator[dict[str, Any]]:
    match value:
        case {"verificationMaterial": {"publicKey": dict()}, "dsseEnvelope": dict()}:
            yield value
        case dict():
            for member in value.values():
                yield from _bundles_by_a_key(member)
        case list():
            for item in value:
                yield from _bundles_by_a_key(item)
