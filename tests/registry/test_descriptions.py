"""A package's description is somebody else's text: shown well, and able to do nothing on a page of this site."""

from __future__ import annotations

import time
from html.parser import HTMLParser
from threading import BoundedSemaphore

import pytest

from registry.descriptions import process, stored
from registry.descriptions.rendering import render
from registry.models import RenderedDescription

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.test/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1) 'y')",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "<iframe src=https://evil.test></iframe>",
    "<object data=x></object><embed src=x><applet>",
    "<form action=/account/tokens/ method=post><input name=scope value=upload><button>x</button></form>",
    "<input type=password name=password autofocus onfocus=alert(1)>",
    "<base href=https://evil.test/>",
    "<meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<link rel=stylesheet href=https://evil.test/x.css>",
    "<style>body{display:none}</style>",
    "<div style='position:fixed;inset:0;background:url(https://evil.test)'>x</div>",
    "<p class='notice notice--success'>confirmed by two people</p>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<title><script>alert(1)</script></title>",
    "<p id=content>x</p><a id=site-search name=q>y</a>",
    "<a href=//evil.test/x>x</a>",
    "<a href=/accounts/logout/>x</a>",
    '```"><script>alert(1)</script>\nx\n```',
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<x onclick=alert(1) tabindex=0>x</x>",
    "\x00<scr\x00ipt>alert(1)</script>",
    ".. raw:: html\n\n   <script>alert(1)</script>",
    ".. include:: /etc/passwd",
    ".. csv-table:: x\n   :file: /etc/passwd",
    "`x <javascript:alert(1)>`_",
    ".. image:: javascript:alert(1)\n   :target: javascript:alert(1)",
    ".. image:: https://evil.test/track.png",
    ".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`<script>alert(1)</script>`",
    ".. |x| replace:: <script>alert(1)</script>\n\n|x|",
]
TYPES = ["text/markdown", "text/markdown; variant=CommonMark", "text/x-rst"]

TAGS = {
    *("a", "abbr", "acronym", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del"),
    *("details", "div", "dl", "dt", "em", "h3", "h4", "h5", "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "span"),
    *("strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "tt", "ul", "var"),
}
ATTRIBUTES = {"href", "title", "colspan", "rowspan", "start", "id", "rel"}


class Looking(HTMLParser):
    """Notes whatever a browser would make of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize("content_type", TYPES)
def test_a_description_cannot_script(content_type: str) -> None:
    """No element, attribute or address that could run, load, send or look like the page's own, in any of the types."""
    for attack in ATTACKS:
        for text in (attack, f"# Title\n\n- {attack}\n\n> {attack}", f"Title\n=====\n\n{attack}\n"):
            found = Looking(render(text, content_type) or "")
            assert set(found.tags) <= TAGS, text
            assert {name for name, _ in found.attributes} <= ATTRIBUTES, text
            for name, value in found.attributes:
                if name == "href":
                    assert value.startswith(("https://", "http://", "mailto:", "#description-")), text
                if name == "id":
                    assert value.startswith("description-"), text
            assert "root:" not in "".join(found.rawdata), text


def test_markdown_as_people_write_it() -> None:
    """Headings below the page's own, tables, code, links, and a picture as a link with its text."""
    html = render(
        "# Widget\n\nIt **works**.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n\n"
        "![a badge](https://x.test/b.svg) [![built](https://x.test/c.svg)](https://y.test/) [here](#widget)\n\n- [x] done\n",
        "text/markdown; charset=UTF-8; variant=GFM",
    )
    assert html is not None
    assert "<strong>works</strong>" in html
    assert '<h3 id="description-user-content-widget">' in html
    assert "<table>" in html
    assert "<pre>" in html
    assert '<a href="https://x.test/b.svg" rel="nofollow">a badge</a>' in html
    assert '<a href="https://y.test/" rel="nofollow">built</a>' in html
    assert '<a href="#description-user-content-widget" rel="nofollow">here</a>' in html
    assert "[x]" in html


def test_restructured_text_is_what_an_absent_type_is() -> None:
    """Core metadata: without the field, it is to be assumed reStructuredText, and text where it is not."""
    html = render("Widget\n======\n\nIt *works*.\n", "")
    assert html is not None
    assert "<em>works</em>" in html
    assert render("Widget\n===\n\nbroken ``markup\n\n.. nothing::", "") is None


@pytest.mark.parametrize("content_type", ["text/plain", "text/plain; charset=UTF-8", "text/html", "x; y=\u00fc"])
def test_other_types_are_text(content_type: str) -> None:
    """Plain text is shown as it is written."""
    assert render("# <b>", content_type) is None


@pytest.mark.django_db
def test_text_is_escaped_and_nothing_is_rendered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rendered once, kept; what is plain text stays so."""
    assert stored.shown("<script>", "text/plain") == '<pre class="wrapped">&lt;script&gt;</pre>'
    first = stored.shown("*x*", "text/markdown")
    assert first == "<p><em>x</em></p>\n"
    monkeypatch.setattr(stored, "render", lambda *_: pytest.fail("it was rendered before"))
    assert stored.shown("*x*", "text/markdown") == first
    assert stored.shown("<script>", "text/plain").startswith("<pre")
    assert RenderedDescription.objects.count() == 2


@pytest.mark.django_db
def test_a_description_that_takes_for_ever_is_shown_as_text() -> None:
    """A sanitiser is busy for hours with nested block quotes: the process that renders has an end."""
    began = time.monotonic()
    assert stored.shown(">" * 100_000, "text/markdown").startswith("<pre")
    assert time.monotonic() - began < process.SECONDS + 10


@pytest.mark.django_db
def test_what_a_busy_machine_did_not_finish_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shown as text meanwhile, and nothing is kept of that."""
    monkeypatch.setattr(process, "SECONDS", 0.001)
    assert stored.shown("*x*", "text/markdown").startswith("<pre")
    assert not RenderedDescription.objects.exists()


@pytest.mark.django_db
def test_no_more_than_two_are_rendered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat: many hostile descriptions are asked for at the same moment, and each takes a gigabyte of the machine's memory."""
    monkeypatch.setattr(process, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(process, "_AT_ONCE", BoundedSemaphore(2))
    with process._AT_ONCE, process._AT_ONCE:
        assert stored.shown("*x*", "text/markdown").startswith("<pre")
    assert not RenderedDescription.objects.exists()
    assert "<em>x</em>" in stored.shown("*x*", "text/markdown")
    for _ in range(3):
        assert process.render("\ud800", "text/markdown") is None
    assert "<em>y</em>" in stored.shown("*y*", "text/markdown")


@pytest.mark.parametrize("text", ["", "x" * (process.LONGEST + 1), "\ud800"], ids=["none", "too long", "a surrogate"])
def test_what_is_not_rendered(text: str) -> None:
    """Too long, none at all, or no text."""
    assert process.render(text, "text/markdown") is None
