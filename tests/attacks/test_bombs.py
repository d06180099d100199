"""Bombs of depth, size and count: small evidence that is dear to read. All of it really signed, by a listed builder."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from tests.attacks.gate import kept_out, let_in
from tests.support import statements
from tests.support.bundles import Bundles
from tests.support.honest import NOW, Honest, Statement
from tests.support.specimens import SPECIMENS
from verification.canonical import canonical
from verification.judgement import Terms
from verification.pipeline import verify
from verification.reasons import Reason
from verification.verdict import Verdict
from verification.verdict_document import to_document

SECONDS = 1.0
BYTES = 100_000_000

PARAMETERS = ("predicate", "buildDefinition", "externalParameters")


def gate_of(honest: Honest, **artifact: Any) -> Callable[[bytes], Verdict]:
    """Return the gate for a file under the honest expectation."""
    terms = Terms(honest.expectation(), 1, "0" * 64)
    file = honest.artifact(**artifact)
    return lambda field: verify(field, artifact=file, terms=terms, roots=honest.roots, now=NOW)


def judged(honest: Honest, field: bytes, **artifact: Any) -> Verdict:
    """Return the verdict on a field, and hold that it cost little."""
    gate = gate_of(honest, **artifact)
    started = time.process_time()
    verdict = gate(field)
    assert time.process_time() - started < SECONDS
    return verdict


def signed(honest: Honest, change: Callable[[Statement], Any]) -> bytes:
    """Return a field with a changed statement, signed; the honest one is let in first."""
    let_in(judged(honest, json.dumps([honest.sign(honest.provenance())]).encode()))
    statement = honest.provenance()
    change(statement)
    return json.dumps([honest.sign(statements.encode(statement))]).encode()


def nested(depth: int) -> Any:
    """Return lists within lists."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("bomb", [b"[" * 1_000_000, b'{"a":' * 500_000, b"[" + b"[]," * 100_000 + b"[]]"])
def test_a_bomb_of_depth_around_the_evidence(honest: Honest, bomb: bytes) -> None:
    """Bombs of depth: a megabyte of opening brackets exhausts the stack of whoever reads it."""
    let_in(judged(honest, json.dumps([honest.sign(honest.provenance())]).encode()))
    kept_out(judged(honest, bomb), Reason.EVIDENCE_MALFORMED)


@pytest.mark.parametrize("depth", [40, 900])
def test_a_bomb_of_depth_within_the_statement(honest: Honest, depth: int) -> None:
    """Bombs of depth: the builder signs a parameter of a thousand levels."""
    field = signed(honest, lambda statement: statement["predicate"].update(more=nested(depth)))
    kept_out(judged(honest, field), Reason.STATEMENT_MALFORMED)


def test_a_bomb_of_size(honest: Honest) -> None:
    """Bombs of size: more evidence than any build needs is not even read."""
    let_in(judged(honest, json.dumps([honest.sign(honest.provenance())]).encode()))
    kept_out(judged(honest, b" " * (4 * 1024 * 1024) + b"[]"), Reason.EVIDENCE_TOO_MUCH)


def test_a_bomb_of_attestations(honest: Honest) -> None:
    """Bombs of count: hundreds of attestations, each of which costs a verification; wrapped ones count too."""
    attestation = honest.sign(honest.provenance())
    let_in(honest.judge(attestation))
    kept_out(honest.judge(*[attestation] * 17), Reason.EVIDENCE_TOO_MUCH)
    bundle = {"publisher": {}, "attestations": [attestation] * 9}
    wrapped = {"version": 1, "attestation_bundles": [bundle, bundle]}
    kept_out(honest.judge(wrapped), Reason.EVIDENCE_TOO_MUCH)


def test_a_bomb_of_subjects(honest: Honest) -> None:
    """Bombs of count: a statement about more files than a release has."""
    field = signed(honest, lambda statement: statement.update(subject=statement["subject"] * 1_001))
    kept_out(judged(honest, field), Reason.STATEMENT_MALFORMED)


def test_a_bomb_of_names(honest: Honest) -> None:
    """Bombs of count: one file under a thousand names, each a wheel for a thousand platforms, spelled in another order."""
    python, abi = ".".join(f"p{number}" for number in range(10)), ".".join(f"a{number}" for number in range(10))

    def named(platforms: Any) -> str:
        return f"widget-1.0-{python}-{abi}-{'.'.join(platforms)}.whl"

    platforms = [f"b{number}" for number in range(10)]
    orders = [order for order, _ in zip(permutations(platforms), range(1_000), strict=False)]
    (subject,) = honest.provenance()["subject"]

    def rename(statement: Statement) -> None:
        statement["subject"] = [{**subject, "name": named(order)} for order in orders]

    field = json.dumps([honest.sign(honest.provenance(filename=named(platforms)))]).encode()
    let_in(judged(honest, field, filename=named(platforms)))
    kept_out(judged(honest, signed(honest, rename), filename=named(platforms)), Reason.EVIDENCE_TOO_MUCH)


def test_a_bomb_of_parameters(honest: Honest) -> None:
    """Bombs of count: more parameters than anybody can have a rule for, each of which would be a line of the verdict."""

    def add(statement: Statement) -> None:
        statement["predicate"]["buildDefinition"]["externalParameters"]["more"] = [0] * 20_000

    verdict = kept_out(judged(honest, signed(honest, add)), Reason.PARAMETER_UNCOVERED)
    assert len(verdict.attestations[0].checks) < 100


def test_a_bomb_of_values(honest: Honest) -> None:
    """Bombs of count: so many values that reading them alone would fill the memory; they are not read."""

    def add(statement: Statement) -> None:
        statement["predicate"]["buildDefinition"]["externalParameters"]["more"] = [0] * 200_000

    kept_out(judged(honest, signed(honest, add)), Reason.STATEMENT_MALFORMED)


def test_a_bomb_in_the_verdict(honest: Honest) -> None:
    """Bombs of size: a thousand parameters below one name of a million letters, which each line of a verdict would repeat."""
    letters = "x" * 1_000_000

    def add(statement: Statement) -> None:
        statement["predicate"]["buildDefinition"]["externalParameters"][letters] = [0] * 990

    field = signed(honest, add)
    verdict = kept_out(judged(honest, field), Reason.PARAMETER_UNCOVERED)
    gate = gate_of(honest)
    tracemalloc.start()
    gate(field)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < BYTES
    assert len(canonical(to_document(verdict))) < 4 * len(field)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ((*PARAMETERS, "workflow", "ref"), Reason.CLAIMS_DISAGREE),
        ((*PARAMETERS, "workflow", "repository"), Reason.CLAIMS_DISAGREE),
        (("predicate", "buildDefinition", "buildType"), Reason.BUILD_TYPE_UNEXPECTED),
        (("predicate", "runDetails", "builder", "id"), Reason.BUILDER_NOT_SIGNERS),
        (("predicate", "runDetails", "metadata", "invocationId"), Reason.CLAIMS_DISAGREE),
        (("predicateType",), Reason.PREDICATE_TYPE_UNKNOWN),
        (("_type",), Reason.STATEMENT_MALFORMED),
        (("subject", 0, "digest", "sha256"), Reason.SUBJECT_MISMATCH),
    ],
)
def test_a_bomb_in_a_fact(honest: Honest, path: Any, reason: Reason) -> None:
    """Bombs of size: a fact of endless letters, which every check that tells it would keep for ever."""

    def swell(statement: Any) -> None:
        for key in path[:-1]:
            statement = statement[key]
        statement[path[-1]] = "\u202e" * 300_000

    verdict = kept_out(judged(honest, signed(honest, swell)), reason)
    checks = [check for report in verdict.attestations for check in report.checks] + list(verdict.checks)
    assert max(len(check.expected) + len(check.actual) + len(check.where) for check in checks) < 2_000


