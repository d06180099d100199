"""Metadata: all that is wrong with it is told at once, and the upload form is held against it."""

from __future__ import annotations

import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.distribution import Distribution, DistributionRefused, FileProblem, compare_with_form, read_distribution
from registry.distribution.metadata import parse_metadata
from tests.support.distributions import sdist, wheel
from verification.reasons import Reason

HEAD = "Metadata-Version: 2.4\nName: example\nVersion: 1.0\n"


def problems_of(text: str | bytes) -> str:
    """Return the sentences on a metadata file, and check that each has the right reason."""
    problems = parse_metadata(text if isinstance(text, bytes) else text.encode()).problems
    assert all(problem.reason is Reason.METADATA_MALFORMED for problem in problems)
    return "\n".join(problem.detail for problem in problems)


def read(tmp_path: Path, made: tuple[str, bytes]) -> Distribution:
    filename, content = made
    (tmp_path / "upload").write_bytes(content)
    return read_distribution(tmp_path / "upload", filename)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"])
def test_every_metadata_version_that_pypi_takes_is_taken(version: str) -> None:
    """Metadata 1.0 to 2.5."""
    assert problems_of(f"Metadata-Version: {version}\nName: example\nVersion: 1.0\n\nText: not a field\n") == ""


@pytest.mark.parametrize("version", ["", "0.9", "2.0", "2.6", "3.0", "2.40"])
def test_other_metadata_versions_are_refused(version: str) -> None:
    """A version that is not known may change what every other field means."""
    assert "Metadata-Version" in problems_of(f"Metadata-Version: {version}\nName: example\nVersion: 1.0\n")


@pytest.mark.parametrize("version", ["1.2", "2.1", "2.3"])
def test_license_file_before_its_time_is_let_be(version: str) -> None:
    """setuptools 56 to 76 wrote License-File into older metadata; those files are everywhere."""
    assert problems_of(f"Metadata-Version: {version}\nName: example\nVersion: 1.0\nLicense-File: LICENSE\n") == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Metadata-Version: 2.4\n", "name"),
        (HEAD + "Name: other\n", "'name' may be given once and is given 2 times"),
        (HEAD + "name: other\n", "'name' may be given once and is given 2 times"),
        (HEAD + "Requires-Python: >=3\nRequires-Python: <3\n", "'requires-python' may be given once"),
        (HEAD + "Description: one\n\nand two\n", "'description' may be given once"),
        (HEAD + "Project-URL: a, https://a\nProject-URL: a, https://b\n", "Project-URL"),
        (HEAD + "Invented: field\n", "'invented' is none of the core metadata"),
        (HEAD + "Requires-Python: three\n", "requires-python"),
        (HEAD + "Requires-Dist: ???\n", "requires-dist"),
        (HEAD + "Description-Content-Type: text/html\n", "description-content-type"),
        (HEAD + "Import-Name: example\n", "import-name"),
        (HEAD + "Summary: two\n lines\n", "summary"),
        (HEAD + f"Summary: {'x' * 513}\n", "Summary is longer than 512"),
        (HEAD.replace("1.0", "1.0+local"), "local version"),
        (HEAD.replace("1.0", "one"), "version"),
        (HEAD.replace("example", "-example-"), "name"),
        (HEAD + "License: MIT\nLicense-Expression: MIT\n", "Leave License out"),
        (HEAD + "Requires-Dist: other @ https://example.org/other.whl\n", "direct URL"),
        (HEAD + "Requires-Dist: other @ file:///etc/passwd ; extra == 'x'\n", "direct URL"),
        (HEAD + "no field at all\nSummary: hidden\n", "a line that is none"),
        (HEAD + "Summary: one\rRequires-Dist: hidden\n", "control characters"),
        (HEAD + "Summary: \x1b[2J\n", "control characters"),
        (HEAD + "Content-Type: multipart/mixed; boundary=x\n\n--x\n", "fields of an email"),
        (HEAD + "Content-Transfer-Encoding: base64\n\nAAAA\n", "fields of an email"),
        (HEAD.encode() + b"Summary: \xff\n", "not UTF-8"),
        (HEAD.encode() + b"\n\xff\n", "not UTF-8"),
        (b"", "version"),
        (b"\0" * 100, "control characters"),
    ],
)
def test_malformed_metadata_is_refused(text: str | bytes, told: str) -> None:
    """Each rule of the core metadata specification, and each way in which two readers could read two things."""
    assert told in problems_of(text)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "Requires-Dist: a ; " + "(" * 2000 + "\n",
        HEAD + "Requires-Dist: a ; " + "(" * 1500 + "os_name=='x'" + ")" * 1500 + "\n",
        HEAD.replace("1.0", "1" * 5000),
        HEAD + f"Requires-Python: >={'1' * 5000}\n",
        HEAD + "Description-Content-Type: text/plain; " + "(" * 200_000 + "\n",
        HEAD + "Description-Content-Type: text/plain; x*\n",
        HEAD + "Description-Content-Type: text/markdown; charset*0*=''%\n",
        HEAD + "X: y\n" * 200_000,
        HEAD + "".join(f"X-{number}: y\n" for number in range(4000)),
    ],
    ids=["open", "nested", "digits", "python", "comments", "rfc2231", "continued", "fields", "names"],
)
def test_metadata_made_to_break_its_parser_is_refused(text: str) -> None:
    """Deep nesting, numbers too long for Python, fields that take quadratic time: a refusal, and soon."""
    assert problems_of(text)


