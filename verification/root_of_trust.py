"""Roots of trust: which Sigstore instances and keys are believed, which builders sign by them, and up to which level.

One versioned document of canonical JSON. Nothing in the evidence chooses what stands here, and nothing here is
fetched while serving: a trusted root comes in with the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from types import MappingProxyType

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from verification.canonical import JsonRefused, JsonValue, canonical, parse_strict, sha256_hex
from verification.envelope import PublicKey, is_supported
from verification.parameters import DocumentInvalid, Problem
from verification.provenance import Signer
from verification.sigstore_adapter import SigstoreInstance
from verification.template import glob_matches
from verification.workflow_identity import split_identity

OWN_IDENTITY = "own-identity"
BELOW = "/**"

_KEY_WANTED = (
    "needs the pem of a public key: ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits or more; "
    "and, if anything else, pae (true or false) and keyid (a text)"
)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A builder's own key, and whether it signs DSSE's PAE (as DSSE has it) or the payload alone.

    Google's regional keys do the latter. It is said here because evidence that could say it would choose what was signed.
    ``keyid``, where the roots name one, has to stand with a signature for it to count: Google's verifier finds its keys by it.
    """

    public: PublicKey
    pae: bool
    keyid: str | None


@dataclass(frozen=True, slots=True)
class SignerPattern:
    """Whose signatures are meant: a key's, or those of an instance and issuer whose identity fits.

    ``identity`` and ``identity_ref`` are globs over the certificate's identity, split at its ref; ``**`` is any ref, and
    an identity that ends in ``/**`` is any below it (GitLab nests its groups as deep as their owners like).
    """

    sigstore: str | None
    issuer: str | None
    key: str | None
    identity: str
    identity_ref: str | None

    def fits(self, signer: Signer, identity: str, ref: str | None) -> bool:
        """Say whether the signer is one of those; its identity comes split at its ref as well."""
        if (self.sigstore, self.issuer, self.key) != (signer.sigstore, signer.issuer, signer.key):
            return False
        if self.key is not None:
            return True
        if (ref is None) != (self.identity_ref is None) or not self._fits_identity(identity):
            return False
        return ref is None or self.identity_ref == "**" or glob_matches(str(self.identity_ref), ref)

    def _fits_identity(self, identity: str) -> bool:
        if self.identity.endswith(BELOW):
            above = self.identity.removesuffix("**")
            return identity.startswith(above) and len(identity) > len(above)
        return glob_matches(self.identity, identity)


@dataclass(frozen=True, slots=True)
class TrustedBuilder:
    """Who signs, which builder ids that signer may speak for, and how far it is believed.

    ``speaks_for`` lists ``own-identity``, exact builder ids, and globs over builder ids (those with a ``*``; it
    matches no ``/``); ``level`` is the highest SLSA build level believed; ``review_by`` is when somebody has to look
    at this entry again.
    """

    name: str
    signer: SignerPattern
    speaks_for: tuple[str, ...]
    level: int
    level_document: str
    review_by: date

    def may_speak_for(self, builder_id: str, signer: Signer) -> bool:
        """Say whether this signer may name ``builder_id`` as the builder."""
        if OWN_IDENTITY in self.speaks_for and builder_id == signer.identity:
            return True
        return any(
            glob_matches(named, builder_id) if "*" in named else named == builder_id
            for named in self.speaks_for
            if named != OWN_IDENTITY
        )