def test_a_bomb_in_a_key(honest: Honest) -> None:
    """Bombs of size: a key of a million letters stands twice, and is told in the refusal."""
    field = signed(honest, lambda statement: statement)
    text = statements.encode(honest.provenance())
    key = b'"' + b"k" * 1_000_000 + b'":1,'
    doubled = json.dumps([honest.sign(text.replace(b"{", b"{" + key + key, 1))]).encode()
    let_in(judged(honest, field))
    refusal = kept_out(judged(honest, doubled), Reason.STATEMENT_MALFORMED)
    assert len(refusal.main.actual) < 2_000


def test_a_number_of_a_million_digits(honest: Honest) -> None:
    """Bombs of size: a number that takes an hour to convert, and that no two readers round alike."""
    text = statements.encode(honest.provenance())
    huge = text.replace(b'"workflow":', b'"more":' + b"9" * 1_000_000 + b',"workflow":', 1)
    let_in(judged(honest, json.dumps([honest.sign(text)]).encode()))
    kept_out(judged(honest, json.dumps([honest.sign(huge)]).encode()), Reason.PARAMETER_UNCOVERED)


def test_a_chain_without_end(bundles: Bundles) -> None:
    """Bombs of count: a bundle's chain ends in thousands of roots, each of which has issued the one before it."""
    chain = bundles.honest.world.trusted_root()["certificateAuthorities"][0]["certChain"]["certificates"]
    bundle = bundles.bundle("v0.2, Rekor v1")
    certificates = bundle["verificationMaterial"]["x509CertificateChain"]["certificates"]
    certificates += chain
    let_in(judged(bundles.honest, json.dumps([bundle]).encode()))
    certificates += chain[1:] * 3_000
    kept_out(judged(bundles.honest, json.dumps([bundle]).encode()), Reason.EVIDENCE_TOO_MUCH)


def test_signatures_without_end(bench: Honest) -> None:
    """Bombs of count: an envelope with thousands of signatures, each tried under every configured key."""
    specimen = next(specimen for specimen in SPECIMENS if specimen.name == "buildkite")
    envelope = specimen.sign(bench, specimen.make())
    assert bench.examine(envelope).sound
    many = {**envelope, "signatures": envelope["signatures"] * 5_000}
    kept_out(bench.judge(many), Reason.EVIDENCE_TOO_MUCH)
