"""Reading the roots document, schema 1: everything that is wrong with it, each with its place.

docs/roots.md tells its members. What is not written down there is refused: a misspelt ``distrusted_from`` that is
passed over would go on trusting.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from verification import pointer
from verification.canonical import JsonValue
from verification.document_reader import DocumentReader
from verification.envelope import PublicKey, is_supported
from verification.sigstore_adapter import SigstoreInstance, Transparency
from verification.trusted_builder import (
    BELOW,
    OWN_IDENTITY,
    Denied,
    Period,
    SignerPattern,
    TrustedBuilder,
    TrustedKey,
)

SCHEMA = 1

MAX_BYTES = 1024 * 1024
"""Largest document. An instance's trusted root has some ten KiB."""

MAX_INSTANCES = 16
"""Most Sigstore instances; each is asked in turn whose certificate it is."""

MAX_KEYS = 64
"""Most keys."""

MAX_KEYS_WITHOUT_ID = 8
"""Most keys that any signature may be by: each of 4 signatures of each of 16 attestations is tried under every one."""

MAX_TOLD = 300
"""Longest part that is told of what a library says of a trusted root."""

_PERIOD = ("valid_from", "distrusted_from")
_BUILDER = ("name", "signer", "speaks_for", "level", "level_document", "review_by")
_DENIED = ("runs", "commits", "artifacts", "builders")

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RUN = re.compile(r"[^*]+")
_BUILDERS = re.compile(r"[^*]*[/@]\*\*|[^*]*(?:\*[^*]+)*\*?")
_NO_SIGNER = SignerPattern()
_NO_BUILDERS: tuple[TrustedBuilder | None, ...] = ()
_NO_TEXTS: tuple[str, ...] = ()

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class RootParts:
    """What a roots document says."""

    instances: dict[str, SigstoreInstance]
    instance_periods: dict[str, Period]
    keys: dict[str, TrustedKey]
    builders: tuple[TrustedBuilder, ...]
    denied: Denied


def load_instance(
    name: str, trusted_root: dict[str, JsonValue], transparency: Transparency = Transparency.LOG
) -> SigstoreInstance:
    """Return a Sigstore instance. Raises ValueError, its message one line, for a trusted root that cannot be used."""
    try:
        return SigstoreInstance(name, trusted_root, transparency)
    except ValueError as error:
        # The libraries tell over several lines what they miss.
        raise ValueError(f"{' '.join(str(error).split())[:MAX_TOLD]}.") from error


