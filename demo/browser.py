"""A browser without a screen: it keeps cookies, reads pages, and sends their forms as they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


@dataclass
class Form:
    """A form of a page: where it goes, and what it holds before anybody types."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser shows: the address, the status, the words without tags, the source and the forms."""

    url: str
    status: int
    source: str
    words: str
    forms: tuple[Form, ...]

    def form(self, ending: str) -> Form:
        """Return the form whose action ends so. Raises LookupError where the page does not offer it."""
        for form in self.forms:
            if form.action.endswith(ending):
                return form
        raise LookupError(f"{self.url} ({self.status}) offers no form to {ending}: {self.words[:300]}")

    def form_with(self, **fields: str) -> Form:
        """Return the form that already holds these values. Raises LookupError where the page does not offer it."""
        for form in self.forms:
            if fields.items() <= form.fields.items():
                return form
        raise LookupError(f"{self.url} ({self.status}) offers no form with {fields}: {self.words[:300]}")


class Browser:
    """A session with the registry at ``base``."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str) -> Page:
        """Open an address of the registry."""
        return _page(self._session.get(urljoin(self._base, path), timeout=30))

    def submit(self, page: Page, form: Form, **typed: str) -> Page:
        """Send a form of a page with what was typed into it, and return where that leads."""
        address = urljoin(page.url, form.action or page.url)
        data = {**form.fields, **typed}
        return _page(self._session.post(address, data=data, headers={"Referer": page.url}, timeout=30))


def _page(response: requests.Response) -> Page:
    reader = _Reader()
    reader.feed(response.text)
    words = " ".join("".join(reader.words).split())
    return Page(response.url, response.status_code, response.text, words, tuple(reader.forms))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.forms: list[Form] = []
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag in ("input", "button") and self.forms and given.get("name"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "textarea" and self.forms:
            self._textarea = given.get("name", "")
            self.forms[-1].fields[self._textarea] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self.forms[-1].fields[self._textarea] += data
        self.words.append(f"{data} ")
