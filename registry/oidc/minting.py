"""A run's identity for an upload token: once an identity token, for the packages that list the run as their publisher."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from expectations import audit, queries
from expectations.documents import Publisher
from expectations.models import DocumentVersion
from expectations.publishers import matching
from expectations.publishers.kinds import CIRCLECI_CLAIMS, PINS, PublisherKind
from registry.models import Account, MintedRight, PublisherAccount, SpentIdentity
from registry.oidc import throttle
from registry.oidc.identity import LEEWAY, Identity, read_identity
from registry.oidc.refusal import Code, MintingRefused
from registry.tokens import mint_token
from verification.canonical import JsonValue
from verification.parameters import escaped

LASTS = timedelta(seconds=900)
"""How long a minted token works: what PyPI's does, and the least that PEP 807 (a draft) allows."""

ANCHOR = {
    PublisherKind.GITHUB: "repository_id",
    PublisherKind.GITLAB: "project_id",
    PublisherKind.GOOGLE: "sub",
    PublisherKind.CIRCLECI: "project-id",
}
"""The one pin by which lists of publishers are looked for; every other is compared after that."""

NEAR_MISSES_TOLD = 5

_OF_A_RUN = {
    PublisherKind.GITHUB: ("run_id", "run_attempt", "sha", "ref", "event_name"),
    PublisherKind.GITLAB: ("pipeline_id", "job_id", "sha", "ref_path", "pipeline_source"),
    PublisherKind.CIRCLECI: tuple(f"{CIRCLECI_CLAIMS}{name}" for name in ("pipeline-id", "workflow-id", "job-id")),
}
"""Claims that tell which run it was, for the audit log; nothing of who pushed or approved."""


@dataclass(frozen=True, slots=True)
class Minted:
    """An upload token's secret, and until when it works."""

    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """A list of publishers in force that names the run, and the publisher of it that does."""

    version: DocumentVersion
    publisher: Publisher


def mint(token: str) -> Minted:
    """Exchange an identity token. Raises MintingRefused; the refusal of a sound token leaves a leaf in the audit log."""
    identity = read_identity(token, queries.issuers())
    subject = throttle.subject_of(identity)
    throttle.refuse_beyond(subject)
    try:
        bindings = _bindings(identity)
        with transaction.atomic():
            _spend(identity)
            return _mint(identity, bindings)
    except MintingRefused as refused:
        throttle.keep(refused, identity, subject)
        raise


def _bindings(identity: Identity) -> list[Binding]:
    """Return every package's list that names this run. Raises MintingRefused (INVALID_PUBLISHER) for none."""
    why = matching.why_no_publisher(identity.kind, identity.claims)
    if why is not None:
        raise MintingRefused(Code.INVALID_PUBLISHER, f"The token is sound, but {why}.")
    run = matching.seen(identity.kind, identity.claims)
    candidates = list(_candidates(identity, run))
    found = {
        candidate.version.pk: candidate
        for candidate in candidates
        if not matching.differences(candidate.publisher, run)
    }
    if not found:
        raise MintingRefused(Code.INVALID_PUBLISHER, _no_publisher(identity, run, candidates))
    return list(found.values())


def _candidates(identity: Identity, run: matching.Seen) -> Iterator[Binding]:
    """Yield every listed publisher that the run could be: those of its issuer with the same anchor."""
    named: dict[str, JsonValue] = {"kind": identity.kind.value, "issuer": identity.issuer}
    anchor = ANCHOR.get(identity.kind)
    if anchor is not None:
        named["claims"] = {anchor: run[anchor]}
    for version in queries.publishers_naming(named):
        for publisher in queries.read_publishers(version).listed:
            if (publisher.kind, publisher.issuer) != (identity.kind, identity.issuer):
                continue
            if anchor is None or publisher.claims[anchor] == run[anchor]:
                yield Binding(version, publisher)


def _no_publisher(identity: Identity, run: matching.Seen, near: list[Binding]) -> str:
    """Return what the person who reads the job's log has to know: what is listed, what came, and where to list it.

    What a package lists is told to runs of the same repository, project or subject alone.
    """
    anchor = ANCHOR.get(identity.kind, "sub")
    said = [
        f"{binding.version.package} lists a publisher that differs: {', '.join(matching.differences(binding.publisher, run))}."
        for binding in near
        if anchor in binding.publisher.claims and binding.publisher.claims[anchor] == run.get(anchor)
    ]
    came = f"This run is of {identity.kind.words}: {matching.in_words(identity.kind, run)}."
    advice = "Two of a package's people list it on the package's page, under trusted publishers; the name has to exist before."
    return " ".join(
        [
            "The token is sound.",
            *(said[:NEAR_MISSES_TOLD] or ["No package lists this run as its publisher."]),
            came,
            advice,
        ]
    )


def _spend(identity: Identity) -> None:
    """Raises MintingRefused (INVALID_REUSE_TOKEN) for a token that was exchanged before, in whichever process."""
    until = identity.expires_at + timedelta(seconds=2 * LEEWAY)
    try:
        with transaction.atomic():
            SpentIdentity.objects.create(issuer=identity.issuer, sha256=identity.once, expires_at=until)
    except IntegrityError as error:
        raise MintingRefused(
            Code.INVALID_REUSE_TOKEN, "The identity token was exchanged before; each works once. Ask for a new one."
        ) from error


def _mint(identity: Identity, bindings: list[Binding]) -> Minted:
    publisher = _publisher(identity, bindings)
    account = _account_of(publisher)
    token, secret = mint_token(account, name=matching.title(publisher)[:100], lasts=LASTS)
    assert token.expires_at is not None
    MintedRight.objects.bulk_create(MintedRight(token=token, version=binding.version) for binding in bindings)
    for binding in bindings:
        audit.record(
            "publisher-minted",
            package=str(binding.version.package_id),
            token=str(token.pk),
            account=account.pk,
            publisher=publisher.digest,
            version=binding.version.number,
            issuer=identity.issuer,
            run=_run_of(identity),
        )
    return Minted(secret, token.expires_at)


def _publisher(identity: Identity, bindings: list[Binding]) -> Publisher:
    """Return the run as a publisher by all that it is known by here: one account, whichever of its pins a package lists."""
    names = [pin.name for pin in PINS[identity.kind]] or [
        name for binding in bindings for name in binding.publisher.claims
    ]
    run = matching.seen(identity.kind, identity.claims)
    claims = {name: value for name in names if (value := run.get(name)) is not None}
    return Publisher(identity.kind, identity.issuer, claims)


def _account_of(publisher: Publisher) -> Account:
    """Return the account as which a publisher's runs upload. Its name ends at random: nobody can have taken it before."""
    known = PublisherAccount.objects.filter(pk=publisher.digest).select_related("account").first()
    if known is not None:
        return known.account
    try:
        with transaction.atomic():
            name = slugify(matching.title(publisher).replace("/", "-").replace(".", "-"))[:50].strip("-")
            account = Account.objects.create_publisher(f"{name}-{secrets.token_hex(4)}")
            PublisherAccount.objects.create(
                digest=publisher.digest, document=publisher.canonical.decode(), account=account
            )
            return account
    except IntegrityError:  # another run of it came first
        return PublisherAccount.objects.select_related("account").get(pk=publisher.digest).account


def _run_of(identity: Identity) -> dict[str, JsonValue]:
    names = _OF_A_RUN.get(identity.kind, ())
    return {name: escaped(str(identity.claims[name])[:200]) for name in names if name in identity.claims}