def test_what_is_wrong_is_told_in_few_words() -> None:
    """Threat: a refusal is kept with all its problems, and five thousand of them in each fill the database."""
    lines = "".join(f"Requires-Dist: a{number} @ https://{'a' * 300}\n" for number in range(4900))
    problems = parse_metadata((HEAD + lines).encode()).problems
    assert "and 4897 more" in problems[0].detail
    assert sum(len(problem.detail) for problem in problems) < 2000


@pytest.mark.parametrize("made", [sdist, wheel])
def test_a_license_file_is_in_the_archive(tmp_path: Path, made: Callable[..., tuple[str, bytes]]) -> None:
    """PEP 639: what License-File names lies in the sdist under that path, and in the wheel beneath .dist-info/licenses/."""
    top = "foo-1.0" if made is sdist else "foo-1.0.dist-info/licenses"
    fields = {"license_files": ["LICENSE", "vendored/COPYING"]}
    both = {f"{top}/LICENSE": b"Be nice.\n", f"{top}/vendored/COPYING": b"Be nice.\n"}
    assert read(tmp_path, made("foo", "1.0", extra_files=both, **fields)).name == "foo"
    one = {
        f"{top}/LICENSE": b"Be nice.\n",
        "foo-1.0/src/vendored/COPYING" if made is sdist else "vendored/COPYING": b"",
    }
    with pytest.raises(DistributionRefused) as refused:
        read(tmp_path, made("foo", "1.0", extra_files=one, **fields))
    (problem,) = refused.value.problems
    assert problem.reason is Reason.METADATA_MALFORMED
    assert "License-File 'vendored/COPYING'" in problem.detail


