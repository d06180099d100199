"""Roots of trust: which Sigstore instances and keys are believed, which builders sign by them, and up to which level.

One versioned document of canonical JSON. Nothing in the evidence chooses what stands here, and nothing here is
fetched while serving: a trusted root comes in with the document. docs/roots.md tells its members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import chain
from types import MappingProxyType

from verification.canonical import JsonValue, parse_strict, sha256_hex
from verification.document_reader import read_strictly
from verification.parameters import DocumentInvalid
from verification.provenance import Signer
from verification.root_document import MAX_BYTES, RootReader
from verification.root_fragments import assemble, instance_fragment
from verification.sigstore_adapter import SigstoreInstance
from verification.trusted_builder import Denied, Period, SignerPattern, TrustedBuilder, TrustedKey
from verification.workflow_identity import split_identity

_Issuer = tuple[str | None, str | None]
"""A Sigstore instance and an issuer of identities there; neither, for a key."""


@dataclass(frozen=True, slots=True)
class RootsOfTrust:
    """The document, ready to verify by. Long-lived: each instance keeps its sigstore Verifier.

    ``denied`` is what no builder's word is taken for; each builder may have more of its own.
    """

    canonical: bytes
    instances: Mapping[str, SigstoreInstance]
    instance_periods: Mapping[str, Period]
    keys: Mapping[str, TrustedKey]
    builders: tuple[TrustedBuilder, ...]
    denied: Denied
    digest: str = field(init=False)
    _by_issuer: Mapping[_Issuer, list[tuple[SignerPattern, list[TrustedBuilder]]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Name the document by its SHA-256, and its builders by whose signatures they are looked for in.

        Entries for the same signers that follow each other are asked once whether a signer is theirs.
        """
        object.__setattr__(self, "digest", sha256_hex(self.canonical))
        by_issuer: dict[_Issuer, list[tuple[SignerPattern, list[TrustedBuilder]]]] = {}
        for builder in self.builders:
            entries = by_issuer.setdefault((builder.signer.sigstore, builder.signer.issuer), [])
            if not entries or entries[-1][0] != builder.signer:
                entries.append((builder.signer, []))
            entries[-1][1].append(builder)
        object.__setattr__(self, "_by_issuer", MappingProxyType(by_issuer))

    def builders_of(self, signer: Signer) -> tuple[TrustedBuilder, ...]:
        """Return the entries that know the signer, in the document's order; none means refused.

        One signer may stand in several, for different builder ids: the first that it may speak for the id by counts.
        """
        identity, ref = split_identity(signer.identity)
        of_issuer = self._by_issuer.get((signer.sigstore, signer.issuer), [])
        fitting = [builders for pattern, builders in of_issuer if pattern.fits(signer, identity, ref)]
        return tuple(chain.from_iterable(fitting))

    def period_of(self, signer: Signer) -> Period:
        """Return when the signer's key, or its Sigstore instance, is believed."""
        if signer.key is not None:
            return self.keys[signer.key].period
        assert signer.sigstore is not None
        return self.instance_periods[signer.sigstore]


def shipped_roots() -> RootsOfTrust:
    """Return the roots that a new registry starts with: the public good Sigstore instance and the builders listed there."""
    return parse_roots(shipped_document())


def shipped_document() -> JsonValue:
    """Return the document of the shipped roots.

    ``public-good.trusted_root.json`` is the file of that name as sigstore 4.5.1 ships it.
    """
    folder = files("verification") / "roots"
    trusted_root = parse_strict((folder / "public-good.trusted_root.json").read_bytes())
    default = parse_strict((folder / "default.json").read_bytes())
    return assemble([default, instance_fragment("public-good", trusted_root)])


def parse_roots(data: bytes | JsonValue) -> RootsOfTrust:
    """Return the roots of a document of schema 1. Raises DocumentInvalid with every problem and its place."""
    value, canonical_bytes = read_strictly(data, max_bytes=MAX_BYTES)
    reader = RootReader()
    parts = reader.document(value)
    if reader.problems:
        raise DocumentInvalid(tuple(reader.problems))
    return RootsOfTrust(
        canonical_bytes,
        MappingProxyType(parts.instances),
        MappingProxyType(parts.instance_periods),
        MappingProxyType(parts.keys),
        parts.builders,
        parts.denied,
    )
