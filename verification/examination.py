"""What can be said of one attestation before any expectation is looked at: steps 1 to 6, and 10.

Of a statement that nobody signed, steps 1 to 3 say nothing: whether it may count at all is for the terms to say.

The expensive part of the gate, and the one that no lock may wait for: nothing here depends on what the package expects.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from verification import moments
from verification.authentication import authenticate
from verification.build_types import build_type_of
from verification.build_types.interface import BuildType, Reading, StatementUnfit
from verification.bundle import (
    Attestation,
    EvidenceRefused,
    Part,
    SignedAttestation,
    UnsignedStatement,
    digest_of,
    parse,
)
from verification.distrust import check_distrust
from verification.envelope import IN_TOTO
from verification.parameters import cut
from verification.plausibility import check_plausible
from verification.provenance import NOBODY, Facts, Provenance, Signer
from verification.reasons import Reason, Step
from verification.root_of_trust import RootsOfTrust
from verification.sigstore_adapter import AuthorityUnknown, NotAuthentic
from verification.statement import Statement, StatementMalformed, parse_statement
from verification.subject import Artifact, check_subject
from verification.trusted_builder import TrustedBuilder
from verification.verdict import Check, all_passed, decide, failed, in_order, not_reached, passed

log = logging.getLogger("sluicegate.verification")

EXAMINED = (Step.AUTHENTIC, Step.SIGNER, Step.BUILDER, Step.SUBJECT, Step.PREDICATE, Step.CLAIMS, Step.PLAUSIBLE)

EXAMINED_UNSIGNED = (Step.SUBJECT, Step.PREDICATE, Step.CLAIMS, Step.PLAUSIBLE)
"""What can be asked of a bare statement: there is no signature, no signer, and nobody who could speak for a builder."""

UNSIGNED_LEVEL = 1
"""What can be believed of a bare statement, by whoever believes it at all (trust rules, "Levels")."""

HOSTED = frozenset({"github-hosted", "gitlab-hosted"})
"""Runners that the builder itself keeps. On any other, whoever owns the machine can reach into the build: level 1."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One attestation with its checks; ``provenance`` and ``form`` are None where it could not be read that far."""

    digest: str
    checks: tuple[Check, ...]
    provenance: Provenance | None
    form: Attestation | None

    @property
    def unsigned(self) -> bool:
        """Whether it is a bare statement, whose checks say nothing of who made it."""
        return isinstance(self.form, UnsignedStatement)

    @property
    def sound(self) -> bool:
        """Whether every check held: only then may it meet an expectation. Of a bare statement more is asked by the terms."""
        return self.provenance is not None and all_passed(self.checks)


@dataclass(frozen=True, slots=True)
class Examination:
    """All evidence of one upload, examined: the input of :func:`judge`. ``sound`` if nothing of it has to be refused."""

    artifact: Artifact
    evidence: tuple[bytes, ...]
    attestations: tuple[Examined, ...]
    checks: tuple[Check, ...]
    roots_digest: str
    at: datetime

    @property
    def sound(self) -> bool:
        """Whether there is evidence and each piece of it is authentic, known and about this file."""
        return all_passed(self.checks) and all(examined.sound for examined in self.attestations)

    @property
    def strongest(self) -> Provenance | None:
        """The provenance of the highest level, from which first use derives; the first sent of several."""
        known = [examined.provenance for examined in self.attestations if examined.provenance is not None]
        return max(known, key=lambda provenance: provenance.level, default=None)


def examine(sent: bytes | Part, *, artifact: Artifact, roots: RootsOfTrust, now: datetime) -> Examined:
    """Return one attestation examined: who signed it, what it is about, what it says. Raises nothing for hostile bytes."""
    raw = sent.raw if isinstance(sent, Part) else sent
    checks: list[Check] = []
    form, provenance = None, None
    try:
        form = _read_form(sent, checks)
        provenance = _examine(form, artifact, roots, now, checks) if form else None
    except Exception:  # a defect of ours or of a library on hostile bytes must refuse, and be found in the log
        log.exception("evidence %s could not be examined", digest_of(raw))
        checks.append(failed(Step.EVIDENCE, Reason.EVIDENCE_MALFORMED, "evidence that can be read", "unreadable"))
        provenance = None
    if provenance is None:
        _tell_not_reached(checks, EXAMINED_UNSIGNED if isinstance(form, UnsignedStatement) else EXAMINED)
    return Examined(digest_of(raw), in_order(checks), provenance, form)


def _tell_not_reached(checks: list[Check], steps: Iterable[Step]) -> None:
    """Add which of the steps nothing came to. What could not be read at all has reached none, and says so itself."""
    reached = {check.step for check in checks}
    if Step.EVIDENCE not in reached:
        checks.extend(not_reached(step) for step in steps if step not in reached)


class _Said(NamedTuple):
    """What somebody says, and when (UTC) it was signed; a bare statement is nobody's, signed never."""

    payload: bytes
    signer: Signer
    signed_at: datetime | None


def _read_form(sent: bytes | Part, checks: list[Check]) -> Attestation | None:
    try:
        return parse(sent)
    except EvidenceRefused as error:
        checks.append(failed(Step.EVIDENCE, error.reason, "evidence in a supported form", error.detail))
        return None


