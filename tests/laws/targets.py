"""Everything that takes bytes of strangers, each with what it declares to raise; anything else is a finding.

Both hypothesis and the fuzzer run these: bytes in, nothing out, and an error where a law is broken.
"""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from packaging.version import Version

from tests.laws.accepted import NO_POLICY, by_build_type, by_form, payloads_of, simulated
from tests.laws.net import net_is_a_failure
from tests.support import statements
from tests.support.certificate_authority import CLAIMS
from tests.support.honest import CONTENT, NOW, SIGNED_AT
from tests.support.keys import dsse_envelope
from tests.support.specimens import KEY, SPECIMENS
from verification import envelope, first_use, pointer, source_uri, template, workflow_identity
from verification.build_types import required_pins
from verification.bundle import EvidenceRefused, parse, split
from verification.canonical import JsonRefused, canonical, parse_evidence, parse_strict
from verification.client.commands import main
from verification.examination import Examination
from verification.expectation import Expectation
from verification.expectation_document import parse_expectation
from verification.expectation_words import in_words
from verification.judgement import Terms
from verification.parameters import DocumentInvalid, subsumes
from verification.pipeline import examine_all, judge
from verification.provenance import Provenance
from verification.root_of_trust import parse_roots
from verification.signer import CertificateUnreadable, read_signer
from verification.statement import StatementMalformed, parse_statement
from verification.subject import identity_of, parse_distribution_name
from verification.verdict import MAX_TOLD, Accepted, Outcome, Verdict, all_checks
from verification.verdict_document import to_document


@dataclass(frozen=True)
class Target:
    """One thing to try: ``run`` takes any bytes, ``seeds`` yields bytes that reach far into it."""

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]


def check_told(verdict: Verdict) -> None:
    """Hold a verdict against what every verdict is: writable, bounded, in plain ASCII, and accepted only if all held."""
    canonical(to_document(verdict))
    for check in all_checks(verdict):
        for told in (check.actual, check.where):
            assert len(told) <= MAX_TOLD, f"{len(told)} characters told in step {check.step.name}: {told[:80]!a}"
            assert told.isascii(), f"told in step {check.step.name}, and not escaped: {told[:80]!a}"
            assert told.isprintable(), f"told in step {check.step.name}, and not printable: {told[:80]!a}"
        assert check.outcome is Outcome.PASSED or not isinstance(verdict, Accepted)


@cache
def everything() -> Expectation:
    """Return an expectation with a recipe for each of the accepted cases: it refuses none of them."""
    recipes: list[dict[str, Any]] = []
    for case in (*by_build_type(), *by_form()):
        (recipe,) = json.loads(case.expectation.canonical)["recipes"]
        if recipe not in [{**known, "name": "first-use"} for known in recipes]:
            recipes.append({**recipe, "name": case.name})
    document: Any = {"schema": 1, "change_control": "two-person", "recipes": recipes}
    return parse_expectation(document, required_pins=required_pins)


@cache
def _known() -> tuple[list[Provenance | None], set[bytes]]:
    cases = (*by_build_type(), *by_form())
    provenances = [report.provenance for case in cases for report in case.accepted(case.field).attestations]
    return provenances, {payload for case in cases for payload in payloads_of(json.loads(case.field))}


def _examined(field: bytes) -> Examination:
    bench = simulated()
    with net_is_a_failure():
        return examine_all(field, artifact=bench.artifact(), roots=bench.roots, now=NOW)


def _judged(examination: Examination, expectation: Expectation) -> Verdict:
    verdict = judge(examination, terms=Terms(expectation, 1, NO_POLICY))
    check_told(verdict)
    return verdict


def _pinned_accepts(examination: Examination) -> None:
    """First use: what was derived accepts the very upload that it was derived from."""
    derived = first_use.derive(examination)
    if isinstance(derived, Expectation):
        verdict = _judged(examination, derived)
        assert isinstance(verdict, Accepted), verdict.main
        in_words(derived.recipes[0])
    else:
        _ = judge(examination, terms=Terms(None, 1, NO_POLICY, unbound=derived))


