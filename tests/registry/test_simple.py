"""The simple index, clause by clause (PEP 503, 629, 658, 691, 700, 714, 740, 792)."""

from __future__ import annotations

import hashlib
import json
import uuid
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from registry.models import Evidence, Package, VerdictRecord
from tests.support.rows import METADATA, Signing, accept, new_package

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
WHEEL, SDIST = "widget-1.0-py3-none-any.whl", "widget-1.0.tar.gz"
BASE = "http://127.0.0.1:8000"

pytestmark = pytest.mark.django_db


class _Page(HTMLParser):
    """What a client reads out of the HTML form: links with their attributes and text, and meta tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.texts: list[str] = []
        self.meta: dict[str | None, str | None] = {}
        self._in_link = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            self.meta[dict(attrs)["name"]] = dict(attrs)["content"]
        if tag == "a":
            self.links.append(dict(attrs))
        self._in_link = tag == "a"

    def handle_data(self, data: str) -> None:
        if self._in_link:
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_link = False


@pytest.fixture
def package() -> Package:
    return new_package("Widget")


def _offer(signing: Signing, package: Package, filename: str = WHEEL, **options: Any) -> str:
    """Let a file in and return its SHA-256."""
    content = filename.encode()
    file = accept(package, filename, content, [signing.provenance(filename, content)], roots=signing.roots, **options)
    return file.sha256


def _json(client: Client, path: str) -> Any:
    response = client.get(path, headers={"Accept": JSON})
    assert response.status_code == 200
    return json.loads(response.content)


def _html(client: Client, path: str) -> _Page:
    return _Page(client.get(path, headers={"Accept": "text/html"}).content.decode())


@pytest.mark.parametrize(
    ("accept_header", "media_type"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/*", "text/html"),
        (JSON, JSON),
        (HTML, HTML),
        (f"{JSON}, {HTML};q=0.2, text/html;q=0.01", JSON),
        (f"{JSON};q=0.1, text/html", "text/html"),
        (f"text/html;q=0, {JSON};q=0.5, */*;q=0.1", JSON),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "text/html"),
        ("APPLICATION/VND.PYPI.SIMPLE.V1+JSON", JSON),
    ],
)
@pytest.mark.parametrize("path", ["/simple/", "/simple/widget/"])
def test_the_client_chooses_the_form(
    client: Client, package: Package, path: str, accept_header: str | None, media_type: str
) -> None:
    """PEP 691: the server selects one of the listed content types, and takes no Accept header for ``*/*``."""
    response = client.get(path, headers={} if accept_header is None else {"Accept": accept_header})
    assert response.status_code == 200
    assert response.headers["Content-Type"].partition(";")[0] == media_type
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("path", ["/simple/", "/simple/widget/"])
@pytest.mark.parametrize(
    "accept_header",
    [
        "application/json",
        "image/*",
        "nonsense",
        "application/vnd.pypi.simple.v2+json",
        f"{JSON};q=0",
        "text/html;q=0.000, application/*;q=0",
    ],
)
def test_no_form_that_is_taken_is_406(client: Client, package: Package, path: str, accept_header: str) -> None:
    """PEP 691: a 406 response indicates that none of the requested content types were available."""
    response = client.get(path, headers={"Accept": accept_header})
    assert response.status_code == 406
    assert "Accept" in response.headers["Vary"]
    assert JSON in json.loads(response.content)["message"]


@pytest.mark.parametrize(
    "accept_header", ["text/html; q*=nowhere''1", "text/html;q=nan", ";;;,,,", "text/html;" + "x=1;" * 5000, "/;q=;q"]
)
def test_a_malformed_accept_never_breaks_the_page(client: Client, package: Package, accept_header: str) -> None:
    """Threat: one header turns the index into errors."""
    assert client.get("/simple/widget/", headers={"Accept": accept_header}).status_code in (200, 406)


def _evidence() -> str:
    """Return the digest of the only evidence there is."""
    return Evidence.objects.get().pk


def test_files_in_json(client: Client, package: Package, signing: Signing) -> None:
    """PEP 691, 700, 714, 740, 792: the keys of a project page and of a file in it."""
    sha256 = _offer(signing, package, requires_python=">=3.11")
    page = _json(client, "/simple/widget/")
    (file,) = page["files"]
    digest = {"sha256": hashlib.sha256(METADATA).hexdigest()}
    upload_time = file.pop("upload-time")
    assert file == {
        "filename": WHEEL,
        "url": f"{BASE}/files/{sha256[:2]}/{sha256}/{WHEEL}",
        "hashes": {"sha256": sha256},
        "requires-python": ">=3.11",
        "size": len(WHEEL),
        "yanked": False,
        "core-metadata": digest,
        "data-dist-info-metadata": digest,
        "provenance": f"{BASE}/integrity/widget/1.0/{WHEEL}/provenance",
        "_sluicegate": {
            "verdict": f"{BASE}/integrity/widget/1.0/{WHEEL}/verdict",
            "expectation": f"{BASE}/integrity/widget/1.0/{WHEEL}/expectation",
            "evidence": [f"{BASE}/integrity/widget/1.0/{WHEEL}/evidence/{_evidence()}"],
        },
    }
    assert len(upload_time) == len("2026-01-01T00:00:00.000000Z")
    assert upload_time[19] == "."
    assert upload_time.endswith("Z")
    del page["files"]
    assert page == {
        "meta": {"api-version": "1.4"},
        "project-status": {"status": "active"},
        "name": "widget",
        "versions": ["1.0"],
    }


def test_files_in_html(client: Client, package: Package, signing: Signing) -> None:
    """PEP 503, 629, 658, 714, 740, 792: the attributes of a link and the meta tags."""
    sha256 = _offer(signing, package, requires_python=">=3.11,<4")
    page = _html(client, "/simple/widget/")
    digest = f"sha256={hashlib.sha256(METADATA).hexdigest()}"
    assert page.texts == [WHEEL]
    assert page.links == [
        {
            "href": f"{BASE}/files/{sha256[:2]}/{sha256}/{WHEEL}#sha256={sha256}",
            "data-requires-python": ">=3.11,<4",
            "data-core-metadata": digest,
            "data-dist-info-metadata": digest,
            "data-provenance": f"{BASE}/integrity/widget/1.0/{WHEEL}/provenance",
        }
    ]
    assert page.meta == {"pypi:repository-version": "1.4", "pypi:project-status": "active"}


def test_html_is_escaped(client: Client, package: Package, signing: Signing) -> None:
    """PEP 503: in the attribute value, < and > have to be HTML encoded."""
    _offer(signing, package, requires_python='>=3"><script>alert(1)</script>')
    text = client.get("/simple/widget/").content.decode()
    assert "<script>" not in text
    assert 'data-requires-python="&gt;=3&quot;&gt;&lt;script&gt;' in text


def test_the_address_is_absolute_and_not_the_clients_to_choose(
    client: Client, package: Package, signing: Signing
) -> None:
    """Threat: a forged Host header puts an attacker's address into a page that a cache keeps."""
    _offer(signing, package)
    response = client.get("/simple/widget/", headers={"Accept": JSON, "Host": "localhost"})
    assert json.loads(response.content)["files"][0]["url"].startswith(f"{BASE}/files/")


def test_an_sdist_offers_no_core_metadata(client: Client, package: Package, signing: Signing) -> None:
    """PEP 658: offered metadata is not modified when the distribution is processed; an sdist's may be."""
    _offer(signing, package, SDIST)
    (file,) = _json(client, "/simple/widget/")["files"]
    assert file["core-metadata"] is False
    assert file["data-dist-info-metadata"] is False
    (link,) = _html(client, "/simple/widget/").links
    assert "data-core-metadata" not in link
    assert "requires-python" not in file


def test_a_file_is_offered_from_the_moment_that_its_blob_is_safe(
    client: Client, package: Package, signing: Signing
) -> None:
    """Design, "An upload, and what a crash leaves": no file is ever visible whose blob or verdict is missing."""
    _offer(signing, package, visible=False)
    page = _json(client, "/simple/widget/")
    assert page["files"] == []
    assert page["versions"] == []
    assert _html(client, "/simple/widget/").links == []


def test_a_file_of_a_refused_verdict_is_never_offered(client: Client, package: Package, signing: Signing) -> None:
    """Threat: a row is written past the gate, with the verdict that refused it."""
    file = accept(package, SDIST, b"sdist", [signing.provenance(SDIST, b"sdist")], roots=signing.roots)
    verdict = VerdictRecord.objects.get(pk=file.verdict_id)
    verdict.pk, verdict.result = uuid.uuid4(), VerdictRecord.Result.REFUSED
    verdict.save(force_insert=True)
    file.pk, file.filename, file.identity, file.verdict = uuid.uuid4(), WHEEL, "0" * 64, verdict
    file.save(force_insert=True)
    assert [entry["filename"] for entry in _json(client, "/simple/widget/")["files"]] == [SDIST]
    assert client.get(f"/integrity/widget/1.0/{WHEEL}/verdict").status_code == 404
    assert client.get(f"/files/{file.sha256[:2]}/{file.sha256}/{WHEEL}.metadata").status_code == 404


def test_provenance_without_a_form_in_pep_740_is_not_linked(client: Client, package: Package, signing: Signing) -> None:
    """PEP 740: the link leads to a provenance object, or there is none."""
    bundle = signing.bundle(WHEEL, b"wheel", log="rekor-v2")
    accept(package, WHEEL, b"wheel", [bundle], roots=signing.roots)
    (file,) = _json(client, "/simple/widget/")["files"]
    assert file["provenance"] is None
    (link,) = _html(client, "/simple/widget/").links
    assert "data-provenance" not in link


def test_versions_are_each_listed_once(client: Client, package: Package, signing: Signing) -> None:
    """PEP 700: all versions uploaded, without duplicates; in PEP 440's order here."""
    for version in ("1.10", "1.9", "1.10rc1"):
        filename = f"widget-{version}.tar.gz"
        identity = signing.release_of(version)
        evidence = signing.provenance(filename, b"sdist", identity)
        accept(package, filename, b"sdist", [evidence], roots=signing.roots, version=version)
    wheel = "widget-1.9-py3-none-any.whl"
    evidence = signing.provenance(wheel, b"wheel", signing.release_of("1.9"))
    accept(package, wheel, b"wheel", [evidence], roots=signing.roots, version="1.9")
    assert _json(client, "/simple/widget/")["versions"] == ["1.9", "1.10rc1", "1.10"]


def test_root_lists_every_package(client: Client, package: Package) -> None:
    """PEP 503 and 691: one entry per project; the anchor's text is its name, the href its URL."""
    new_package("gadget")
    assert _json(client, "/simple/") == {
        "meta": {"api-version": "1.4"},
        "projects": [{"name": "gadget"}, {"name": "Widget"}],
    }
    page = _html(client, "/simple/")
    assert page.texts == ["gadget", "Widget"]
    assert [link["href"] for link in page.links] == ["/simple/gadget/", "/simple/widget/"]
    assert page.meta == {"pypi:repository-version": "1.4"}


@pytest.mark.parametrize("name", ["Widget", "WIDGET", "wid.get", "wid__get", "wid-_.get"])
def test_other_spellings_redirect(client: Client, name: str) -> None:
    """PEP 503: repositories may redirect unnormalised URLs to the normalised one."""
    response = client.get(f"/simple/{name}/?format=x")
    assert response.status_code == 301
    normalised = "widget" if name.lower() == "widget" else "wid-get"
    assert response.headers["Location"] == f"/simple/{normalised}/?format=x"
    assert "Accept" in response.headers["Vary"]


def test_a_missing_slash_is_added(client: Client, package: Package) -> None:
    """PEP 503: the repository should redirect the URLs without a / to add one."""
    response = client.get("/simple/widget")
    assert response.status_code == 301
    assert response.headers["Location"] == "/simple/widget/"


@pytest.mark.parametrize(
    "name", ["unknown", "-", "a b", "%00", "widget%00", "%2e%2e", "W%C3%AFdget", "%E2%84%AA", "x" * 3000]
)
def test_unknown_and_impossible_names_are_404(client: Client, package: Package, name: str) -> None:
    """PEP 691: clients tell by 404 that there is no such project; in the form that they read."""
    response = client.get(f"/simple/{name}/", headers={"Accept": JSON})
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"
    response = client.get(f"/simple/{name}/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Accept" in response.headers["Vary"]


def test_an_unchanged_page_is_not_sent_again(client: Client, package: Package, signing: Signing) -> None:
    """RFC 9110, 15.4.5: 304 without a body, with the headers that a cache needs; a change makes another ETag."""
    first = client.get("/simple/widget/", headers={"Accept": JSON})
    etag = first.headers["ETag"]
    again = client.get("/simple/widget/", headers={"Accept": JSON, "If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "max-age=0, must-revalidate"
    assert "Accept" in again.headers["Vary"]
    _offer(signing, package)
    changed = client.get("/simple/widget/", headers={"Accept": JSON, "If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_each_form_has_its_own_etag(client: Client, package: Package) -> None:
    """RFC 9110, 8.8.3.3: representations that differ in their type must not share a strong ETag."""
    etags = {client.get("/simple/", headers={"Accept": form}).headers["ETag"] for form in (JSON, HTML, "text/html")}
    assert len(etags) == 3


@pytest.mark.parametrize("path", ["/simple/", "/simple/widget/"])
def test_nothing_can_be_sent_to_the_index(client: Client, package: Package, path: str) -> None:
    """PEP 691 has no methods but reading. Whoever gives twine this address sees the reason phrase, and in it the right one."""
    refused = client.post(path)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert "Uploads go to /legacy/" in refused.reason_phrase
    assert client.head(path).status_code == 200
