"""Which runs elsewhere may upload to a package without a token of their own: its trusted publishers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from expectations.documents.issuers import WANTED, is_issuer
from expectations.documents.reading import SCHEMA, read_members
from expectations.documents.written import Written
from expectations.publishers.kinds import (
    CLAIM_NAME,
    CLAIM_VALUE,
    MOST_CLAIMS,
    OF_EVERY_TOKEN,
    PINS,
    PublisherKind,
)
from verification.canonical import JsonValue, canonical, parse_strict, sha256_hex
from verification.parameters import DocumentInvalid, Problem

MAX_PUBLISHERS = 50
"""Most publishers of one package: whoever decides on the list has to read it."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """One publisher: the issuer of its tokens, and every value that its pins have."""

    kind: PublisherKind
    issuer: str
    claims: Mapping[str, str]

    def members(self) -> dict[str, JsonValue]:
        """Return the publisher as the document has it."""
        return {"kind": self.kind.value, "issuer": self.issuer, "claims": dict(self.claims)}

    @property
    def canonical(self) -> bytes:
        """The RFC 8785 bytes."""
        return canonical(self.members())

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes: the same publisher has the same one wherever it is listed."""
        return sha256_hex(self.canonical)


@dataclass(frozen=True, slots=True)
class Publishers(Written):
    """A package's publishers, each once, in the order of their digests."""

    listed: tuple[Publisher, ...]

    def members(self) -> dict[str, JsonValue]:
        """Return the publishers."""
        return {"publishers": [publisher.members() for publisher in self.listed]}


NOBODY = Publishers(())
"""How every package begins, without a document."""


def in_order(publishers: list[Publisher]) -> Publishers:
    """Return the publishers in the one order of a document, each once."""
    found = {publisher.digest: publisher for publisher in publishers}
    return Publishers(tuple(found[digest] for digest in sorted(found)))


def parse_publishers(content: bytes | str | JsonValue) -> Publishers:
    """Return the publishers of a document, in the order of their digests. Raises DocumentInvalid with every problem."""
    wanted = f"is a list of at most {MAX_PUBLISHERS} publishers"
    listed = read_members(content, {"schema": SCHEMA, "publishers": (_is_list, wanted)})["publishers"]
    assert isinstance(listed, list)
    problems = [problem for number, entry in enumerate(listed) for problem in _problems(f"/publishers/{number}", entry)]
    if problems:
        raise DocumentInvalid(tuple(problems))
    publishers = in_order([_publisher(entry) for entry in listed])
    if len(publishers.listed) != len(listed):
        raise DocumentInvalid((Problem("/publishers", "names a publisher twice"),))
    return publishers


def read_publisher(document: str) -> Publisher:
    """Return the one publisher of its own canonical JSON, as it was written here."""
    return _publisher(parse_strict(document))


def _publisher(entry: JsonValue) -> Publisher:
    assert isinstance(entry, dict)
    claims = entry["claims"]
    assert isinstance(claims, dict)
    return Publisher(
        PublisherKind(str(entry["kind"])), str(entry["issuer"]), {name: str(value) for name, value in claims.items()}
    )


def _problems(where: str, entry: JsonValue) -> Iterator[Problem]:
    if not isinstance(entry, dict) or entry.keys() != {"kind", "issuer", "claims"}:
        yield Problem(where, "is not an object of kind, issuer and claims")
        return
    kind, issuer, claims = entry["kind"], entry["issuer"], entry["claims"]
    if not isinstance(issuer, str) or not is_issuer(issuer):
        yield Problem(f"{where}/issuer", WANTED)
    if not isinstance(kind, str) or kind not in list(PublisherKind):
        yield Problem(f"{where}/kind", f"is none of {', '.join(PublisherKind)}")
    elif not isinstance(claims, dict):
        yield Problem(f"{where}/claims", "is not an object")
    elif kind == PublisherKind.OTHER:
        yield from _free(f"{where}/claims", claims)
    else:
        yield from _pinned(f"{where}/claims", PublisherKind(kind), claims)


def problems_of_publisher(entry: JsonValue) -> tuple[Problem, ...]:
    """Return everything that is wrong with one publisher, for a form that makes it."""
    return tuple(_problems("", entry))


def _pinned(where: str, kind: PublisherKind, claims: Mapping[str, JsonValue]) -> Iterator[Problem]:
    pins = {pin.name: pin for pin in PINS[kind]}
    for name in sorted(claims.keys() - pins.keys()):
        yield Problem(f"{where}/{name}", "is unknown here")
    for name, pin in pins.items():
        value = claims.get(name)
        if name not in claims:
            if pin.required:
                yield Problem(f"{where}/{name}", "is missing")
        elif not isinstance(value, str) or not pin.pattern.fullmatch(value):
            yield Problem(f"{where}/{name}", pin.wanted)


def _free(where: str, claims: Mapping[str, JsonValue]) -> Iterator[Problem]:
    if not 1 <= len(claims) <= MOST_CLAIMS:
        yield Problem(where, f"names 1 to {MOST_CLAIMS} claims")
    for name, value in claims.items():
        if name in OF_EVERY_TOKEN or not CLAIM_NAME.fullmatch(name):
            yield Problem(f"{where}/{name}", "is no claim that says who publishes")
        elif not isinstance(value, str) or not CLAIM_VALUE.fullmatch(value):
            yield Problem(f"{where}/{name}", "is no text of visible ASCII")


def _is_list(value: JsonValue) -> bool:
    return isinstance(value, list) and len(value) <= MAX_PUBLISHERS
