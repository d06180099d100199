"""Who signed, and what they say of the build: the facts that every later step looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType

from verification.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose signature it is, as the root of trust tells it; nothing here is taken from the predicate.

    Either ``sigstore`` and ``issuer`` are set (a certificate of that Sigstore instance), or ``key`` (the name
    of a configured public key), or, for :data:`NOBODY`, none of them. ``identity`` is the certificate's one subject
    alternative name.
    ``claims`` are Fulcio's extensions .8 to .23 under the names of Fulcio's ``oid-info.md`` in snake case.
    """

    sigstore: str | None
    issuer: str | None
    key: str | None
    identity: str
    claims: Mapping[str, str]

    @property
    def certified(self) -> bool:
        """Whether a certificate says who it is. Without one, a predicate has nothing to agree with."""
        return self.sigstore is not None

    @property
    def unsigned(self) -> bool:
        """Whether there is no signature at all."""
        return self.sigstore is None and self.key is None


NOBODY = Signer(sigstore=None, issuer=None, key=None, identity="", claims=MappingProxyType({}))
"""Who signed an unsigned statement."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a build's source, each fact already agreed between certificate and predicate.

    ``None`` says that this build type has no such fact; a rule on it refuses.
    ``repository`` is in the normal form of :mod:`verification.source_uri`; ``commit`` is lower-case hex.
    """

    repository: str | None = None
    repository_id: str | None = None
    owner_id: str | None = None
    commit: str | None = None
    ref: str | None = None
    configuration_path: str | None = None
    trigger: str | None = None
    runner: str | None = None
    invocation: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """One attestation, authenticated or (at level 1) unsigned, read by its build type.

    ``level`` is the SLSA build level that the roots of trust believe of this signer, after the build type's and
    the runner's caps: 1 to 3. ``builder_name`` is their entry's, ``builder_review_by`` the day by which somebody has to
    look at it again: empty and None where nobody signed. ``signed_at`` is then None too; it is a trusted time (UTC), never
    the predicate's word.
    ``external_parameters`` is the predicate's, or for older predicates their documented projection.
    """

    build_type: str
    predicate_type: str
    builder_id: str
    builder_name: str
    builder_review_by: date | None
    signer: Signer
    level: int
    facts: Facts
    external_parameters: JsonValue
    signed_at: datetime | None


def is_overdue(review_by: date, now: datetime) -> bool:
    """Say whether the day of a review has passed (UTC). Nothing is refused for it; whoever leans on the entry is told."""
    return now.astimezone(UTC).date() > review_by
