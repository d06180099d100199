"""JSON that two readers read differently: each would see another document under one signature."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.attacks.gate import kept_out, let_in, promise_of
from tests.support import statements
from tests.support.honest import NOW, Honest
from tests.support.specimens import SPECIMENS
from verification.judgement import Terms
from verification.pipeline import judge, verify
from verification.reasons import Reason
from verification.verdict import Verdict

BUILDKITE = next(specimen for specimen in SPECIMENS if specimen.name == "buildkite")


def sent(honest: Honest, field: bytes) -> Verdict:
    """Return the verdict on an ``attestations`` field as it came."""
    terms = Terms(honest.expectation(), 1, "0" * 64)
    return verify(field, artifact=honest.artifact(), terms=terms, roots=honest.roots, now=NOW)


def signed(honest: Honest, statement: bytes) -> bytes:
    """Return a field with one attestation of the statement's very bytes."""
    return json.dumps([honest.sign(statement)]).encode()


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        (b'"predicateType":', b'"predicateType":"https://docs.pypi.org/attestations/publish/v1","predicateType":'),
        (b'"subject":', b'"subject":[],"subject":'),
        (b'"repository":', b'"repository":"https://github.com/evil/widget","repository":'),
        (b'"id":', b'"\\u0069d":"x","id":'),
    ],
)
def test_a_duplicate_key_in_the_statement(honest: Honest, once: bytes, twice: bytes) -> None:
    """Duplicate JSON keys: the builder signs both values, and each reader takes another one."""
    statement = statements.encode(honest.provenance())
    let_in(sent(honest, signed(honest, statement)))
    kept_out(sent(honest, signed(honest, statement.replace(once, twice, 1))), Reason.STATEMENT_MALFORMED)


@pytest.mark.parametrize("key", ["version", "envelope", "statement", "verification_material"])
def test_a_duplicate_key_around_the_statement(honest: Honest, key: str) -> None:
    """Duplicate JSON keys: one is verified, and the other is what the file's users would read."""
    field = signed(honest, statements.encode(honest.provenance()))
    let_in(sent(honest, field))
    again = field.replace(f'"{key}": '.encode(), f'"{key}": null, "{key}": '.encode(), 1)
    kept_out(sent(honest, again), Reason.EVIDENCE_MALFORMED)


@pytest.mark.parametrize("key", ["publisher", "dsseEnvelope", "Version", "verificationMaterial"])
def test_an_unknown_key_in_an_attestation(honest: Honest, key: str) -> None:
    """Unknown JSON keys: words that nobody signed stand beside what was signed, and are served with it."""
    attestation = honest.sign(honest.provenance())
    let_in(honest.judge(attestation))
    kept_out(honest.judge({**attestation, key: {}}), Reason.EVIDENCE_MALFORMED)


@pytest.mark.parametrize("place", ["", "signatures"])
def test_an_unknown_key_in_an_envelope(bench: Honest, place: str) -> None:
    """Unknown JSON keys: an envelope that is shown holds another within it, by which it is verified."""
    terms = Terms(promise_of(bench, BUILDKITE), 1, "0" * 64)
    envelope: Any = BUILDKITE.sign(bench, BUILDKITE.make())
    let_in(judge(bench.examine(envelope), terms=terms))
    shown = json.loads(json.dumps(envelope))
    if place:
        shown["signatures"][0]["signature"] = "x"
    else:
        shown["payload"] = base64.b64encode(b'{"_type": "something to look at"}').decode()
        shown["dsseEnvelope"] = envelope
    kept_out(judge(bench.examine(shown), terms=terms), Reason.EVIDENCE_MALFORMED)


@pytest.mark.parametrize(
    "change",
    [
        lambda field: b"\xef\xbb\xbf" + field,
        lambda field: field.decode().encode("utf-16"),
        lambda field: field + b" []",
        lambda field: b"/* */" + field,
        lambda field: field.replace(b"[", b"[NaN, ", 1),
        lambda field: field.replace(b"[", b"[,", 1),
        lambda field: field.replace(b'"version"', b'"\\ud800": 1, "version"', 1),
        lambda field: field[:-1],
    ],
    ids=["byte order mark", "UTF-16", "two documents", "comment", "NaN", "comma", "surrogate", "cut"],
)
def test_what_only_some_readers_take_for_json(honest: Honest, change: Any) -> None:
    """Evidence that lenient readers of JSON repair, each in its own way."""
    field = signed(honest, statements.encode(honest.provenance()))
    let_in(sent(honest, field))
    kept_out(sent(honest, change(field)), Reason.EVIDENCE_MALFORMED)


@pytest.mark.parametrize("junk", ["\n", " ", "=", "!", "\u200b"])
def test_junk_in_base64(honest: Honest, junk: str) -> None:
    """A signature that has many spellings, so that the same evidence could come as another."""
    attestation = honest.sign(honest.provenance())
    let_in(honest.judge(attestation))
    text = attestation["envelope"]["signature"]
    attestation["envelope"]["signature"] = text[:8] + junk + text[8:]
    kept_out(honest.judge(attestation), Reason.EVIDENCE_MALFORMED)