class RootReader(DocumentReader):
    """Reads the parts of a roots document; ``problems`` has what is wrong with them."""

    def document(self, value: JsonValue) -> RootParts:
        """Return what the document says; of parts with a problem, nothing that could be used."""
        found = self._object(value, "", ("schema", "sigstore", "keys", "builders"), ("denied",))
        self._at(found, "schema", "", self._schema, None)
        instances = self._entries(found, "sigstore", self._instance, MAX_INSTANCES)
        self._refuse_shared_authorities([instance for instance, _ in instances.values()])
        keys = self._entries(found, "keys", self._key, MAX_KEYS)
        self._refuse_same_keys(keys)
        self._refuse_many_without_id(keys)
        builders = self._at(found, "builders", "", self._builders, _NO_BUILDERS)
        self._refuse_unknown_signers(builders, found)
        denied = self._at(found, "denied", "", self._denied, Denied())
        return RootParts(
            {name: instance for name, (instance, _) in instances.items()},
            {name: period for name, (_, period) in instances.items()},
            keys,
            tuple(builder for builder in builders if builder is not None),
            denied,
        )

    def _schema(self, value: JsonValue, where: str) -> None:
        if type(value) is not int or value != SCHEMA:
            self._problem(where, f"The schema is {SCHEMA}.")

    def _entries(
        self, found: dict[str, JsonValue], key: str, read: Callable[[str, JsonValue, str], _Entry | None], most: int
    ) -> dict[str, _Entry]:
        """Return the entries of an object from names to entries, without those that cannot be read."""
        value = found.get(key, {})
        if not isinstance(value, dict) or len(value) > most:
            self._problem(f"/{key}", f"This is an object of at most {most} entries by their names.")
            return {}
        entries = {}
        for name, item in value.items():
            where = f"/{key}{pointer.to_text((name,))}"
            entry = read(self._name(name, where), item, where)
            if entry is not None:
                entries[name] = entry
        return entries

    def _instance(self, name: str, value: JsonValue, where: str) -> tuple[SigstoreInstance, Period] | None:
        found = self._object(value, where, ("trusted_root",), ("transparency", *_PERIOD))
        period = self._period(found, where)
        transparency = self._at(found, "transparency", where, self._transparency, None) or Transparency.LOG
        root = found.get("trusted_root", {})
        if not isinstance(root, dict):
            self._problem(f"{where}/trusted_root", "This is a Sigstore trusted root: an object.")
        elif "trusted_root" in found:
            try:
                return load_instance(name, root, transparency), period
            except ValueError as error:
                self._problem(f"{where}/trusted_root", str(error))
        return None

    def _transparency(self, value: JsonValue, where: str) -> Transparency | None:
        return self._word(Transparency, value, where)

    def _refuse_shared_authorities(self, instances: list[SigstoreInstance]) -> None:
        """What an instance's log has never seen would pass by way of the other, which asks for none."""
        logged = [instance for instance in instances if instance.has_log]
        for instance in (instance for instance in instances if not instance.has_log):
            for other in logged:
                if other.issuers & instance.issuers:
                    where = f"/sigstore{pointer.to_text((instance.name,))}/trusted_root"
                    self._problem(
                        where, f"This has no log, and shares a certificate authority with {other.name}, which has one."
                    )

    def _key(self, _name: str, value: JsonValue, where: str) -> TrustedKey | None:
        found = self._object(value, where, ("pem",), ("pae", "keyid", *_PERIOD))
        public = self._at(found, "pem", where, self._pem, None)
        pae = self._at(found, "pae", where, self._pae, True)
        keyid = self._at(found, "keyid", where, self._text, None)
        period = self._period(found, where)
        return TrustedKey(public, pae, keyid, period) if public is not None else None

    def _pem(self, value: JsonValue, where: str) -> PublicKey | None:
        text = value if isinstance(value, str) else ""
        try:
            # Of several keys one reader takes the first, and the person who agrees to the document may look at another.
            key = load_pem_public_key(text.encode()) if text.count("-----BEGIN ") == 1 else None
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if is_supported(key):
            return key
        self._problem(
            where, "This is the PEM of a public key: ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits or more."
        )
        return None

    def _pae(self, value: JsonValue, where: str) -> bool:
        if type(value) is bool:
            return value
        self._problem(where, "pae is true or false: whether this key signs DSSE's PAE or the payload alone.")
        return True

    def _refuse_same_keys(self, keys: dict[str, TrustedKey]) -> None:
        """One key under two names would stay trusted under the one when the other is distrusted."""
        names: dict[bytes, str] = {}
        for name, key in keys.items():
            first = names.setdefault(key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), name)
            if first != name:
                self._problem(f"/keys{pointer.to_text((name,))}/pem", f"This is the key {first} once more.")

    def _refuse_many_without_id(self, keys: dict[str, TrustedKey]) -> None:
        if sum(key.keyid is None for key in keys.values()) > MAX_KEYS_WITHOUT_ID:
            told = (
                f"At most {MAX_KEYS_WITHOUT_ID} keys are without a keyid: any signature is tried under each of those."
            )
            self._problem("/keys", told)

    def _builders(self, value: JsonValue, where: str) -> tuple[TrustedBuilder | None, ...]:
        builders = tuple(self._builder(item, f"{where}/{index}") for index, item in enumerate(self._list(value, where)))
        names = [builder.name if builder else "" for builder in builders]
        for index, name in enumerate(names):
            if name and name in names[:index]:
                self._problem(f"{where}/{index}/name", "Another builder has this name already.")
        return builders

    def _builder(self, value: JsonValue, where: str) -> TrustedBuilder | None:
        found = self._object(value, where, _BUILDER, (*_PERIOD, "denied"))
        review_by = self._at(found, "review_by", where, self._date, None)
        builder = TrustedBuilder(
            name=self._at(found, "name", where, self._name, ""),
            signer=self._at(found, "signer", where, self._signer, _NO_SIGNER),
            speaks_for=self._at(found, "speaks_for", where, self._speaks_for, _NO_TEXTS),
            level=self._at(found, "level", where, self._level, 1),
            level_document=self._at(found, "level_document", where, self._uri, ""),
            review_by=review_by or date.min,
            period=self._period(found, where),
            denied=self._at(found, "denied", where, self._denied, Denied()),
        )
        return builder if isinstance(value, dict) else None

    def _signer(self, value: JsonValue, where: str) -> SignerPattern:
        if isinstance(value, dict) and ("key" in value or "keys" in value):
            found = self._object(value, where, ("keys",) if "keys" in value else ("key",))
            one = self._at(found, "key", where, self._text, "")
            return SignerPattern(keys=(one,) if one else self._at(found, "keys", where, self._texts, _NO_TEXTS))
        found = self._object(value, where, ("sigstore", "issuer", "identity"), ("identity_ref",))
        return SignerPattern(
            sigstore=self._at(found, "sigstore", where, self._text, ""),
            issuer=self._at(found, "issuer", where, self._text, ""),
            identity=self._at(found, "identity", where, self._identity, ""),
            identity_ref=self._at(found, "identity_ref", where, self._text, None),
        )

    def _identity(self, value: JsonValue, where: str) -> str:
        text = self._text(value, where)
        if "**" in text.removesuffix(BELOW):
            self._problem(where, "** of an identity stands at its end, after a /.")
        return text

    def _texts(self, value: JsonValue, where: str) -> tuple[str, ...]:
        items = self._distinct_list(value, where)
        return tuple(self._text(item, f"{where}/{index}") for index, item in enumerate(items))

    def _speaks_for(self, value: JsonValue, where: str) -> tuple[str, ...]:
        ids = self._texts(value, where)
        for index, named in enumerate(ids):
            if named != OWN_IDENTITY and ("**" in named or named.startswith("*")):
                self._problem(f"{where}/{index}", "A glob begins with literal text, and its * stands alone.")
        return ids

    def _refuse_unknown_signers(self, builders: tuple[TrustedBuilder | None, ...], found: dict[str, JsonValue]) -> None:
        """Held against the names alone, so that an instance that is there but cannot be read is told once."""
        instances, keys = found.get("sigstore"), found.get("keys")
        for index, builder in enumerate(builders):
            signer = builder.signer if builder is not None else _NO_SIGNER
            where = f"/builders/{index}/signer"
            if isinstance(instances, dict) and signer.sigstore and signer.sigstore not in instances:
                self._problem(f"{where}/sigstore", "This document has no Sigstore instance of this name.")
            if isinstance(keys, dict) and any(key not in keys for key in signer.keys if key):
                self._problem(where, "This document has no key of this name.")

    def _period(self, found: dict[str, JsonValue], where: str) -> Period:
        start, end = (self._at(found, key, where, self._moment, None) for key in _PERIOD)
        if start is not None and end is not None and end <= start:
            self._problem(f"{where}/distrusted_from", "This comes after valid_from.")
        return Period(start, end)

    def _moment(self, value: JsonValue, where: str) -> datetime | None:
        text = value if isinstance(value, str) else ""
        try:
            moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            moment = None
        # strptime takes one digit where two belong, and digits of any script.
        if moment is not None and f"{moment.isoformat().removesuffix('+00:00')}Z" == text:
            return moment
        self._problem(where, "This is a moment in UTC, as 2026-01-31T12:00:00Z.")
        return None

    def _date(self, value: JsonValue, where: str) -> date | None:
        text = value if isinstance(value, str) else ""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        # fromisoformat also takes 20260131 and a week's day.
        if day is not None and day.isoformat() == text:
            return day
        self._problem(where, "This is a day, as 2026-01-31.")
        return None

    def _denied(self, value: JsonValue, where: str) -> Denied:
        found = self._object(value, where, (), _DENIED)
        if isinstance(value, dict) and not found:
            self._problem(where, f"This denies something: {', '.join(_DENIED)}.")
        lists = {key: self._at(found, key, where, self._texts, _NO_TEXTS) for key in _DENIED}
        self._refuse_unlike(
            lists["commits"], f"{where}/commits", _COMMIT, "This is a commit: 40 or 64 lower-case hex digits."
        )
        self._refuse_unlike(
            lists["artifacts"], f"{where}/artifacts", _SHA256, "This is a SHA-256: 64 lower-case hex digits."
        )
        self._refuse_unlike(
            lists["runs"], f"{where}/runs", _RUN, "This is a run, or an address above it; a * stands for nothing here."
        )
        sentence = (
            "This is a builder or signer, or a glob of them; ** stands at the end, after / or @, with no other *."
        )
        self._refuse_unlike(lists["builders"], f"{where}/builders", _BUILDERS, sentence)
        return Denied(**lists)

    def _refuse_unlike(self, items: tuple[str, ...], where: str, wanted: re.Pattern[str], sentence: str) -> None:
        """A commit in upper case, say, or a glob that hopes to cross a ``/``, would never be hit."""
        for index, item in enumerate(items):
            if item and not wanted.fullmatch(item):
                self._problem(f"{where}/{index}", sentence)
