"""What a browser sends of a page's form: every field as the page filled it in."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._select = self._area = ""
        self._chosen: list[str] = []
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select, self._chosen = name, []
        elif tag == "option" and (not self._chosen or "selected" in found):
            # The first stands where none is selected.
            self._chosen = [value]
        elif tag == "input" and name and (found.get("type") not in ("checkbox", "radio") or "checked" in found):
            self.fields.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.fields.setdefault(self._area, []).append(self._text.removeprefix("\n"))
        elif tag == "select":
            self.fields.setdefault(self._select, []).extend(self._chosen)


def fields_of(page: str) -> dict[str, list[str]]:
    """Return the fields of all forms of a page as they would be sent untouched, without buttons."""
    reader = _Reader()
    reader.feed(page)
    return reader.fields
