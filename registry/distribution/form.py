"""The upload form, held against what the file says of itself.

What is published is always the file's own word. But a form that says something else is not the form of this file, and
one of the two is not what its uploader believes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from registry.distribution.headers import MAX_SHORT
from registry.distribution.problems import FileProblem, shown
from registry.distribution.reading import Distribution
from verification.reasons import Reason

REQUIRED = frozenset({"name", "version", "filetype", "metadata_version"})
"""Fields without which a form does not say what it is about. All clients send them."""


def compare_with_form(distribution: Distribution, form: Mapping[str, list[str]]) -> tuple[FileProblem, ...]:
    """Return a METADATA_MISMATCH for each field on which form and file disagree.

    Other fields are fine; so are absent ones, but for the REQUIRED. An empty field counts as absent: uv sends
    `requires_python` always, sometimes empty.
    """
    return tuple(FileProblem(Reason.METADATA_MISMATCH, detail) for detail in _disagreements(distribution, form))


def _disagreements(distribution: Distribution, form: Mapping[str, list[str]]) -> Iterator[str]:
    for name, (ours, agrees) in _expected(distribution).items():
        values = [value for value in form.get(name, []) if value]
        if len(values) > 1:
            yield f"The form gives {name} {len(values)} times."
        elif not values:
            if name in REQUIRED:
                yield f"The form does not give {name}; the file says {shown(ours)}."
        elif not _holds(agrees, values[0]):
            yield f"The form gives {name} as {shown(values[0])}, and the file says {shown(ours)}."


def _expected(distribution: Distribution) -> dict[str, tuple[str, Callable[[str], bool]]]:
    """Return for each field what the file says, and whether a form's value means the same."""
    ours = distribution
    pyversions = _pyversions(ours)
    return {
        "name": (ours.display_name, lambda value: canonicalize_name(value, validate=True) == ours.name),
        "version": (str(ours.version), lambda value: Version(value) == ours.version),
        # It has to be there and says nothing of the file: flit writes the same one whatever its backend wrote into the file.
        "metadata_version": (ours.metadata_version, lambda _: True),
        "summary": (ours.summary, lambda value: " ".join(value.split()) == ours.summary),
        "requires_python": (
            ours.requires_python,
            lambda value: len(value) <= MAX_SHORT and SpecifierSet(value) == SpecifierSet(ours.requires_python),
        ),
        "filetype": (ours.filetype, lambda value: value == ours.filetype),
        # Clients spell a wheel's tag set in their own order, and some send but one of it.
        "pyversion": (".".join(sorted(pyversions)), lambda value: pyversions.issuperset(value.lower().split("."))),
    }


def _pyversions(distribution: Distribution) -> frozenset[str]:
    if distribution.filetype == "sdist":
        return frozenset({"source"})
    _, _, _, tags = parse_wheel_filename(distribution.filename)
    return frozenset(tag.interpreter for tag in tags)


def _holds(agrees: Callable[[str], bool], value: str) -> bool:
    try:
        return agrees(value)
    except ValueError:
        # It is no name, version or specifier at all: InvalidName, InvalidVersion and InvalidSpecifier are ValueErrors.
        return False
