"""Two spellings of one repository can be equal, two repositories never; held against another reader of URIs."""

from __future__ import annotations

import string
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from verification.source_uri import NotASourceUri, normalise, split_ref

ALPHABET = "abAB01-._~%/:@?#[]\\ \t\n+гé" + "gitGIT.com"

PIECES = st.sampled_from(
    [
        *("https://", "http://", "git+https://", "HTTPS://", "ssh://", "github.com", "GitHub.com", "gitlab.com"),
        *(
            "github.com.",
            "github.com.evil.example",
            "evil.example",
            "user@",
            ":443",
            "/",
            "//",
            "owner",
            "Owner",
            "name",
        ),
        *(
            ".git",
            ".GIT",
            ".git.git",
            "%2e",
            "%2F",
            "%6f",
            "%2E%2E",
            "..",
            ".",
            "?",
            "#",
            "@",
            "refs/tags/v1",
            "%",
            "\\",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=9).map("".join) | st.text(ALPHABET, max_size=30)


def read_otherwise(text: str) -> tuple[str, str, str]:
    """Return scheme, host and path of a URI by urllib, which knows nothing of the normal form."""
    spelled = text if "://" in text else f"https://{text}"
    parts = urlsplit(spelled)
    assert {parts.query, parts.fragment, parts.username, parts.password, parts.port} <= {"", None}
    path = unquote(parts.path).removesuffix("/").removesuffix(".git")
    return parts.scheme.lower().removeprefix("git+"), (parts.hostname or "").lower(), path


@given(TEXTS)
@settings(deadline=None)
@example("git+https://GitHub.com/o/r.git/")
@example("github.com/o/%72")
def test_the_normal_form_names_what_was_spelled(text: str) -> None:
    """Scheme, host and path of the normal form are those of the text: so equal forms are of one repository."""
    try:
        normal = normalise(text)
    except NotASourceUri:
        return
    assert read_otherwise(text) == read_otherwise(normal)
    scheme, _, rest = normal.partition("://")
    assert (scheme, *rest.partition("/")[::2]) == (
        read_otherwise(normal)[0],
        read_otherwise(normal)[1],
        rest.partition("/")[2],
    )


@given(TEXTS, TEXTS)
@settings(deadline=None)
def test_equal_forms_are_of_one_repository(one: str, other: str) -> None:
    """Any two texts whatever."""
    try:
        equal = normalise(one) == normalise(other)
    except NotASourceUri:
        return
    assert equal == (read_otherwise(one) == read_otherwise(other))


SEGMENT = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=5)


@given(SEGMENT, SEGMENT, st.data())
@settings(deadline=None)
def test_one_letter_makes_another_repository(owner: str, name: str, data: st.DataObject) -> None:
    """The nearest neighbours: a letter more, less, or in the other case."""
    path = f"{owner}/{name}"
    at = data.draw(st.integers(0, len(path)))
    letter = data.draw(st.sampled_from("aZ0-_"))
    neighbour = data.draw(
        st.sampled_from([path[:at] + letter + path[at:], path[:at] + path[at + 1 :], path[:at] + path[at:].swapcase()])
    )
    assume(neighbour != path)
    try:
        found = normalise(f"https://github.com/{neighbour}")
    except NotASourceUri:
        return
    assert found != normalise(f"https://github.com/{path}")


@given(SEGMENT, SEGMENT, st.text(string.ascii_letters + string.digits + "/@.-_", min_size=1, max_size=12))
@settings(deadline=None)
def test_a_ref_changes_no_repository(owner: str, name: str, ref: str) -> None:
    """Whoever names a branch may not choose the repository."""
    uri, found = split_ref(f"git+https://github.com/{owner}/{name}@{ref}")
    assert normalise(uri) == f"https://github.com/{owner}/{name}"
    assert found == ref


@pytest.mark.parametrize("twin", ["https://github.com/o/r.git", "git+https://github.com/o/r", "github.com/o/r/"])
def test_the_law_is_about_something(twin: str) -> None:
    """There are spellings that are equal."""
    assert normalise(twin) == normalise("https://github.com/o/r")
