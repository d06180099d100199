"""Who verifies the same evidence, each as whoever runs it for long would: what can be kept is made beforehand."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

from pypi_attestations import Attestation, Distribution
from sigstore.models import Bundle, ClientTrustConfig, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import AllOf, Identity, OIDCIssuerV2, VerificationPolicy

from benchmarks.bare_cryptography import bare_cryptography
from benchmarks.evidence import Evidence, as_field
from verification.pipeline import verify
from verification.verdict import Accepted

PIPELINE_BUNDLE = "this pipeline, bundle"
PIPELINE_PEP740 = "this pipeline, PEP 740"
SIGSTORE = "bare sigstore, bundle"
PYPI_ATTESTATIONS = "pypi_attestations, PEP 740"
LIMIT = "bare cryptography"

Contenders = dict[str, Callable[[], None]]


def contenders(evidence: Evidence, folder: Path) -> Contenders:
    """Return what verifies the evidence once, by name; each raises where it does not accept.

    ``folder`` takes the files that pypi_attestations reads its root from: it makes a Verifier for each call.
    """
    # Both libraries warn at each call (of being offline, of a permissive policy); nobody's time to write goes into this.
    logging.getLogger("sigstore").setLevel(logging.ERROR)
    trusted_root = folder / "trusted_root.json"
    folder.mkdir(parents=True, exist_ok=True)
    trusted_root.write_text(json.dumps(evidence.trusted_root))
    return {
        PIPELINE_BUNDLE: pipeline(evidence, evidence.bundle),
        PIPELINE_PEP740: pipeline(evidence, evidence.pep740),
        SIGSTORE: _bare_sigstore(evidence, trusted_root),
        PYPI_ATTESTATIONS: _pypi_attestations(evidence, folder),
        LIMIT: bare_cryptography(evidence),
    }


def pipeline(evidence: Evidence, attestation: bytes) -> Callable[[], None]:
    """Return the whole gate: the upload's field read, verified and held against the expectation."""
    field = as_field(attestation)

    def run() -> None:
        verdict = verify(
            field, artifact=evidence.artifact, terms=evidence.terms, roots=evidence.roots, now=evidence.now
        )
        assert isinstance(verdict, Accepted), f"{evidence.name} is refused: {verdict.main}"

    return run


def _bare_sigstore(evidence: Evidence, trusted_root: Path) -> Callable[[], None]:
    verifier = Verifier(trusted_root=TrustedRoot.from_file(str(trusted_root)))
    policy = _signer(evidence)

    def run() -> None:
        verifier.verify_dsse(Bundle.from_json(evidence.bundle), policy)

    return run


def _pypi_attestations(evidence: Evidence, folder: Path) -> Callable[[], None]:
    """Offline, pypi_attestations reads the root that sigstore has put into its cache: here, one of our own folder."""
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        os.environ[variable] = str(folder / "sigstore")
    ClientTrustConfig.production(offline=True)
    for cached in (folder / "sigstore").rglob("trusted_root.json"):
        cached.write_text(json.dumps(evidence.trusted_root))
    policy = _signer(evidence)
    distribution = Distribution(name=evidence.artifact.filename, digest=evidence.artifact.sha256)

    def run() -> None:
        Attestation.model_validate_json(evidence.pep740).verify(policy, distribution, offline=True)

    return run


def _signer(evidence: Evidence) -> VerificationPolicy:
    return AllOf([OIDCIssuerV2(evidence.issuer), Identity(identity=evidence.identity)])
