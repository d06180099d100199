"""The identity providers whose tokens the registry believes (OIDC). Who may publish with them, each package says itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from expectations.documents.reading import SCHEMA, read_members
from expectations.documents.written import Written
from expectations.publishers.kinds import PublisherKind
from verification.canonical import JsonValue
from verification.parameters import DocumentInvalid, Problem

MAX_ISSUERS = 100
"""Most issuers: whoever decides on the list has to read it."""

MAX_LENGTH = 500
"""Longest issuer, in characters."""

WANTED = "is no https:// address without user, query or trailing slash (http:// on a loopback address alone)"


@dataclass(frozen=True, slots=True)
class Issuers(Written):
    """Each issuer, letter by letter as the claim ``iss`` has it, and the kind of its tokens."""

    kinds: Mapping[str, PublisherKind]

    def members(self) -> dict[str, JsonValue]:
        """Return the kinds by issuer."""
        return {"issuers": {issuer: kind.value for issuer, kind in self.kinds.items()}}


NO_ISSUERS = Issuers({})
"""What a registry believes before anybody said otherwise."""

KNOWN_ISSUERS = Issuers(
    {
        "https://token.actions.githubusercontent.com": PublisherKind.GITHUB,
        "https://gitlab.com": PublisherKind.GITLAB,
        "https://accounts.google.com": PublisherKind.GOOGLE,
        "https://oidc.circleci.com": PublisherKind.CIRCLECI,
    }
)
"""What a registry begins with. None of them may publish anything before a package's people say so."""


def parse_issuers(content: bytes | str | JsonValue) -> Issuers:
    """Return the issuers of a document. Raises DocumentInvalid with every problem."""
    rules = {"schema": SCHEMA, "issuers": (_is_object, f"is an object of at most {MAX_ISSUERS} issuers")}
    listed = read_members(content, rules)["issuers"]
    assert isinstance(listed, dict)
    problems = [Problem(f"/issuers/{issuer}", WANTED) for issuer in listed if not is_issuer(issuer)]
    known = ", ".join(PublisherKind)
    problems += [
        Problem(f"/issuers/{name}", f"is none of {known}") for name, kind in listed.items() if not _is_kind(kind)
    ]
    if problems:
        raise DocumentInvalid(tuple(problems))
    return Issuers({issuer: PublisherKind(str(kind)) for issuer, kind in listed.items()})


def is_issuer(text: str) -> bool:
    """Say whether a text can be an issuer (OpenID Connect Discovery 1.0, section 2): an address and nothing beside it."""
    if not text.isascii() or not text.isprintable() or " " in text or len(text) > MAX_LENGTH or text.endswith("/"):
        return False
    try:
        parts = urlsplit(text)
        loopback = is_loopback(parts.hostname or "")
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or set(text) & set("@?#") or parts.netloc != parts.netloc.lower():
        return False
    return (parts.scheme == "https" and port != 443) or (parts.scheme == "http" and loopback)


def is_loopback(host: str) -> bool:
    """Say whether a host of an address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_object(value: JsonValue) -> bool:
    return isinstance(value, dict) and len(value) <= MAX_ISSUERS


def _is_kind(value: JsonValue) -> bool:
    return isinstance(value, str) and value in list(PublisherKind)
