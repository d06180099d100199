"""The check of an audit log, leaf by leaf in their order; memory grows with the proposals and people, not with texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from verification.audit_log.decisions import Closed, Decided, Decisions, Proposed
from verification.audit_log.flaws import Finding, Flaw
from verification.audit_log.line import Line, LineUnreadable, parse_line
from verification.audit_log.people import REGISTRY, People, roles_of
from verification.canonical import JsonRefused, JsonValue, canonical, parse_strict, sha256_hex
from verification.decision import closing_digest

PROPOSAL_PREFIX = b"sluicegate-proposal-v1\n"

Leaf = Mapping[str, JsonValue]


class _Flawed(Exception):
    """Ends the reading of one leaf: what follows in it leans on what is wrong."""

    def __init__(self, flaw: Flaw, detail: str = "") -> None:
        super().__init__(detail)
        self.flaw, self.detail = flaw, detail


@dataclass(frozen=True, slots=True)
class Report:
    """What a log proves: how many leaves, the last one's hash, the decisions by the factor they were given by."""

    leaves: int
    head: str
    by_factor: Mapping[str, int]
    findings: tuple[Finding, ...]


@dataclass
class AuditCheck:
    """Feed it every line from the first one on; then ask for the report.

    ``versions`` are the digests of all versions of documents by (kind, object, number), for who holds the documents.
    """

    people: People = field(default_factory=People)
    decisions: Decisions = field(default_factory=Decisions)
    versions: dict[tuple[str, str, int], str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    registry: str = ""
    _hashes: list[bytes] = field(default_factory=list)
    _latest: dict[tuple[str, str], int] = field(default_factory=dict)

    def feed_text(self, text: str) -> None:
        """Take one line of a downloaded log."""
        try:
            line = parse_line(text)
        except LineUnreadable as error:
            self._find(len(self._hashes), Flaw.LINE_UNREADABLE, str(error))
            self._hashes.append(b"")
            return
        self.feed(line)

    def feed(self, line: Line) -> None:
        """Take one line."""
        expected = len(self._hashes)
        if line.index != expected:
            self._find(line.index, Flaw.NUMBER_GAP, f"It should be {expected}.")
        digest = hashlib.sha256(b"\0" + line.leaf.encode()).digest()
        if digest.hex() != line.leaf_hash:
            self._find(line.index, Flaw.HASH_WRONG)
        self._hashes.append(digest)
        try:
            self._read(line)
        except _Flawed as flawed:
            self._find(line.index, flawed.flaw, flawed.detail)
        except (JsonRefused, KeyError, TypeError, ValueError, AttributeError) as error:
            self._find(line.index, Flaw.LEAF_UNREADABLE, f"({type(error).__name__}: {error})")

    def report(self) -> Report:
        """Return what was found."""
        head = self._hashes[-1].hex() if self._hashes else ""
        found = list(self.findings)
        if not self._hashes:
            found.append(Finding(None, Flaw.BEGINNING_WRONG, "There is no leaf."))
        return Report(len(self._hashes), head, self.decisions.by_factor, tuple(found))

    def _find(self, index: int | None, flaw: Flaw, detail: str = "") -> None:
        self.findings.append(Finding(index, flaw, detail))

    def _read(self, line: Line) -> None:
        leaf = parse_strict(line.leaf)
        if not isinstance(leaf, dict) or canonical(leaf).decode() != line.leaf:
            raise _Flawed(Flaw.LEAF_UNREADABLE)
        event, at = leaf["event"], _moment(leaf["at"])
        if (len(self._hashes) == 1) is not (event == "bootstrap"):
            self._find(line.index, Flaw.BEGINNING_WRONG)
        if (read := self._readers().get(str(event))) is not None:
            read(line, leaf, at)

    def _readers(self) -> Mapping[str, Callable[[Line, Leaf, datetime], None]]:
        """The events that bear on who agreed to what; a log has others, whose leaves only have to be whole."""
        return {
            "bootstrap": self._bootstrap,
            "stewards-named": self._stewards_named,
            "package-founded": self._package_founded,
            "expectation-bound": self._expectation_bound,
            "package-closed": self._package_closed,
            "factor-changed": self._factor_changed,
            "security-key-known": self._key_known,
            "security-key-forgotten": self._key_forgotten,
            "proposed": self._proposed,
            "decided": self._decided,
            "proposal-activated": self._activated,
        }

    def _bootstrap(self, line: Line, leaf: Leaf, _at: datetime) -> None:
        self.registry = _text(leaf, "registry")
        for kind in ("roots", "policy", "issuers"):
            self._version(line, kind, self.registry, 1, _text(leaf, kind))
            content = _shown(line, kind, _text(leaf, kind))
            if kind == "policy":
                self.people.policy = content

    def _stewards_named(self, line: Line, leaf: Leaf, at: datetime) -> None:
        self._version(line, "stewards", self.registry, 1, _text(leaf, "digest"))
        self.people.set_members(REGISTRY, roles_of(_document(line, leaf)), at=at, founding=True)

    def _package_founded(self, line: Line, leaf: Leaf, at: datetime) -> None:
        package = _text(leaf, "package")
        self._version(line, "roster", package, 1, _text(leaf, "digest"))
        self.people.set_members(package, roles_of(_document(line, leaf)), at=at, founding=True)

    def _expectation_bound(self, line: Line, leaf: Leaf, _at: datetime) -> None:
        self._version(line, "expectation", _text(leaf, "package"), 1, _text(leaf, "digest"))
        _document(line, leaf)

    def _package_closed(self, line: Line, leaf: Leaf, _at: datetime) -> None:
        package, number, person = _text(leaf, "package"), _number(leaf), _text(leaf, "person")
        self._version(line, "status", package, number, _text(leaf, "digest"))
        content = _document(line, leaf)
        closed = Closed(
            account=_number(leaf, "account"),
            person=person,
            digest=closing_digest(registry=self.registry, package=package, number=number, content=content),
            factor=_text(leaf, "factor"),
            assertion=self._assertion(line, leaf),
        )
        for flaw, detail in self.decisions.take_closing(package, number, closed):
            self._find(line.index, flaw, detail)
        if content.get("state") not in ("frozen", "quarantined"):
            self._find(line.index, Flaw.ACTIVATED_WITHOUT_TWO, "One person alone only closes.")
        if not any(person in self.people.members.get(scope, {}) for scope in (package, REGISTRY)):
            self._find(line.index, Flaw.VOICE_NOT_ELIGIBLE, f"Person {person}.")

    def _factor_changed(self, _line: Line, leaf: Leaf, at: datetime) -> None:
        if leaf["held_role"] is True:
            self.people.changed_factor[_text(leaf, "person")] = at

    def _key_known(self, _line: Line, leaf: Leaf, _at: datetime) -> None:
        self.decisions.know_key(_number(leaf, "account"), _text(leaf, "credential"), _text(leaf, "public_key"))

    def _key_forgotten(self, _line: Line, leaf: Leaf, _at: datetime) -> None:
        self.decisions.forget_key(_text(leaf, "credential"))

    def _proposed(self, line: Line, leaf: Leaf, _at: datetime) -> None:
        preimage = line.shows.get("preimage")
        if preimage is None:
            raise _Flawed(Flaw.TEXT_MISSING, "What was proposed is not shown.")
        if sha256_hex(PROPOSAL_PREFIX + preimage.encode()) != leaf["proposal_digest"]:
            raise _Flawed(Flaw.TEXT_DIFFERS)
        said = parse_strict(preimage)
        if not isinstance(said, dict) or not isinstance(said["content"], dict) or canonical(said).decode() != preimage:
            raise _Flawed(Flaw.PROPOSAL_DIFFERS, "It is not canonical.")
        named = {name: said[name] for name in ("kind", "object", "proposal", "proposer", "base_digest")}
        if named != {name: leaf[name] for name in named} or said["registry"] != self.registry:
            raise _Flawed(Flaw.PROPOSAL_DIFFERS)
        if sha256_hex(canonical(said["content"])) != leaf["content_digest"]:
            raise _Flawed(Flaw.PROPOSAL_DIFFERS, "Its content is another.")
        if not self._is_before(said["audit_head"], line.index):
            self._find(line.index, Flaw.PROPOSAL_DIFFERS, "It names a head that this log never had.")
        self.decisions.proposed[_text(leaf, "proposal_digest")] = Proposed(
            kind=_text(leaf, "kind"),
            object=_text(leaf, "object"),
            scope=_scope(leaf),
            content=said["content"],
            base=_number(said, "base_version"),
            proposer=_text(leaf, "proposer"),
            expires=_moment(said["expires"]),
        )

    def _is_before(self, head: JsonValue, index: int) -> bool:
        match head:
            case {"index": int() as number, "leaf_hash": str() as leaf_hash}:
                return 0 <= number < min(index, len(self._hashes)) and self._hashes[number].hex() == leaf_hash
        return False

    def _decided(self, line: Line, leaf: Leaf, _at: datetime) -> None:
        decided = Decided(
            number=_number(leaf, "decision"),
            account=_number(leaf, "account"),
            person=_text(leaf, "person"),
            voice=_text(leaf, "voice"),
            digest=_text(leaf, "proposal_digest"),
            factor=_text(leaf, "factor"),
            assertion=self._assertion(line, leaf),
        )
        needs_key = _scope(leaf) == REGISTRY and self.people.policy.get("steward_factor") != "any"
        for flaw, detail in self.decisions.take(decided, needs_key=needs_key):
            self._find(line.index, flaw, detail)

    def _assertion(self, line: Line, leaf: Leaf) -> str | None:
        """Return the kept assertion that a leaf names, where it names one."""
        if leaf["assertion"] is None:
            return None
        assertion = line.shows.get("assertion")
        if assertion is None:
            self._find(line.index, Flaw.TEXT_MISSING, "The security key's assertion is not shown.")
        elif sha256_hex(assertion.encode()) != leaf["assertion"]:
            self._find(line.index, Flaw.TEXT_DIFFERS)
        return assertion

    def _activated(self, line: Line, leaf: Leaf, at: datetime) -> None:
        digest = _text(leaf, "proposal_digest")
        kind, about, number = _text(leaf, "kind"), _text(leaf, "object"), _number(leaf)
        self._version(line, kind, about, number, _text(leaf, "digest"))
        proposed = self.decisions.proposed.get(digest)
        if (
            proposed is None
            or (proposed.kind, proposed.object, proposed.base + 1) != (kind, about, number)
            or sha256_hex(canonical(dict(proposed.content))) != leaf["digest"]
        ):
            raise _Flawed(Flaw.ACTIVATED_WITHOUT_PROPOSAL)
        self._check_voices(line.index, leaf, proposed, at)
        self._apply(proposed, at)

    def _check_voices(self, index: int, leaf: Leaf, proposed: Proposed, at: datetime) -> None:
        digest = _text(leaf, "proposal_digest")
        if self.decisions.is_closed(digest) or proposed.expires <= at:
            self._find(index, Flaw.ACTIVATED_TOO_LATE)
        voices = leaf["voices"]
        named = {voice for voice in voices if isinstance(voice, str)} if isinstance(voices, list) else set()
        agreed = named & self.decisions.agreed(digest)
        if len(agreed) < 2 or agreed != named:
            self._find(index, Flaw.ACTIVATED_WITHOUT_TWO, f"The log has {len(agreed)} of the {len(named)} named.")
        concerned = self.people.concerned(proposed.kind, proposed.object, proposed.scope, proposed.content)
        sides = self.people.sides(proposed.scope, concerned, at=at)
        for person in sorted(named - sides.keys()):
            self._find(index, Flaw.VOICE_NOT_ELIGIBLE, f"Person {person}.")
        own = self.people.members.get(proposed.scope, {}).keys() - concerned
        if proposed.scope != REGISTRY and own and not named & own:
            self._find(index, Flaw.VOICE_NOT_ELIGIBLE, "No maintainer is among them, though there is one.")

    def _apply(self, proposed: Proposed, at: datetime) -> None:
        match proposed.kind:
            case "roster" | "stewards":
                self.people.set_members(proposed.scope, roles_of(proposed.content), at=at, founding=False)
            case "policy":
                self.people.policy = proposed.content
            case "person":
                active = proposed.content.get("state") == "active"
                (self.people.deactivated.discard if active else self.people.deactivated.add)(proposed.object)

    def _version(self, line: Line, kind: str, about: str, number: int, digest: str) -> None:
        if self._latest.get((kind, about), 0) + 1 != number:
            self._find(line.index, Flaw.VERSION_OUT_OF_ORDER)
        self._latest[kind, about] = number
        self.versions[kind, about, number] = digest


def _document(line: Line, leaf: Leaf) -> Mapping[str, JsonValue]:
    return _shown(line, "document", _text(leaf, "digest"))


def _shown(line: Line, name: str, digest: str) -> Mapping[str, JsonValue]:
    text = line.shows.get(name)
    if text is None:
        raise _Flawed(Flaw.TEXT_MISSING, f"The {name} is not shown.")
    if sha256_hex(text.encode()) != digest:
        raise _Flawed(Flaw.TEXT_DIFFERS)
    content = parse_strict(text)
    if not isinstance(content, dict) or canonical(content).decode() != text:
        raise _Flawed(Flaw.TEXT_DIFFERS, "It is not canonical.")
    return content


def _scope(leaf: Leaf) -> str:
    return REGISTRY if leaf["package"] is None else _text(leaf, "package")


def _text(leaf: Leaf, name: str) -> str:
    value = leaf[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")  # noqa: TRY004  told as an unreadable leaf, like what lacks it
    return value


def _number(leaf: Leaf, name: str = "number") -> int:
    value = leaf[name]
    if not isinstance(value, int):
        raise ValueError(f"{name} is no number")  # noqa: TRY004  told as an unreadable leaf, like what lacks it
    return value


def _moment(value: JsonValue) -> datetime:
    return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