def run_evidence(data: bytes) -> None:
    """Evidence that nobody signs anew: an acceptance can only be of what was accepted before."""
    examination = _examined(data)
    verdict = _judged(examination, everything())
    _pinned_accepts(examination)
    for part in examination.evidence:
        with contextlib.suppress(EvidenceRefused):
            envelope.parse_envelope(part)
    if isinstance(verdict, Accepted):
        provenances, payloads = _known()
        assert all(report.provenance in provenances for report in verdict.attestations), "other facts were accepted"
        # Of Google's list an occurrence that nobody known signed is left out, and is no evidence that anything was accepted by.
        believed = {payload for part in examination.evidence for payload in payloads_of(json.loads(part))}
        assert believed <= payloads, "another payload was accepted"
        assert believed, "something is always accepted by something"


def run_statement(data: bytes) -> None:
    """Any payload at all, really signed by a trusted key."""
    examination = _examined(json.dumps([dsse_envelope(data, KEY)]).encode())
    _judged(examination, everything())
    _pinned_accepts(examination)
    with contextlib.suppress(StatementMalformed):
        parse_statement(data)


def run_certified(data: bytes) -> None:
    """Any statement and any claims, really certified and signed: JSON of san, claims and statement."""
    match _json(data):
        case {"san": str(san), "claims": dict(claims), "statement": statement} if san and _encodable(san):
            known = {key: value for key, value in claims.items() if key in CLAIMS and _encodable(value)}
        case _:
            return
    try:
        credential = simulated().world.issue(san, known, at=SIGNED_AT)
    except ValueError:
        return  # an identity that no certificate can be made of
    evidence = simulated().world.attest(json.dumps(statement).encode(), credential, at=SIGNED_AT)
    examination = _examined(json.dumps([evidence]).encode())
    _judged(examination, everything())
    _pinned_accepts(examination)


def run_certificate(data: bytes) -> None:
    """A certificate of any bytes, read for its signer."""
    try:
        certificate = x509.load_der_x509_certificate(data)
    except (ValueError, x509.InvalidVersion):
        return
    with contextlib.suppress(CertificateUnreadable):
        read_signer(certificate, sigstore="simulated")


def run_expectation(data: bytes) -> None:
    """A document that promises; a valid one can be shown, matched and told apart from others."""
    try:
        found = parse_expectation(data, required_pins=required_pins)
    except DocumentInvalid:
        return
    assert parse_expectation(found.canonical, required_pins=required_pins) == found
    for recipe in found.recipes:
        assert in_words(recipe).isascii()
        for rule in (*recipe.external_parameters.values(), *recipe.claims.values()):
            assert subsumes(rule, rule)
            assert rule.describe().isascii()
    for examination in _specimens():
        _judged(examination, found)


@cache
def _specimens() -> tuple[Examination, ...]:
    return tuple(_examined(case.field) for case in by_build_type()[::4])


def run_roots(data: bytes) -> None:
    """A document of roots."""
    with contextlib.suppress(DocumentInvalid):
        roots = parse_roots(data)
        for case in by_build_type()[::8]:
            with net_is_a_failure():
                examine_all(case.field, artifact=case.artifact, roots=roots, now=NOW)


def run_json(data: bytes) -> None:
    """Strict JSON: what is read has one canonical form, and is read from it again as the same."""
    with contextlib.suppress(JsonRefused):
        value = parse_strict(data)
        assert parse_strict(canonical(value)) == value
    with contextlib.suppress(JsonRefused):
        canonical(parse_evidence(data))
    with contextlib.suppress(EvidenceRefused):
        for part in split(data):
            parse(part)