@pytest.mark.parametrize(
    ("links", "there"),
    [
        ({"LICENSE": "docs/COPYING"}, True),
        ({"LICENSE": "other", "other": "docs/COPYING"}, True),
        ({"LICENSE": "docs/GONE"}, False),
        ({"LICENSE": "other", "other": "LICENSE"}, False),
        ({"LICENSE": "docs"}, False),
    ],
)
def test_a_license_file_may_be_a_link_to_one(tmp_path: Path, links: dict[str, str], there: bool) -> None:
    """hatch and pdm keep a repository's links: what one leads to has to be in the archive, as every installer finds it."""
    members = []
    for name, target in links.items():
        member = tarfile.TarInfo(f"foo-1.0/{name}")
        member.type, member.linkname = tarfile.SYMTYPE, target
        members.append(member)
    fields: dict[str, Any] = {"license_files": ["LICENSE"], "extra_files": {"foo-1.0/docs/COPYING": b"x"}}
    made = sdist("foo", "1.0", extra_members=members, **fields)
    if there:
        assert read(tmp_path, made).name == "foo"
        return
    with pytest.raises(DistributionRefused, match=r"License-File 'LICENSE'.*or as a link to one in it"):
        read(tmp_path, made)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Whoever has to fix five things should not have to upload five times."""
    text = (
        "Metadata-Version: 2.4\nName: other\nVersion: 2.0\nSummary: a\n b\nInvented: x\nRequires-Dist: o @ https://o\n"
    )
    _, content = sdist("Foo.Bar", "1.0", metadata_text=text, extra_files={"astray/x": b""})
    with pytest.raises(DistributionRefused) as refused:
        read(tmp_path, ("Foo.Bar-1.0.tar.gz", content))
    told = "\n".join(problem.detail for problem in refused.value.problems)
    for each in (
        "foo_bar-1.0.tar.gz",
        "'astray'",
        "Name: 'other'",
        "Version: 2.0",
        "summary",
        "'invented'",
        "direct URL",
    ):
        assert each in told
    assert {problem.reason for problem in refused.value.problems} == {
        Reason.FILENAME_INVALID,
        Reason.ARCHIVE_MALFORMED,
        Reason.METADATA_MALFORMED,
    }


@given(
    st.binary(max_size=300)
    | st.text("MVNS:-\n\r \t2.4e\u00e9\u2028", max_size=80).map(lambda text: (HEAD + text).encode())
)
def test_no_metadata_raises(content: bytes) -> None:
    """Whatever the bytes, there is an answer and no exception."""
    parse_metadata(content)


def form_of(distribution: Distribution, **changed: list[str]) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {
        "name": [distribution.display_name],
        "version": [str(distribution.version)],
        "filetype": [distribution.filetype],
        "metadata_version": [distribution.metadata_version],
        "pyversion": ["source" if distribution.filetype == "sdist" else "py3"],
    }
    return form | changed


def compare(distribution: Distribution, **changed: list[str]) -> tuple[FileProblem, ...]:
    return compare_with_form(distribution, form_of(distribution, **changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ["foo.BAR"]},
        {"version": ["1"]},
        {"summary": ["A summary"]},
        {"summary": []},
        {"summary": [""]},
        {"requires_python": ["<4, >=3.8"]},
        {"requires_python": [""]},
        {"pyversion": []},
        {"keywords": ["anything", "twice"]},
        {"metadata_version": ["2.3"]},  # as flit sends it, whatever the file says
    ],
)
def test_a_form_that_means_the_same_agrees(tmp_path: Path, changed: dict[str, list[str]]) -> None:
    """Names are compared normalized, versions by PEP 440, specifiers as sets; an absent or empty field says nothing."""
    distribution = read(tmp_path, sdist("Foo.Bar", "1.0", summary="A summary", requires_python=">=3.8,<4"))
    assert compare(distribution, **changed) == ()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", ["other"]),
        ("name", ["foo bar!"]),
        ("name", []),
        ("name", ["foo-bar", "other"]),
        ("version", ["1.1"]),
        ("version", ["one"]),
        ("version", ["1" * 5000]),
        ("version", []),
        ("filetype", ["bdist_wheel"]),
        ("filetype", []),
        ("metadata_version", []),
        ("summary", ["Another summary"]),
        ("requires_python", [">=3.9"]),
        ("requires_python", ["three"]),
        ("pyversion", ["py3"]),
    ],
)
def test_a_form_that_says_something_else_is_a_mismatch(tmp_path: Path, field: str, values: list[str]) -> None:
    """Warehouse trusts the form (its own TODO); here the file's word counts and the form must not contradict it."""
    distribution = read(tmp_path, sdist("Foo.Bar", "1.0", summary="A summary", requires_python=">=3.8,<4"))
    (problem,) = compare(distribution, **{field: values})
    assert problem.reason is Reason.METADATA_MISMATCH
    assert f" {field}" in problem.detail


def test_a_form_that_takes_long_to_read_is_a_mismatch_at_once(tmp_path: Path) -> None:
    """Threat: eight megabytes of specifiers keep a worker busy for half a minute; the file's own have 255 characters."""
    distribution = read(tmp_path, sdist("foo", "1.0", requires_python=">=1"))
    assert compare(distribution, requires_python=[">=1," * 60]) == ()
    began = time.process_time()
    assert len(compare(distribution, requires_python=[">=1," * 2_000_000])) == 1
    assert time.process_time() - began < 1


def test_each_disagreement_is_told(tmp_path: Path) -> None:
    """One problem for each field."""
    distribution = read(tmp_path, sdist("foo", "1.0"))
    assert len(compare(distribution, name=["bar"], version=["2"], summary=["x"])) == 3


@pytest.mark.parametrize(
    ("pyversion", "agrees"), [("py2.py3", True), ("py3.py2", True), ("py3", True), ("cp311", False)]
)
def test_a_wheels_pyversion_is_its_python_tag(tmp_path: Path, pyversion: str, agrees: bool) -> None:
    """Clients send the tag as the file name has it, in another order, or one of the set."""
    distribution = read(tmp_path, wheel("foo", "1.0", "py2.py3-none-any"))
    assert (compare(distribution, pyversion=[pyversion]) == ()) is agrees
