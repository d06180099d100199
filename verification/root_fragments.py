"""A roots document put together from fragments: what was fetched, what an operator adds, what is shipped."""

from __future__ import annotations

from collections.abc import Sequence

from verification import pointer
from verification.canonical import JsonValue
from verification.document_reader import DocumentReader
from verification.parameters import DocumentInvalid
from verification.sigstore_adapter import Transparency

SCHEMA = 1
_NAMED = ("sigstore", "keys")
_DENIED = "denied"


def instance_fragment(name: str, trusted_root: JsonValue, transparency: Transparency = Transparency.LOG) -> JsonValue:
    """Return the fragment that adds a Sigstore instance under a name. That it has a log, which is usual, is not spelled out."""
    said: dict[str, JsonValue] = {} if transparency is Transparency.LOG else {"transparency": transparency.value}
    return {"sigstore": {name: {"trusted_root": trusted_root, **said}}}


def assemble(fragments: Sequence[JsonValue]) -> JsonValue:
    """Return the document that the fragments make together; whether it is valid is ``parse_roots``'s to say.

    A fragment has any of the document's members. Builders keep the order of the fragments, for the first that fits
    counts; what two fragments deny is denied together. Raises DocumentInvalid where one is no object, has another
    member, or gives a name that another has given; the place is that of the fragment's number and member.
    """
    reader = _FragmentReader()
    for number, fragment in enumerate(fragments):
        reader.add(fragment, f"/{number}")
    if reader.problems:
        raise DocumentInvalid(tuple(reader.problems))
    return reader.document()


class _FragmentReader(DocumentReader):
    def __init__(self) -> None:
        super().__init__()
        self._named: dict[str, dict[str, JsonValue]] = {member: {} for member in _NAMED}
        self._builders: list[JsonValue] = []
        self._denied: dict[str, list[JsonValue]] = {}

    def add(self, value: JsonValue, where: str) -> None:
        found = self._object(value, where, (), ("schema", *_NAMED, "builders", _DENIED))
        if found.get("schema", SCHEMA) is not SCHEMA:
            self._problem(f"{where}/schema", f"The schema is {SCHEMA}.")
        for member in _NAMED:
            self._add_named(member, found.get(member, {}), f"{where}/{member}")
        match found.get("builders", []):
            case list() as builders:
                self._builders += builders
            case _:
                self._problem(f"{where}/builders", "This is a list of builders.")
        self._add_denied(found.get(_DENIED, {}), f"{where}/{_DENIED}")

    def document(self) -> JsonValue:
        document: dict[str, JsonValue] = {"schema": SCHEMA, **self._named, "builders": self._builders}
        return {**document, _DENIED: {**self._denied}} if self._denied else document

    def _add_named(self, member: str, value: JsonValue, where: str) -> None:
        if not isinstance(value, dict):
            self._problem(where, "This is an object of entries by their names.")
            return
        entries = self._named[member]
        for name, entry in value.items():
            if name in entries:
                self._problem(where + pointer.to_text((name,)), "Another fragment has given this name already.")
            entries[name] = entry

    def _add_denied(self, value: JsonValue, where: str) -> None:
        if not isinstance(value, dict) or not all(isinstance(items, list) for items in value.values()):
            self._problem(where, "This is an object of lists.")
            return
        for kind, items in value.items():
            known = self._denied.setdefault(kind, [])
            assert isinstance(items, list)
            known += [item for item in items if item not in known]
