"""Step 1: whose signature it is, and when it was made, under the roots of trust."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from verification.bundle import (
    GoogleCloudBuildProvenance,
    KeySignedBundle,
    KeySignedEnvelope,
    Pep740Attestation,
    SignedAttestation,
    SigstoreBundle,
)
from verification.envelope import Envelope, is_signed_by, parse_envelope
from verification.google_cloud_build_evidence import envelope_json
from verification.plausibility import CLOCK_SKEW
from verification.provenance import Signer
from verification.root_of_trust import RootsOfTrust
from verification.sigstore_adapter import (
    Authentic,
    AuthorityUnknown,
    NotAuthentic,
    Witness,
    authenticate_by_certificate,
    witnesses_of,
)
from verification.trusted_builder import TrustedKey


def authenticate(attestation: SignedAttestation, roots: RootsOfTrust, now: datetime) -> Authentic:
    """Return what a signed attestation says, who signed it and when; ``now`` is when it was received (UTC).

    Raises EvidenceRefused (unreadable), AuthorityUnknown (nobody known could have signed it), NotAuthentic.
    """
    match attestation:
        case KeySignedEnvelope(raw):
            return _by_key(parse_envelope(raw), _keys_of_dsse(roots), now)
        case KeySignedBundle(raw, _):
            return _witnessed(_by_key(parse_envelope(raw), _keys_of_dsse(roots), now), attestation, roots, now)
        case GoogleCloudBuildProvenance(raw):
            return _by_key(parse_envelope(envelope_json(raw)), roots.keys, now)
        case Pep740Attestation() | SigstoreBundle():
            return authenticate_by_certificate(attestation, roots.instances.values())


def _keys_of_dsse(roots: RootsOfTrust) -> Mapping[str, TrustedKey]:
    """DSSE knows no signature without PAE: a key that signs so counts in its builder's own form alone."""
    return {name: key for name, key in roots.keys.items() if key.pae}


def _by_key(envelope: Envelope, keys: Mapping[str, TrustedKey], now: datetime) -> Authentic:
    """A plain key brings no trusted time of its own: the time of receipt is the time (trust rules, "Roots at work")."""
    for name, key in keys.items():
        if is_signed_by(envelope, key.public, pae=key.pae, keyid=key.keyid):
            signer = Signer(sigstore=None, issuer=None, key=name, identity=name, claims={})
            return Authentic(envelope.payload_type, envelope.payload, signer, now)
    raise AuthorityUnknown


def _witnessed(signed: Authentic, attestation: KeySignedBundle, roots: RootsOfTrust, now: datetime) -> Authentic:
    """The earliest time at which a log or timestamp authority has seen the signature is the time, where one says it."""
    assert signed.signer.key is not None
    key = roots.keys[signed.signer.key].public
    witnesses = witnesses_of(attestation, key, roots.instances.values(), now)
    for witness in witnesses:
        _check_believed(witness, roots, now)
    return signed._replace(signed_at=min((each.at for each in witnesses if each.at is not None), default=now))


def _check_believed(witness: Witness, roots: RootsOfTrust, now: datetime) -> None:
    """An instance that the roots distrust at that time is nobody's witness."""
    period, at = roots.instance_periods[witness.instance], witness.at or now
    told = f"a log entry or timestamp beside the key, of {witness.instance} and {at:%Y-%m-%dT%H:%M:%SZ}"
    if at > now + CLOCK_SKEW:
        raise NotAuthentic(f"{told}, comes from the future")
    if not period.covers(at):
        raise NotAuthentic(f"{told}: that instance is believed of what was signed {period.in_words()}")