@dataclass(frozen=True, slots=True)
class RootsOfTrust:
    """The document, ready to verify by. Long-lived: each instance keeps its sigstore Verifier."""

    canonical: bytes
    instances: Mapping[str, SigstoreInstance]
    keys: Mapping[str, TrustedKey]
    builders: tuple[TrustedBuilder, ...]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the document by its SHA-256."""
        object.__setattr__(self, "digest", sha256_hex(self.canonical))

    def builders_of(self, signer: Signer) -> tuple[TrustedBuilder, ...]:
        """Return the entries that know the signer, in the document's order; none means refused.

        One signer may stand in several, for different builder ids: the first that it may speak for the id by counts.
        """
        identity, ref = split_identity(signer.identity)
        return tuple(builder for builder in self.builders if builder.signer.fits(signer, identity, ref))


def shipped_roots() -> RootsOfTrust:
    """Return the roots that a new registry starts with: the public good Sigstore instance and the builders listed there.

    ``public-good.trusted_root.json`` is the file of that name as sigstore 4.5.1 ships it.
    """
    folder = files("verification") / "roots"
    document = parse_strict((folder / "default.json").read_bytes())
    trusted_root = parse_strict((folder / "public-good.trusted_root.json").read_bytes())
    assert isinstance(document, dict)
    return parse_roots({**document, "sigstore": {"public-good": {"trusted_root": trusted_root}}})


def parse_roots(data: bytes | JsonValue) -> RootsOfTrust:
    """Return the roots of a document of schema 1. Raises DocumentInvalid with every problem and its place."""
    try:
        value = parse_strict(data) if isinstance(data, bytes) else data
    except JsonRefused as error:
        raise DocumentInvalid((Problem("", f"the document {error}"),)) from error
    problems: list[Problem] = []
    match value:
        case {
            "schema": schema,
            "sigstore": dict(instances),
            "keys": dict(keys),
            "builders": list(builders),
            **rest,
        } if type(schema) is int and schema == 1 and not rest:
            roots = RootsOfTrust(
                canonical(value),
                MappingProxyType(_instances(instances, problems)),
                MappingProxyType(_keys(keys, problems)),
                tuple(_builders(builders, instances, keys, problems)),
            )
        case _:
            raise DocumentInvalid((Problem("", "not an object of exactly schema 1, sigstore, keys and builders"),))
    if not builders:
        problems.append(Problem("/builders", "names no builder, so nothing could ever pass"))
    if problems:
        raise DocumentInvalid(tuple(problems))
    return roots


def _instances(entries: dict[str, JsonValue], problems: list[Problem]) -> dict[str, SigstoreInstance]:
    found = {}
    for name, entry in entries.items():
        match entry:
            case {"trusted_root": dict(root), **rest} if not rest:
                try:
                    found[name] = SigstoreInstance(name, root)
                except ValueError as error:
                    problems.append(Problem(f"/sigstore/{name}", str(error)))
            case _:
                problems.append(Problem(f"/sigstore/{name}", "needs a trusted_root and nothing else"))
    return found


def _keys(entries: dict[str, JsonValue], problems: list[Problem]) -> dict[str, TrustedKey]:
    found: dict[str, TrustedKey] = {}
    for name, entry in entries.items():
        key = _trusted_key(entry)
        if key is None:
            problems.append(Problem(f"/keys/{name}", _KEY_WANTED))
        else:
            found[name] = key
    return found


def _trusted_key(entry: JsonValue) -> TrustedKey | None:
    match entry:
        case {"pem": str(pem), "keyid": str(keyid), **rest} if keyid:
            return _key(pem, rest, keyid)
        case {"pem": str(pem), **rest}:
            return _key(pem, rest, None)
        case _:
            return None


def _key(pem: str, rest: dict[object, object], keyid: str | None) -> TrustedKey | None:
    """Return the key unless something else is said of it than pae: a keyid that is no text among it."""
    pae, public = rest.get("pae", True), _load_key(pem)
    if public is None or not isinstance(pae, bool) or rest.keys() - {"pae"}:
        return None
    return TrustedKey(public, pae, keyid)


def _load_key(pem: str) -> PublicKey | None:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if is_supported(key) else None


def _builders(
    entries: list[JsonValue], instances: Mapping[str, JsonValue], keys: Mapping[str, JsonValue], problems: list[Problem]
) -> list[TrustedBuilder]:
    found = []
    for number, entry in enumerate(entries):
        try:
            builder = _builder(entry)
        except ValueError as error:
            problems.append(Problem(f"/builders/{number}", str(error)))
            continue
        if (builder.signer.sigstore or "") not in instances and (builder.signer.key or "") not in keys:
            problems.append(Problem(f"/builders/{number}/signer", "names no Sigstore instance or key of this document"))
        found.append(builder)
    return found


def _builder(entry: JsonValue) -> TrustedBuilder:
    match entry:
        case {
            "name": str(name),
            "signer": dict(signer),
            "speaks_for": list(speaks_for),
            "level": int(level),
            "level_document": str(level_document),
            "review_by": str(review_by),
            **rest,
        } if not rest and type(level) is int and 1 <= level <= 3 and speaks_for:
            ids = tuple(item for item in speaks_for if isinstance(item, str))
            if len(ids) != len(speaks_for):
                raise ValueError("speaks_for lists texts only")
            if any("**" in named or named.startswith("*") for named in ids):
                raise ValueError("a glob of speaks_for begins with literal text, and * stands alone")
            return TrustedBuilder(name, _signer(signer), ids, level, level_document, date.fromisoformat(review_by))
        case _:
            raise ValueError("needs exactly name, signer, speaks_for, level (1 to 3), level_document and review_by")


def _signer(entry: dict[str, JsonValue]) -> SignerPattern:
    match entry:
        case {"key": str(key), **rest} if not rest:
            return SignerPattern(None, None, key, key, None)
        case {"sigstore": str(sigstore), "issuer": str(issuer), "identity": str(identity), **rest}:
            if rest.keys() - {"identity_ref"} or not isinstance(ref := rest.get("identity_ref", ""), str):
                raise ValueError("the signer has an unknown key")
            if "**" in identity.removesuffix(BELOW):
                raise ValueError("** of an identity stands at its end, after a /")
            return SignerPattern(sigstore, issuer, None, identity, ref or None)
        case _:
            raise ValueError("the signer needs sigstore, issuer and identity, or a key")