def _examine(
    form: Attestation, artifact: Artifact, roots: RootsOfTrust, now: datetime, checks: list[Check]
) -> Provenance | None:
    said = (
        _Said(form.raw, NOBODY, None)
        if isinstance(form, UnsignedStatement)
        else _authenticate(form, roots, now, checks)
    )
    if said is None:
        return None
    signer = said.signer
    known = () if signer.unsigned else _know_signer(signer, roots, checks)
    statement = _read_statement(said.payload, checks)
    if statement is None:
        return None
    checks.append(check_subject(statement, artifact))
    read = _read_predicate(statement, signer, checks)
    if read is None:
        return None
    build_type, reading = read
    checks.extend(check_plausible(reading, sources=build_type.fact_sources, signed_at=said.signed_at, now=now))
    if not known and not signer.unsigned:
        return None
    builder = _check_builder_id(reading.builder_id, known, signer, checks) if known else None
    provenance = Provenance(
        build_type=build_type.uri,
        predicate_type=statement.predicate_type,
        builder_id=reading.builder_id,
        builder_name=builder.name if builder else "",
        builder_review_by=builder.review_by if builder else None,
        signer=signer,
        level=_believed_level(builder, build_type, reading.facts) if builder else UNSIGNED_LEVEL,
        facts=reading.facts,
        external_parameters=reading.external_parameters,
        signed_at=said.signed_at,
    )
    checks.extend(check_distrust(provenance, builder, roots, artifact))
    return provenance


def _authenticate(form: SignedAttestation, roots: RootsOfTrust, now: datetime, checks: list[Check]) -> _Said | None:
    """Step 1, and step 2 where nobody is known who could have signed: an unknown key cannot be checked at all."""
    try:
        authentic = authenticate(form, roots, now)
    except EvidenceRefused as error:
        checks.append(failed(Step.EVIDENCE, error.reason, "evidence in a supported form", error.detail))
        return None
    except AuthorityUnknown:
        wanted = f"a certificate of {' or '.join(roots.instances)}" if roots.instances else "a known key"
        checks.append(failed(Step.SIGNER, Reason.SIGNER_UNKNOWN, wanted, "an unknown key"))
        return None
    except NotAuthentic as error:
        checks.append(failed(Step.AUTHENTIC, Reason.NOT_AUTHENTIC, "a signature that verifies", str(error)[:300]))
        return None
    if authentic.payload_type != IN_TOTO:
        checks.append(failed(Step.AUTHENTIC, Reason.NOT_AUTHENTIC, IN_TOTO, authentic.payload_type[:100]))
        return None
    signed = f"signed {moments.told(authentic.signed_at)}"
    checks.append(passed(Step.AUTHENTIC, "a signature that verifies under a configured root of trust", signed))
    return _Said(authentic.payload, authentic.signer, authentic.signed_at)


def _know_signer(signer: Signer, roots: RootsOfTrust, checks: list[Check]) -> tuple[TrustedBuilder, ...]:
    known = roots.builders_of(signer)
    who = f"{signer.identity} ({signer.issuer or 'key'})"
    wanted = "a signer that the roots of trust list as a builder"
    checks.append(decide(Step.SIGNER, Reason.SIGNER_UNKNOWN, wanted, ascii(who)[1:-1][:300], holds=bool(known)))
    return known


def _read_statement(payload: bytes, checks: list[Check]) -> Statement | None:
    try:
        return parse_statement(payload)
    except StatementMalformed as error:
        checks.append(failed(Step.PREDICATE, Reason.STATEMENT_MALFORMED, "an in-toto statement", str(error)))
        return None


def _read_predicate(statement: Statement, signer: Signer, checks: list[Check]) -> tuple[BuildType, Reading] | None:
    """Steps 5 and 6: a predicate that a build type can read, and that agrees with the certificate wherever both speak."""
    try:
        build_type = build_type_of(statement, signer)
        reading = build_type.read(statement.predicate, signer)
    except StatementUnfit as error:
        checks.append(failed(Step.PREDICATE, error.reason, "provenance of a known type", ascii(error.detail)[1:-1]))
        return None
    checks.append(passed(Step.PREDICATE, "provenance of a known type", cut(ascii(build_type.uri)[1:-1])))
    checks.extend(_check_agreements(reading, signer))
    return build_type, reading


def _check_agreements(reading: Reading, signer: Signer) -> Iterator[Check]:
    if not reading.agreements:
        # A Google account's certificate, a plain key, nobody: the step has been asked, and there was nothing to contradict.
        yield passed(Step.CLAIMS, "no contradiction of certificate and provenance", "they speak of nothing in common")
    one_side = "the certificate" if signer.certified else "the provenance"
    for agreement in reading.agreements:
        yield decide(
            Step.CLAIMS,
            Reason.CLAIMS_DISAGREE,
            cut(f"{one_side}'s {agreement.certificate!a}"),
            cut(f"the provenance's {agreement.predicate!a}"),
            holds=agreement.holds,
            where=agreement.fact,
        )


def _check_builder_id(
    builder_id: str, known: tuple[TrustedBuilder, ...], signer: Signer, checks: list[Check]
) -> TrustedBuilder:
    """Return the first entry by which this signer may name that builder; where there is none, the check has failed."""
    speaks = next((builder for builder in known if builder.may_speak_for(builder_id, signer)), None)
    check = decide(
        Step.BUILDER,
        Reason.BUILDER_NOT_SIGNERS,
        f"a builder id that {ascii(signer.identity)[1:-1][:200]} may speak for",
        ascii(builder_id)[1:-1][:300],
        holds=speaks is not None,
        where="builder.id",
    )
    checks.append(check)
    return speaks or known[0]


def _believed_level(builder: TrustedBuilder, build_type: BuildType, facts: Facts) -> int:
    """An operator's key is believed as the roots say; a certificate has to show that the builder kept the runner."""
    runner_cap = 3 if builder.signer.keys or facts.runner in HOSTED else 1
    return min(builder.level, build_type.level_cap, runner_cap)
