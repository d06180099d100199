"""The page of a package and of each of its releases, as people know them from elsewhere, with what this registry adds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from expectations import actions
from expectations.documents import PackageState
from registry.core_metadata import MOST_KEYWORDS, read_core_metadata
from registry.models import Account, File, Package, Release
from registry.web import release_pages
from registry.web.releases import RELEASES_A_PAGE
from tests.support.rows import Signing, accept, new_package
from tests.support.voices import FACTOR

pytestmark = pytest.mark.django_db

METADATA = """Metadata-Version: 2.4
Name: widget
Version: {version}
Summary: Turns gears <b>fast</b>
Keywords: gears,clockwork
Author-email: Ada <ada@example.test>
License-Expression: MIT
Requires-Python: >=3.11
Requires-Dist: sprocket>=1
Provides-Extra: fast
Classifier: Development Status :: 4 - Beta
Project-URL: Source, https://example.test/widget
Project-URL: Evil, javascript:alert(1)
Description-Content-Type: text/markdown

# About

It *turns* in {version}. <script>alert(1)</script>
"""


def text(response: Any) -> str:
    return str(response.content.decode())


def offer(signing: Signing, package: Package, version: str) -> File:
    filename = f"widget-{version}.tar.gz"
    evidence = [signing.provenance(filename, filename.encode(), signing.release_of(version))]
    metadata = METADATA.format(version=version).encode()
    return accept(
        package, filename, filename.encode(), evidence, roots=signing.roots, version=version, metadata=metadata
    )


@pytest.fixture
def package(signing: Signing) -> Package:
    """Three releases, one of them a pre-release."""
    package = new_package("widget")
    for version in ("1.0", "1.10", "2.0rc1"):
        offer(signing, package, version)
    return package


def test_a_package_shows_its_latest_release(client: Client, package: Package) -> None:
    """The highest final one: summary, files with their digests, description, and what its metadata names."""
    shown = text(client.get("/packages/widget/"))
    assert '<h1>widget <span class="muted">1.10</span></h1>' in shown
    assert "Turns gears &lt;b&gt;fast&lt;/b&gt;" in shown
    assert "It <em>turns</em> in 1.10." in shown
    assert "widget-1.10.tar.gz" in shown
    assert File.objects.get(filename="widget-1.10.tar.gz").sha256 in shown
    for told in (
        "MIT",
        "&gt;=3.11",
        "sprocket&gt;=1",
        "clockwork",
        "Development Status :: 4 - Beta",
        "ada@example.test",
    ):
        assert told in shown, told
    assert 'href="https://example.test/widget" rel="nofollow noopener noreferrer">Source</a>' in shown


def test_a_long_summary_leaves_the_promise_in_the_first_screen(client: Client, signing: Signing) -> None:
    """Whoever builds a file writes its summary: its head stands above the promise, and the whole of it below."""
    package, summary, content = new_package("widget"), "Turns gears. " * 30, b"a file"
    evidence = [signing.provenance("widget-1.0.tar.gz", content, signing.release_of("1.0"))]
    metadata = f"Metadata-Version: 2.4\nName: widget\nVersion: 1.0\nSummary: {summary.strip()}\n".encode()
    accept(package, "widget-1.0.tar.gz", content, evidence, roots=signing.roots, version="1.0", metadata=metadata)
    for page in ("/packages/widget/", "/packages/widget/1.0/"):
        before, below = text(client.get(page)).split('id="about"')
        assert summary.strip() not in before
        assert f"<dd>{summary.strip()}</dd>" in below


def test_what_it_adds_comes_first(client: Client, package: Package) -> None:
    """How it is built, by whom, since when, confirmed or not, level, last change, and what that does not cover."""
    shown = text(client.get("/packages/widget/"))
    first = shown[: shown.index('id="install"')]
    for told in (
        "Built by GitHub Actions",
        "first use, not yet confirmed",
        "SLSA build level 2",
        "Promised since",
        "Last changed",
    ):
        assert told in first, told
    assert "it trusts the builder" in first


def test_a_release_says_first_how_it_was_built(client: Client, package: Package) -> None:
    """By whom, from which source and commit, and by which file's provenance that is said."""
    shown = text(client.get("/packages/widget/1.10/"))
    first = shown[: shown.index('id="install"')]
    assert "Built by GitHub Actions from https://github.com/example/widget, commit " in first
    assert "ref refs/tags/v1.10" in first
    assert '<a href="/packages/widget/1.10/widget-1.10.tar.gz">widget-1.10.tar.gz</a>' in first


def test_nothing_of_it_can_script(client: Client, package: Package) -> None:
    """Neither its description nor its links, on any page that shows them."""
    for address in ("/packages/widget/", "/packages/widget/1.0/", "/search/?q=widget", "/packages/"):
        response = client.get(address)
        assert "<script" not in text(response)
        assert "javascript:" not in text(response)
        assert "script-src 'self'" in response["Content-Security-Policy"]


