"""Templates and globs (Trust rules, Expectations 2 and 3), and templates derived on first use (First use)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from verification import template

NAME = canonicalize_name("My.Widget")

TEXTS = st.text("ab/*", max_size=8)
VERSIONS = st.builds(
    "{}{}{}{}".format,
    st.lists(st.integers(0, 20).map(str), min_size=1, max_size=4).map(".".join),
    st.sampled_from(["", "a1", "rc2"]),
    st.sampled_from(["", ".post1"]),
    st.sampled_from(["", ".dev3"]),
)


def matches(pattern: str, text: str, version: str = "1.0", name: NormalizedName = NAME) -> bool:
    return template.compile(pattern).matches(text, name=name, version=Version(version))


@pytest.mark.parametrize("spelling", ["1.0", "1", "1.0.0", "01.0", "0!1.0"])
def test_a_version_matches_in_every_spelling(spelling: str) -> None:
    """Expectations 3: ``{version}`` matches a spelling of the artifact's version under PEP 440."""
    assert matches("refs/tags/v{version}", f"refs/tags/v{spelling}")


@pytest.mark.parametrize(
    ("version", "spelling"),
    [("1.0rc1", "1.0-RC.1"), ("1.0.post1", "1.0-1"), ("1.0.dev2", "1.0_dev2"), ("2!1.0", "2!1"), ("1.0a0", "1.0alpha")],
)
def test_epoch_pre_post_and_dev_count(version: str, spelling: str) -> None:
    """Expectations 3: epoch, pre, post and dev are part of the version; without them it is another."""
    assert matches("v{version}", f"v{spelling}", version)
    assert not matches("v{version}", f"v{spelling}", "1.0")
    assert not matches("v{version}", "v1.0", version)


@pytest.mark.parametrize(
    "text",
    [
        "refs/tags/v1.1",
        "refs/tags/v1.10",
        "refs/tags/v1.0+local",
        "refs/tags/vv1.0",
        "refs/tags/vV1.0",
        "refs/tags/v 1.0",
        "refs/tags/v1.0 ",
        "refs/tags/v1.0\n",
        "refs/tags/v",
        "refs/tags/v1.0/x",
        "refs/tags/v/1.0",
        "refs/tags/v\u0661.0",
        "refs/tags/v\uff11.0",
        "refs/heads/v1.0",
        "xrefs/tags/v1.0",
        "refs/tags/v" + "0" * 300 + "1.0",
    ],
)
def test_what_is_not_the_version_does_not_match(text: str) -> None:
    """Expectations 3: a build of another tag is no proof for this release, however alike it looks."""
    assert not matches("refs/tags/v{version}", text)


def test_a_leading_v_belongs_to_the_literal() -> None:
    """PEP 440 reads v1.0 as 1.0; a template says itself whether its tags have the v."""
    assert not matches("refs/tags/{version}", "refs/tags/v1.0")
    assert not matches("refs/tags/v{version}", "refs/tags/1.0")


def test_a_version_with_a_local_part_matches_nothing() -> None:
    """Expectations 3: no local part, on neither side; 1.0+cuda is not what tag v1.0 promised."""
    assert not matches("v{version}", "v1.0", "1.0+cuda")
    assert not matches("v{version}", "v1.0+cuda", "1.0+cuda")


@pytest.mark.parametrize("text", ["my-widget-v1.0", "My.Widget-v1.0", "my__widget-v1", "MY-WIDGET-v1.0"])
def test_names_are_compared_normalised(text: str) -> None:
    """Expectations 3: ``{name}`` compares normalised names."""
    assert matches("{name}-v{version}", text)


@pytest.mark.parametrize("text", ["my-widgets-v1.0", "-v1.0", "my-widget--v1.0", "my widget-v1.0", "my/widget-v1.0"])
def test_other_names_do_not_match(text: str) -> None:
    """A sibling package of the same repository does not release under this one's name."""
    assert not matches("{name}-v{version}", text)


@pytest.mark.parametrize("text", ["w\u0131dget", "widget\n", "\u212aey", "\u017fet"])
def test_a_name_is_ascii(text: str) -> None:
    """Letters that fold to ASCII ones are another name."""
    assert not matches("{name}", text, name=canonicalize_name(text, validate=False))


