"""File names: what can be read, what must be refused, and how a refusal tells the right name (PEP 427, PEP 625)."""

from __future__ import annotations

import pytest
from packaging.version import Version

from registry.distribution import DistributionRefused
from registry.distribution.filename import filename_problems, parse_filename
from verification.reasons import Reason


@pytest.mark.parametrize(
    ("filename", "filetype", "name", "version"),
    [
        ("pypi_attestations-0.0.19.tar.gz", "sdist", "pypi-attestations", "0.0.19"),
        ("a-1!2.0rc1.tar.gz", "sdist", "a", "1!2.0rc1"),
        ("Foo.Bar-1.0-py2.py3-none-any.whl", "bdist_wheel", "foo-bar", "1.0"),
        ("foo-1.0-2build-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "bdist_wheel", "foo", "1.0"),
    ],
)
def test_well_formed_names_are_taken(filename: str, filetype: str, name: str, version: str) -> None:
    """The names that current build backends make, and the legacy spellings that wheels may have, are read."""
    named = parse_filename(filename)
    assert (named.filetype, named.name, named.version) == (filetype, name, Version(version))
    assert filename_problems(named) == ()


@pytest.mark.parametrize(
    "filename",
    [
        "",
        ".foo-1.0.tar.gz",
        "../foo-1.0.tar.gz",
        "a/foo-1.0.tar.gz",
        "a\\foo-1.0.tar.gz",
        "foo-1.0.tar.gz\n",
        "foo-1.0\0.tar.gz",
        "foo-\x1b[2J1.0.tar.gz",
        "foo- 1.0.tar.gz",
        "fo\u00f6-1.0.tar.gz",
        "foo-\u0661.0.tar.gz",
        "foo-1.0.zip",
        "foo-1.0.tar.bz2",
        "foo-1.0.egg",
        "foo-1.0.TAR.GZ",
        "foo.tar.gz",
        "-1.0.tar.gz",
        "foo-.tar.gz",
        "foo-one.tar.gz",
        "foo-1.0.whl",
        "foo-1.0-py3-none.whl",
        "foo-one-py3-none-any.whl",
        "foo-1.0-b1-py3-none-any.whl",
        "foo__bar-1.0-py3-none-any.whl",
        "foo_-1.0-py3-none-any.whl",
        "f" * 245 + "-1.0.tar.gz",
    ],
)
def test_what_is_no_distribution_name_is_refused(filename: str) -> None:
    """No path, control character, other alphabet, other kind of file or over-long name passes for a distribution."""
    with pytest.raises(DistributionRefused) as refused:
        parse_filename(filename)
    (problem,) = refused.value.problems
    assert problem.reason is Reason.FILENAME_INVALID
    assert problem.detail.isprintable()
    assert problem.detail.isascii()


@pytest.mark.parametrize("spelled", ["widget-1.0", "Widget-1.0.0"])
def test_a_name_for_too_many_tags_is_refused(spelled: str) -> None:
    """Threat: a wheel's name is used twice, or once more after its deletion, for two spellings of it pass for two names."""
    tags = [".".join(chr(ord("a") + number) for number in range(count)) for count in (11, 10, 10)]
    with pytest.raises(DistributionRefused, match="exceeding limit 1000"):
        parse_filename(f"{spelled}-{'-'.join(tags)}.whl")
    tags[0] = tags[0].removesuffix(".k")
    assert len(parse_filename(f"{spelled}-{'-'.join(tags)}.whl").tags) == 1000


@pytest.mark.parametrize(
    ("filename", "right"),
    [
        ("Foo.Bar-1.0.tar.gz", "foo_bar-1.0.tar.gz"),
        ("foo-bar-1.0.tar.gz", "foo_bar-1.0.tar.gz"),
        ("foo__bar-1.0.tar.gz", "foo_bar-1.0.tar.gz"),
        ("foo-1.0-beta2.tar.gz", ""),
        ("foo-v1.0.tar.gz", "foo-1.0.tar.gz"),
        ("foo-1.0.beta2.tar.gz", "foo-1.0b2.tar.gz"),
    ],
)
def test_a_legacy_sdist_name_is_refused_with_the_right_one(filename: str, right: str) -> None:
    """PEP 625: normalized name with underscores and normalized version; two spellings must not be two files."""
    try:
        (problem,) = filename_problems(parse_filename(filename))
    except DistributionRefused as refused:
        (problem,) = refused.problems
    assert problem.reason is Reason.FILENAME_INVALID
    assert right in problem.detail


@pytest.mark.parametrize("filename", ["foo-1.0+local.tar.gz", "foo-1.0+local-py3-none-any.whl"])
def test_local_versions_are_refused(filename: str) -> None:
    """PEP 440: local versions are not published on an index."""
    (problem,) = filename_problems(parse_filename(filename))
    assert "local version" in problem.detail
