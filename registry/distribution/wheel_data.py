"""A wheel's .data directory: files that are installed elsewhere than they lie (PEP 427, "The .data directory")."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from registry.distribution.problems import FileProblem, archive_problem, shown_some

_BESIDE_THE_REST = ("purelib", "platlib")
"""What lies beneath these comes to lie where the wheel's other files do."""


def data_problems(paths: Collection[str], dist_info: str) -> Iterator[FileProblem]:
    """Yield which of a wheel's files would be installed by some installers alone, or in another one's place."""
    ours = f"{dist_info.removesuffix('.dist-info')}.data"
    foreign = {top for path in paths if (top := path.partition("/")[0]).endswith(".data") and top != ours}
    if foreign:
        # pip unfolds any directory of this name; uv and installer leave another one's where it lies.
        yield archive_problem(f"A wheel's files for elsewhere are in {ours}, and not in {shown_some(foreign)}.")
    elsewhere = {path: path.removeprefix(f"{ours}/") for path in paths if path.startswith(f"{ours}/")}
    described = {path for path, target in elsewhere.items() if ".dist-info/" in target}
    if described:
        yield archive_problem(
            f"These files would be installed as another description of a package: {shown_some(described)}."
        )
    twice = {path for path, target in elsewhere.items() if _is_taken(target, paths, ours)}
    if twice:
        yield archive_problem(f"These files would be installed over others of the wheel: {shown_some(twice)}.")


def _is_taken(target: str, paths: Collection[str], ours: str) -> bool:
    """Return whether what lies at a place beneath .data would be installed where another file of the wheel is."""
    scheme, _, place = target.partition("/")
    return scheme in _BESIDE_THE_REST and (
        place in paths or all(f"{ours}/{each}/{place}" in paths for each in _BESIDE_THE_REST)
    )