def test_the_separator_may_stand_in_the_name() -> None:
    """pkg-1-2.0 is pkg-1 at 2.0."""
    assert matches("{name}-{version}", "pkg-1-2.0", "2.0", canonicalize_name("pkg-1"))
    assert matches("{name}-{version}", "pkg-1-2", "1.post2", canonicalize_name("pkg"))
    assert not matches("{name}-{version}", "pkg-1-2.0", "2.0", canonicalize_name("pkg"))


@given(
    st.sampled_from(["{name}-{version}", "{version}-{name}", "{name}a{version}", "{version}1{name}", "{name}.{name}"]),
    st.text("aA1.-_", max_size=12),
    st.sampled_from(["1", "1a1", "1.1", "1.post1"]),
    st.sampled_from(["a", "1", "a-1", "1-a1"]),
)
def test_the_one_way_to_part_a_text_is_every_way(pattern: str, text: str, version: str, name: str) -> None:
    """Where a name ends is known without trying each place, so that a hostile text takes no time."""
    parted = pattern.strip("{}").partition("}")
    separator, left, right = parted[2].partition("{")[0], parted[0], parted[2].rpartition("{")[2]
    splits = [(text[:at], text[at + len(separator) :]) for at in range(len(text)) if text.startswith(separator, at)]

    def spells(kind: str, part: str) -> bool:
        return matches("{" + kind + "}", part, version, canonicalize_name(name))

    expected = any(spells(left, before) and spells(right, after) for before, after in splits)
    assert matches(pattern, text, version, canonicalize_name(name)) == expected


@given(st.text("aA1.-_", max_size=8), st.sampled_from(["a", "1", "a-1", "1-a1"]))
def test_a_name_is_spelled_as_packaging_reads_it(text: str, name: str) -> None:
    """PEP 503, and nothing before or behind it."""
    sound = text[:1].isalnum() and text[-1:].isalnum()
    assert matches("{name}", text, name=canonicalize_name(name)) == (sound and canonicalize_name(text) == name)


@pytest.mark.parametrize("separator", [".", "-", "rc", "v1+", "!"])
def test_two_versions_need_a_clear_end(separator: str) -> None:
    """In ``1.1.1`` either dot may be the one between: such a template has cases that nobody can predict."""
    with pytest.raises(ValueError, match="template"):
        template.compile("{version}" + separator + "{version}")
    assert matches("{version}/" + separator + "{version}", "1.0/" + separator + "1")
    assert not matches("{version}/{version}", "1.0/1/1")


def test_a_hostile_text_takes_no_time() -> None:
    """Texts and templates may both be chosen to be parted in a thousand ways."""
    started = time.process_time()
    for pattern in ("{name}-{version}", "{version}a{name}", "{version}/{version}"):
        for text in ("a-1" * 600, "1a" * 1000, "1/" * 1000):
            assert not matches(pattern, text)
    assert time.process_time() - started < 0.1


def test_literals_do_not_overlap() -> None:
    """``a1`` alone cannot be both the beginning and the end."""
    assert not matches("1{version}1", "1", "1")
    assert matches("1{version}1", "111", "1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "{Version}",
        "{version",
        "version}",
        "{{version}}",
        "v{version}}",
        "{ version }",
        "{version!r}",
        "{version}{name}",
        "{version}-{name}-{version}",
        "{ref}",
        "x" * 2049,
    ],
)
def test_what_is_no_template_is_refused(text: str) -> None:
    """Expectations 3: ``{version}`` and ``{name}``, at most two, literal text between them, no other braces."""
    with pytest.raises(ValueError, match="template"):
        template.compile(text)


@given(VERSIONS)
def test_an_example_matches_its_own_template(version: str) -> None:
    """What a page shows as an example would indeed be let in."""
    compiled = template.compile("refs/tags/{name}/v{version}")
    example = compiled.render_example(name=NAME, version=Version(version))
    assert compiled.matches(example, name=NAME, version=Version(version))