def run_text(data: bytes) -> None:
    """Texts that strangers choose: URIs, identities, pointers, templates, globs and file names."""
    text, _, other = data.decode("utf-8", "replace").partition("\n")
    for reader, declared in (
        (source_uri.normalise, source_uri.NotASourceUri),
        (source_uri.split_ref, source_uri.NotASourceUri),
        (pointer.parse, pointer.NotAPointer),
        (template.compile, template.TemplateInvalid),
    ):
        with contextlib.suppress(declared):
            reader(text)
    workflow_identity.split_identity(text)
    workflow_identity.parse_configuration(text)
    template.glob_matches(text, other)
    name, version = simulated().artifact().name, Version("1.0")
    with contextlib.suppress(template.TemplateInvalid):
        template.compile(text).matches(other, name=name, version=version)
    derived = template.derive_version_template(text, version)
    assert derived is None or template.compile(derived).matches(text, name=name, version=version)
    if parse_distribution_name(text) is not None:
        identity_of(text)


def run_client(data: bytes) -> None:
    """The command line, which reads three files of strangers: it ends with an exit code, whatever they hold."""
    with tempfile.TemporaryDirectory() as folder, _silenced():
        file, artifact = Path(folder) / "document.json", Path(folder) / "widget-1.0.tar.gz"
        file.write_bytes(data)
        artifact.write_bytes(CONTENT)
        for arguments in (
            ["roots", "check", str(file)],
            ["expectation", "check", str(file)],
            ["expectation", "derive", "--artifact", str(artifact), "--evidence", str(file)],
            ["verify", "--artifact", str(artifact), "--evidence", str(file), "--expectation", str(_promise())],
        ):
            with net_is_a_failure():
                assert main(arguments) in (0, 1, 2)


@cache
def _promise() -> Path:
    path = Path(tempfile.mkdtemp()) / "expectation.json"
    path.write_bytes(everything().canonical)
    return path


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _encodable(value: Any) -> bool:
    """Say whether a certificate can hold the text: an authority would not certify lone surrogates, nor pages of text."""
    return isinstance(value, str) and len(value) < 5_000 and value.encode("utf-8", "replace").decode() == value


def _fields() -> Iterator[bytes]:
    for case in (*by_build_type(), *by_form()):
        yield case.field


def _statements() -> Iterator[bytes]:
    for each in SPECIMENS:
        yield statements.encode(each.make())


def _certified() -> Iterator[bytes]:
    for each in SPECIMENS:
        run = each.run or SPECIMENS[0].run
        yield json.dumps({"san": run.san, "claims": run.claims(), "statement": each.make()}).encode()


def _certificates() -> Iterator[bytes]:
    for each in SPECIMENS:
        if each.run:
            credential = simulated().world.issue(each.run.san, each.run.claims(), at=SIGNED_AT)
            yield credential.certificate.public_bytes(Encoding.DER)


def _expectations() -> Iterator[bytes]:
    yield everything().canonical
    for case in by_build_type():
        yield case.expectation.canonical


def _roots() -> Iterator[bytes]:
    yield simulated().roots.canonical


def _texts() -> Iterator[bytes]:
    yield b"git+https://github.com/example/widget.git@refs/tags/v1.0\n"
    yield b"https://gitlab.com/example/tools/widget//.gitlab-ci.yml@refs/tags/v1.0\n"
    yield b"refs/tags/{name}-v{version}\nrefs/tags/widget-v1.0"
    yield b"refs/tags/v1.0\nx"
    yield b"https://github.com/*/w*t\nhttps://github.com/example/widget"
    yield b"/workflow/ref~0~1\n"
    yield b"widget-1.0-1-py2.py3-none-any.whl\n"
    yield b"widget-1.0.tar.gz\n"


TARGETS = {
    target.name: target
    for target in (
        Target("evidence", run_evidence, _fields),
        Target("statement", run_statement, _statements),
        Target("certified", run_certified, _certified),
        Target("certificate", run_certificate, _certificates),
        Target("expectation", run_expectation, _expectations),
        Target("roots", run_roots, _roots),
        Target("json", run_json, _fields),
        Target("text", run_text, _texts),
        Target("client", run_client, _expectations),
    )
}