def test_every_release_has_its_page(client: Client, package: Package) -> None:
    """With its own files and words, the way to the latest one, and the command that installs it."""
    shown = text(client.get("/packages/widget/1.0/"))
    assert "It <em>turns</em> in 1.0." in shown
    assert 'href="/packages/widget/1.0/widget-1.0.tar.gz"' in shown
    assert "widget-1.10.tar.gz" not in shown
    assert 'This is not the latest release: that is <a href="/packages/widget/">1.10</a>' in shown
    assert "widget==1.0<" in shown
    listed = re.findall(r'<li><a href="/packages/widget/([^/]+)/"', shown)
    assert listed == ["2.0rc1", "1.10", "1.0"]


@pytest.mark.parametrize("spelling", ["1.0.0", "v1.0", "1", "01.0"])
def test_other_spellings_of_a_version_lead_to_it(client: Client, package: Package, spelling: str) -> None:
    """PEP 440."""
    response = client.get(f"/packages/widget/{spelling}/")
    assert (response.status_code, response["Location"]) == (301, "/packages/widget/1.0/")


@pytest.mark.parametrize("version", ["9", "0x", "1.0%00", "1..0", "1" * 400, "1.0%20%20x", "1e%0a"])
def test_what_is_no_release_is_not_found(client: Client, package: Package, version: str) -> None:
    """Whatever stands there."""
    assert client.get(f"/packages/widget/{version}/").status_code == 404


def test_a_release_in_quarantine_has_no_page(client: Client, package: Package) -> None:
    """Nothing of it is offered, and the package's page says why."""
    owner = Account.objects.get(person=package.created_by)
    actions.close_package(package, state=PackageState.QUARANTINED, note="Stolen.", by=owner, factor=FACTOR)
    assert client.get("/packages/widget/1.0/").status_code == 404
    shown = text(client.get("/packages/widget/"))
    assert "Nothing is offered while the package is in quarantine." in shown
    assert "Turns gears" not in shown


def test_many_releases_stand_behind_a_click(client: Client, package: Package, signing: Signing) -> None:
    """The newest fifteen are there at once."""
    for number in range(20):
        offer(signing, package, f"0.{number}")
    shown = text(client.get("/packages/widget/"))
    assert "All 23 releases" in shown
    assert shown.index("All 23 releases") < shown.index('href="/packages/widget/0.0/"')


def test_a_package_of_any_number_of_releases_has_pages_of_some(
    client: Client, package: Package, signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat: a package is given twenty thousand releases, and its pages take seconds and megabytes each time somebody looks."""
    monkeypatch.setattr(release_pages, "LISTED", 2)
    Release.objects.bulk_create(
        Release(package=package, version=f"0.{number}", canonical_version=f"0.{number}")
        for number in range(1, RELEASES_A_PAGE + 1)
    )
    first, second = (text(client.get(f"/packages/widget/releases/?page={number}")) for number in (1, 2))
    assert [page.count('data-label="First file"') for page in (first, second)] == [RELEASES_A_PAGE, 3]
    assert "Page 1 of 2" in first
    assert "0.3" in second
    for path in ("/packages/widget/", "/packages/widget/1.0/"):
        shown = text(client.get(path))
        assert 'href="/packages/widget/releases/">All 3 releases' in shown
        assert "2.0rc1" in shown.partition('id="releases"')[2]
        assert 'href="/packages/widget/1.0/"' not in shown.partition('id="releases"')[2]


HOSTILE = [
    b"",
    b"\xff\xfe\x00",
    b"Project-URL: x\nProject-URL: ,\nProject-URL: y, http://[\nHome-page: http://\n",
    b"Keywords:\nLicense: \n  \nDescription-Content-Type: ;;;\n\n",
    b"Name: a\n" * 10_000,
    b"Project-URL: x, //evil.test\nProject-URL: y, data:text/html,x\nHome-page: javascript:x\nDownload-URL: ftp://x\n",
]


@pytest.mark.parametrize("content", HOSTILE)
def test_any_metadata_is_read(content: bytes) -> None:
    """Files of years ago passed other rules; a page never fails for them, and links lead to the web alone."""
    assert read_core_metadata(content).links == ()


def test_keywords_without_number_cost_a_page_nothing() -> None:
    """Threat: two megabytes of commas, which pass for keywords, keep a worker for seconds at each look at the page."""
    content = b"Metadata-Version: 2.1\nName: widget\nVersion: 1.0\nKeywords: first," + b"a," * 900_000
    keywords = read_core_metadata(content).keywords
    assert keywords[:2] == ("first", "a")
    assert len(keywords) == MOST_KEYWORDS


def _most_values(client: Client, paths: list[str]) -> int:
    """Return how many values the statement with the most of them is sent with while the pages are made."""
    counts = [0]

    def count(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        counts.append(len(params or ()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        for path in paths:
            assert client.get(path).status_code == 200
    return max(counts)


def test_no_statement_grows_with_the_releases(client: Client, package: Package, signing: Signing) -> None:
    """PostgreSQL takes 65535 values beside a statement: a package with more releases would have had no page any more."""
    client.force_login(Account.objects.get(person=package.created_by))
    paths = ["/packages/widget/", "/packages/widget/deletion/", "/packages/widget/1.0/"]
    before = _most_values(client, paths)
    for number in range(20):
        offer(signing, package, f"3.{number}")
    assert _most_values(client, paths) == before
