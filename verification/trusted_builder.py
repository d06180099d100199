"""The entries of the roots of trust: keys, signers and builders, from when and until when they are believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from verification.envelope import PublicKey
from verification.provenance import Provenance, Signer
from verification.template import MAX_LENGTH, glob_matches

OWN_IDENTITY = "own-identity"
BELOW = "/**"


@dataclass(frozen=True, slots=True)
class Period:
    """When an entry is believed: from ``valid_from`` until just before ``distrusted_from`` (UTC; None: unbounded).

    Held against the trusted time of signing, and for plain keys against the time of receipt.
    """

    valid_from: datetime | None = None
    distrusted_from: datetime | None = None
    _words: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put the period in words once: every verification tells two."""
        ends = [("from", self.valid_from), ("before", self.distrusted_from)]
        words = " and ".join(f"{word} {_told(end)}" for word, end in ends if end is not None)
        object.__setattr__(self, "_words", words or "at any time")

    def covers(self, moment: datetime) -> bool:
        """Say whether what was signed at that moment is believed."""
        if self.valid_from is not None and moment < self.valid_from:
            return False
        return self.distrusted_from is None or moment < self.distrusted_from

    def in_words(self) -> str:
        """Return the period as in "signed …"."""
        return self._words


@dataclass(frozen=True, slots=True)
class Denied:
    """What is refused although its builder is believed: single runs, commits, artifacts and versions of the builder.

    ``runs`` are runs as the builder names them: an address is also that of all below it (a run's attempts). ``commits``
    are of the source or of the builder's own workflow, ``artifacts`` SHA-256 (both lower-case hex). ``builders`` are
    builder ids or signers' identities, exact, as globs, or with ``**`` at the end: whatever begins so, and goes on.
    """

    runs: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    builders: tuple[str, ...] = ()

    def found_in(self, provenance: Provenance, artifact_sha256: str) -> str | None:
        """Return which of it the provenance or the file hits, as "run …", or None."""
        if not (self.runs or self.commits or self.artifacts or self.builders):
            return None
        claims, facts = provenance.signer.claims, provenance.facts
        looked_at = (
            ("run", self.runs, (facts.invocation, claims.get("run_invocation_uri")), _is_run),
            (
                "commit",
                self.commits,
                (facts.commit, *(claims.get(name) for name in _COMMIT_CLAIMS)),
                str.__eq__,
            ),
            ("artifact", self.artifacts, (artifact_sha256,), str.__eq__),
            ("builder", self.builders, (provenance.builder_id, provenance.signer.identity), _is_builder),
        )
        return next(
            (
                f"{what} {entry}"
                for what, entries, values, hits in looked_at
                for entry in entries
                if any(value is not None and hits(entry, value) for value in values)
            ),
            None,
        )


_COMMIT_CLAIMS = ("source_repository_digest", "build_signer_digest", "build_config_digest")


def _is_run(entry: str, run: str) -> bool:
    return run == entry or run.startswith(f"{entry.removesuffix('/')}/")


def _is_builder(entry: str, builder: str) -> bool:
    """No glob takes a text of more than MAX_LENGTH; its beginning is enough here, or a long ref would get by."""
    above, any_more, _ = entry.partition("*")
    if entry.endswith("**") or (any_more and len(builder) > MAX_LENGTH):
        return builder.startswith(above) and len(builder) > len(above)
    return glob_matches(entry, builder)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A builder's own key, and whether it signs DSSE's PAE (as DSSE has it) or the payload alone.

    Google's regional keys do the latter. It is said here because evidence that could say it would choose what was signed.
    ``keyid``, where the roots name one, has to stand with a signature for it to count: Google's verifier finds its keys by it.
    """

    public: PublicKey
    pae: bool
    keyid: str | None
    period: Period


@dataclass(frozen=True, slots=True)
class SignerPattern:
    """Whose signatures are meant: some keys', or those of an instance and issuer whose identity fits.

    ``identity`` and ``identity_ref`` are globs over the certificate's identity, split at its ref; ``**`` is any ref, and
    an identity that ends in ``/**`` is any below it (GitLab nests its groups as deep as their owners like).
    """

    sigstore: str | None = None
    issuer: str | None = None
    keys: tuple[str, ...] = ()
    identity: str = ""
    identity_ref: str | None = None
    _beginning: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep what an identity has to begin with: of the entries for one issuer, few begin as a signer does."""
        object.__setattr__(self, "_beginning", self.identity.partition("*")[0])

    def fits(self, signer: Signer, identity: str, ref: str | None) -> bool:
        """Say whether the signer is one of those; its identity comes split at its ref as well."""
        if signer.key is not None:
            return signer.key in self.keys
        if not identity.startswith(self._beginning) or self.keys:
            return False
        if self.issuer != signer.issuer or self.sigstore != signer.sigstore:
            return False
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
    """Who signs, which builder ids that signer may speak for, how far it is believed, and from when until when.

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
    period: Period
    denied: Denied

    def may_speak_for(self, builder_id: str, signer: Signer) -> bool:
        """Say whether this signer may name ``builder_id`` as the builder."""
        if OWN_IDENTITY in self.speaks_for and builder_id == signer.identity:
            return True
        return any(
            glob_matches(named, builder_id) if "*" in named else named == builder_id
            for named in self.speaks_for
            if named != OWN_IDENTITY
        )


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
