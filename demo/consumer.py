"""A consumer who trusts the registry for nothing: index page, provenance, file, all checked with ``pypi_attestations``.

Run as ``python -m demo.consumer INDEX_PAGE FILENAME``. Offline but for the registry; the root of trust is sigstore's own.
"""

from __future__ import annotations

import hashlib
import sys

import requests
from pypi_attestations import Distribution, Provenance

JSON = "application/vnd.pypi.simple.v1+json"


def check(index_page: str, filename: str) -> list[str]:
    """Return one line for each attestation that holds for the file as downloaded. Raises where one does not."""
    page = requests.get(index_page, headers={"Accept": JSON}, timeout=30)
    page.raise_for_status()
    entry = next((file for file in page.json()["files"] if file["filename"] == filename), None)
    if entry is None:
        raise SystemExit(f"{index_page} offers no file {filename}")
    content = requests.get(entry["url"], timeout=30).content
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry["hashes"]["sha256"]:
        raise SystemExit(f"{filename} is not what the index says")
    provenance = Provenance.model_validate_json(requests.get(entry["provenance"], timeout=30).content)
    lines = []
    for bundle in provenance.attestation_bundles:
        for attestation in bundle.attestations:
            kind, _ = attestation.verify(bundle.publisher, Distribution(name=filename, digest=digest), offline=True)
            lines.append(f"{kind} by {bundle.publisher.kind} {getattr(bundle.publisher, 'repository', '')}")
    if not lines:
        raise SystemExit("the provenance names no attestation")
    return lines


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: python -m demo.consumer INDEX_PAGE FILENAME")
    for line in check(*sys.argv[1:]):
        sys.stdout.write(f"{line}\n")
