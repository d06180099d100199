"""One normal form of source URIs: it may leave spellings apart, and can never bring two repositories together."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from verification.source_uri import NotASourceUri, normalise, split_ref

SEGMENTS = st.text(string.ascii_letters + string.digits + "-_.~", min_size=1, max_size=6).filter(
    lambda text: text not in {".", ".."} and not text.endswith(".git")
)
HOSTS = st.sampled_from(["gitlab.com", "git.example.org", "codeberg.org"])
CLEAN = st.one_of(
    st.builds("https://github.com/{}/{}".format, SEGMENTS, SEGMENTS),
    st.builds("{}://{}/{}/{}".format, st.sampled_from(["https", "http"]), HOSTS, SEGMENTS, SEGMENTS),
    st.builds("https://{}/{}/{}/{}".format, HOSTS, SEGMENTS, SEGMENTS, SEGMENTS),
)


@st.composite
def spellings(draw: st.DrawFn, clean: str) -> str:
    """Draw another spelling of a clean URI."""
    scheme, _, rest = clean.partition("://")
    host, _, path = rest.partition("/")
    path = "".join(f"%{ord(c):02x}" if c != "/" and draw(st.integers(0, 5)) == 0 else c for c in path)
    spelled = draw(st.sampled_from([host, host.upper(), host.title()])) + "/" + path
    spelled += draw(st.sampled_from(["", "/", ".git", ".git/", "%2Egit"]))
    schemes = [f"{scheme}://", f"git+{scheme}://", f"{scheme.upper()}://", f"GIT+{scheme}://"]
    if host == "github.com":
        schemes.append("")
    return draw(st.sampled_from(schemes)) + spelled


@given(CLEAN, st.data())
def test_spellings_of_one_repository_are_equal(clean: str, data: st.DataObject) -> None:
    """An honest builder's spelling does not refuse an honest file."""
    assert normalise(data.draw(spellings(clean))) == clean


@given(CLEAN, CLEAN, st.data())
def test_distinct_repositories_stay_distinct(one: str, other: str, data: st.DataObject) -> None:
    """No spelling of one repository is ever taken for another."""
    assume(one != other)
    assert normalise(data.draw(spellings(one))) != normalise(data.draw(spellings(other)))


@given(st.text("abgit.GIT/:@%2eEfF~-+#?h tps", max_size=40) | st.builds("https://h/{}".format, st.text(max_size=20)))
def test_the_normal_form_is_idempotent(text: str) -> None:
    """What is normal already stays as it is, so that it does not matter how often it was normalised."""
    try:
        once = normalise(text)
    except NotASourceUri:
        return
    assert normalise(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "https://github.com",
        "https://github.com/",
        "https://github.com/o",
        "https://github.com/o/r/tree/main",
        "github.com.evil.example/o/r",
        "gitlab.com/o/r",
        "git+github.com/o/r",
        "ssh://github.com/o/r",
        "git://github.com/o/r",
        "git+ssh://git@github.com/o/r",
        "git+git+https://github.com/o/r",
        "git@github.com:o/r",
        "file:///o/r",
        "https://user@github.com/o/r",
        "https://user:pass@github.com/o/r",
        "https://github.com@evil.example/o/r",
        "https://github.com:443/o/r",
        "https://github.com./o/r",
        "https://[::1]/o/r",
        "https://git%68ub.com/o/r",
        "https://github.com/o/r?x=1",
        "https://github.com/o/r#readme",
        "https://github.com/o/r@refs/heads/main",
        "https://github.com/o//r",
        "https://github.com/o/r//",
        "https://github.com/o/r.git//",
        "https://github.com/o/../r",
        "https://git.example.org/o/./r",
        "https://git.example.org/o/%2e%2E/r",
        "https://git.example.org/o/.git",
        "https://git.example.org/o/..git",
        "https://git.example.org/o/...git",
        "https://git.example.org/o/r.git.git",
        "https://github.com/o%2Fr",
        "https://github.com/o/r%2f",
        "https://github.com/o/r%252e",
        "https://github.com/o/r%",
        "https://github.com/o/r%4",
        "https://github.com/o/r%+1",
        "https://github.com/o/r%00",
        "https://github.com/o/r%20",
        "https://github.com/o/r ",
        " https://github.com/o/r",
        "https://github.com/o/r\n",
        "https://github.com\\o\\r",
        "https://github.com/\u043e/r",
        "https://g\u0456thub.com/o/r",
        "https://github.com/o/r%C3%A9",
        "https://git.example.org/" + "a" * 2048,
    ],
)
def test_whatever_is_unusual_is_refused(text: str) -> None:
    """Userinfo, ports, dot segments, look-alikes and double encodings are how one repository passes for another."""
    with pytest.raises(NotASourceUri):
        normalise(text)


def test_http_is_not_https() -> None:
    """Whoever can answer for http need not be who answers for https."""
    assert normalise("http://git.example.org/o/r") != normalise("https://git.example.org/o/r")


def test_the_case_of_a_path_counts() -> None:
    """GitHub takes O/R and o/r for one; other forges do not, so they stay apart."""
    assert normalise("https://github.com/O/R") != normalise("https://github.com/o/r")


@pytest.mark.parametrize(
    ("text", "uri", "ref"),
    [
        ("git+https://github.com/o/r@refs/tags/v1", "git+https://github.com/o/r", "refs/tags/v1"),
        ("https://github.com/o/r", "https://github.com/o/r", None),
        ("github.com/o/r@main", "github.com/o/r", "main"),
        ("git+https://github.com/o/r@refs/tags/pkg@1.0", "git+https://github.com/o/r", "refs/tags/pkg@1.0"),
        ("https://user@git.example.org/o/r@v1", "https://user@git.example.org/o/r", "v1"),
        ("https://user@git.example.org/o/r", "https://user@git.example.org/o/r", None),
    ],
)
def test_a_ref_is_split_off(text: str, uri: str, ref: str | None) -> None:
    """The ref begins at the path's first @; a user in front of the host stays, for normalise to refuse."""
    assert split_ref(text) == (uri, ref)


@pytest.mark.parametrize("text", ["https://github.com/o/r@", "https://git.example.org/o@evil/r@v1"])
def test_an_unclear_ref_is_refused(text: str) -> None:
    """Where a repository's name may hold @, its owner chooses where the ref seems to begin."""
    with pytest.raises(NotASourceUri):
        split_ref(text)