@pytest.mark.parametrize(
    ("ref", "version", "expected"),
    [
        ("refs/tags/v1.0", "1.0", "refs/tags/v{version}"),
        ("refs/tags/1.0", "1.0", "refs/tags/{version}"),
        ("refs/tags/v1.0.0", "1.0", "refs/tags/v{version}"),
        ("refs/tags/pkg-v1.2", "1.2", "refs/tags/pkg-v{version}"),
        ("refs/tags/pkg/1.2", "1.2", "refs/tags/pkg/{version}"),
        ("refs/tags/pkg@1.2", "1.2", "refs/tags/pkg@{version}"),
        ("refs/tags/1-1.0", "1.0", "refs/tags/1-{version}"),
        ("refs/tags/v1.0-1", "1.0.post1", "refs/tags/v{version}"),
        ("refs/tags/v1.0-rc.1", "1.0rc1", "refs/tags/v{version}"),
        ("refs/tags/v1.10", "1.1", None),
        ("refs/tags/v1.10", "10", None),
        ("refs/tags/v1.10", "0", None),
        ("refs/tags/release-2.1.2", "1.2", None),
        ("refs/tags/rev12", "12", None),
        ("refs/tags/1.v2", "2", None),
        ("refs/tags/r2v1.0", "1.0", None),
        ("refs/tags/V1.0", "1.0", None),
        ("refs/tags/vv1.0", "1.0", None),
        ("refs/tags/\u00e91.0", "1.0", None),
        ("refs/tags/v1.0+local", "1.0", None),
        ("refs/tags/v1.0+local", "1.0+local", None),
        ("refs/tags/v1.0-final", "1.0", None),
        ("refs/tags/latest", "1.0", None),
        ("refs/tags/", "1.0", None),
        ("refs/tags/{x}-1.0", "1.0", None),
        ("refs/tags/}1.0", "1.0", None),
        ("refs/heads/v1.0", "1.0", None),
        ("refs/heads/refs/tags/v1.0", "1.0", None),
        ("v1.0", "1.0", None),
        ("refs/tags/" + "x" * 2036 + "-1", "1", None),
    ],
)
def test_a_template_is_derived_only_from_a_tag_that_spells_the_version(
    ref: str, version: str, expected: str | None
) -> None:
    """First use: a literal prefix and one spelling of the version, set apart; otherwise the ref is pinned as it is."""
    assert template.derive_version_template(ref, Version(version)) == expected


@given(st.text("v1.0-/{a+!", max_size=6), VERSIONS, VERSIONS)
def test_what_is_derived_matches_where_it_came_from(prefix: str, spelled: str, version: str) -> None:
    """First use: the derived rule lets in the very build that it was derived from."""
    ref = f"refs/tags/{prefix}{spelled}"
    derived = template.derive_version_template(ref, Version(version))
    if derived is not None:
        assert matches(derived, ref, version)


@given(TEXTS, TEXTS)
def test_the_glob_is_what_the_naive_one_is(pattern: str, text: str) -> None:
    """Expectations 2: ``*`` is one or more characters other than ``/``; nothing else is special."""
    assert template.glob_matches(pattern, text) == _naive(pattern, text)


def _naive(pattern: str, text: str) -> bool:
    if not pattern or not text:
        return pattern == text
    if pattern[0] != "*":
        return pattern[0] == text[0] and _naive(pattern[1:], text[1:])
    return text[0] != "/" and (_naive(pattern[1:], text[1:]) or _naive(pattern, text[1:]))


@pytest.mark.parametrize(("pattern", "text"), [("a?", "ab"), ("[ab]", "a"), ("a.c", "abc"), ("**", "a"), ("\\*", "*")])
def test_nothing_but_the_star_is_special(pattern: str, text: str) -> None:
    """Expectations 2: what other globs read into a character is not read into it here."""
    assert not template.glob_matches(pattern, text)


def test_a_hostile_glob_takes_no_time() -> None:
    """A pattern and a text that make a backtracking matcher run for years."""
    started = time.perf_counter()
    assert not template.glob_matches("a*" * 900 + "b", "a" * 2048)
    assert not template.glob_matches("*", "a" * 2049)
    assert not matches("{name}-{version}", "-" * 2048)
    assert time.perf_counter() - started < 10


@given(TEXTS, TEXTS, TEXTS)
def test_a_glob_that_covers_another_matches_what_it_matches(wider: str, narrower: str, text: str) -> None:
    """The comparison of two globs is a proof, whatever the text."""
    if template.glob_covers(wider, tuple(narrower.split("*"))) and template.glob_matches(narrower, text):
        assert template.glob_matches(wider, text)
