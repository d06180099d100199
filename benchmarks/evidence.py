"""What is verified: one file's attestation in both of its forms, under an expectation that it meets.

Real evidence is from the test assets of the pypi_attestations sdist, as in the demonstration; simulated evidence is
made on the spot and needs nothing but this checkout. Both are signed by a GitHub workflow and logged by Rekor v1.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.utils import parse_sdist_filename
from pypi_attestations import Attestation

from demo.real_input import SDIST, RealInput
from tests.support.honest import NOW, Honest
from tests.support.sigstore_world import SigstoreWorld
from verification.expectation import Expectation
from verification.first_use import derive
from verification.judgement import Terms
from verification.pipeline import examine_all
from verification.root_of_trust import RootsOfTrust, shipped_roots
from verification.subject import Artifact

ROOT = Path(__file__).resolve().parent.parent
REAL_SDIST = ROOT / "var" / "evidence" / SDIST


@dataclass(frozen=True, slots=True)
class Evidence:
    """One attestation as JSON: ``pep740`` and ``bundle`` hold the same signature; ``trusted_root`` is its instance's."""

    name: str
    artifact: Artifact
    pep740: bytes
    bundle: bytes
    trusted_root: dict[str, Any]
    roots: RootsOfTrust
    terms: Terms
    identity: str
    issuer: str
    now: datetime


def real(kind: str, folder: Path) -> Evidence:
    """Return the real attestation of a ``kind`` (slsa or publish) of pypi_attestations 0.0.19, unpacked into ``folder``."""
    sending = RealInput(REAL_SDIST, folder).first((kind,))
    content = sending.file.read_bytes()
    name, version = parse_sdist_filename(sending.file.name)
    digests = {algorithm: hashlib.new(algorithm, content).hexdigest() for algorithm in ("sha256", "sha512")}
    artifact = Artifact(sending.file.name, name, version, digests, len(content))
    attestation = sending.attestations[0].read_bytes()
    return _evidence(f"real, {kind}", artifact, attestation, shipped_roots(), "public-good", datetime.now(UTC))


def simulated() -> Evidence:
    """Return the honest release's provenance, signed in a simulated Sigstore."""
    honest = Honest(SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)))
    attestation = json.dumps(honest.sign(honest.provenance())).encode()
    return _evidence("simulated, slsa", honest.artifact(), attestation, honest.roots, "simulated", NOW)


def _evidence(
    name: str, artifact: Artifact, pep740: bytes, roots: RootsOfTrust, instance: str, now: datetime
) -> Evidence:
    examination = examine_all(as_field(pep740), artifact=artifact, roots=roots, now=now)
    expectation, provenance = derive(examination), examination.strongest
    if provenance is None or not isinstance(expectation, Expectation):
        raise ValueError(f"{name}: the evidence is not sound")
    signer = provenance.signer
    return Evidence(
        name=name,
        artifact=artifact,
        pep740=pep740,
        bundle=Attestation.model_validate_json(pep740).to_bundle().to_json().encode(),
        trusted_root=json.loads(roots.canonical)["sigstore"][instance]["trusted_root"],
        roots=roots,
        terms=Terms(expectation, level_floor=1, policy_digest="0" * 64),
        identity=signer.identity,
        issuer=str(signer.issuer),
        now=now,
    )


def as_field(attestation: bytes) -> bytes:
    """Return the ``attestations`` field of an upload with this attestation alone."""
    return b"[" + attestation + b"]"
