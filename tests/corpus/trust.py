"""A case's roots of trust: the shipped builders, under the Sigstore instance or the keys that the case names."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.corpus.case import Case
from verification.canonical import parse_strict
from verification.root_of_trust import RootsOfTrust, parse_roots, shipped_roots

PAE_KEYS = "global-pae-"
"""How the file of a Google key begins that signs with PAE, in slsa-verifier too. The regional ones sign without."""

KEY_ID = "projects/verified-builder/locations/{}/keyRings/attestor/cryptoKeys/{}/cryptoKeyVersions/{}"
"""The name of a Google key in Cloud KMS, which its signatures bear (slsa-verifier, ``verifiers/internal/gcb/keys``)."""

INSTANCE = "public-good"
"""The name that the shipped entries know their instance by; the case's own takes its place."""


def roots_of(case: Case) -> RootsOfTrust:
    """Return the roots to judge the case by. Raises ValueError where the case's are of a kind not known here."""
    match case.trust:
        case {"kind": "gcb_public_keys", "dir": str(folder)}:
            return _google_roots((case.folder / folder).resolve())
        case {"public_key": str(file)} | {"file": str(file), "kind": "public_key"}:
            return _key_roots((case.folder / file).resolve())
        case {"file": str(file), "kind": str(kind)} if kind.startswith("sigstore_trusted_root"):
            return _sigstore_roots((case.folder / file).resolve())
        case _:
            raise ValueError(f"a root of trust of kind {case.trust.get('kind')}")


@cache
def _sigstore_roots(path: Path) -> RootsOfTrust:
    return parse_roots(_shipped() | {"sigstore": {INSTANCE: {"trusted_root": parse_strict(path.read_bytes())}}})


@cache
def _key_roots(path: Path) -> RootsOfTrust:
    """Sigstore's conformance suite: where a key stands beside the bundle, it is trusted in place of the instance."""
    return parse_roots(_shipped() | {"keys": {path.name: {"pem": path.read_text()}}})


@cache
def _google_roots(folder: Path) -> RootsOfTrust:
    document = _shipped()
    pems = {path.stem: path.read_text() for path in sorted(folder.glob("*.pem"))}
    builders = [
        {
            "name": f"Google Cloud Build, key {name}",
            "signer": {"key": name},
            "speaks_for": [
                "https://cloudbuild.googleapis.com/GoogleHostedWorker",
                "https://cloudbuild.googleapis.com/GoogleHostedWorker@v*",
            ],
            "level": 3,
            "level_document": "https://cloud.google.com/build/docs/securing-builds/view-build-provenance",
            "review_by": "2027-11-01",
        }
        for name in pems
    ]
    return parse_roots(
        document
        | {
            "keys": {
                name: {"pem": pem, "pae": name.startswith(PAE_KEYS), "keyid": _key_id(name)}
                for name, pem in pems.items()
            },
            "builders": document["builders"] + builders,
        }
    )


def _key_id(name: str) -> str:
    if name.startswith(PAE_KEYS):
        return KEY_ID.format("global", *name.removeprefix(PAE_KEYS).split("_"))
    return KEY_ID.format(name, "builtByGCB", 1)


def _shipped() -> dict[str, Any]:
    """Return the shipped document without its keys: a case's own are believed in their place."""
    document: dict[str, Any] = json.loads(shipped_roots().canonical)
    by_instance = [entry for entry in document["builders"] if "sigstore" in entry["signer"]]
    return document | {"keys": {}, "builders": by_instance}
