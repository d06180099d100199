"""What the decision on an upload stands on: read at its outset, and under the package's lock, where it holds until the end."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from packaging.utils import canonicalize_version

from expectations import queries
from expectations.columns import Columns
from expectations.models import DocumentVersion
from expectations.queries import InForce
from expectations.statements import Asked, Row, Statement, together
from registry import tokens
from registry.models import File, Package, Release, Token
from registry.queries import PACKAGE_CALLED, package_in
from verification.subject import Artifact, identity_of


@dataclass(frozen=True, slots=True)
class Outset:
    """What is known before a file is looked at: its package, if there is one of the name, and the roots of trust.

    ``maintains`` says whether the person of who sends it maintains that package. All of it may change at once.
    """

    package: Package | None
    maintains: bool
    roots: DocumentVersion


def outset_of(name: str, token: Token) -> Outset:
    """Return what is known of an upload to a normalised name."""
    package, roots, ((maintains,),) = together(
        PACKAGE_CALLED(name), queries.NEWEST_ROOTS, _MAINTAINS(token.account.person_id, name)
    )
    return Outset(package_in(package), bool(maintains), queries.newest(roots))


_MAINTAINS = Statement(
    "SELECT %s IN (SELECT m.person FROM registry_package p, LATERAL sluicegate_maintainers(p.id) m WHERE p.name = %s)"
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is in force, who sends the file, and what is there already.

    ``token`` is as it is now, with its account; ``maintains`` whether that one's person maintains the package.
    ``release`` is that of the file's version, if there is one, and ``release_files`` how many files it offers.
    ``existing`` is the file that has the name already, in any spelling: installers take them all for the same file.
    """

    in_force: InForce
    token: Token | None
    maintains: bool
    release: Release | None
    release_files: int
    existing: File | None


def ground_of(package: Package, artifact: Artifact) -> Ground:
    """Return what an upload is decided on, and note on the package the state and the bytes that it has at this moment."""
    ((row,),) = together(_finding(package, artifact, None))
    return _ground(package, row)


def locked_ground(package: Package, artifact: Artifact, token: Token) -> Ground:
    """Return the same under the package's lock, which is held from here to the transaction's end, and who sends the file.

    First use, expectations and releases are decided one at a time.
    """
    _, (row,) = together(_LOCK(package.pk), _finding(package, artifact, token))
    return _ground(package, row)


def _finding(package: Package, artifact: Artifact, token: Token | None) -> Asked:
    identity, version = identity_of(artifact.filename), canonicalize_version(artifact.version)
    return _FIND(identity, version, None if token is None else token.pk, package.pk)


def _ground(package: Package, row: Row) -> Ground:
    package.state, package.state_note, package.stored_bytes, existing, release_files, maintains = row[:_IN_FORCE]
    release = _RELEASE.read(row, _RELEASE_FROM)
    if release is not None:
        release.package = package
    return Ground(
        in_force=queries.read_in_force(row, _IN_FORCE),
        token=tokens.token_of(row, _TOKEN_FROM),
        maintains=bool(maintains),
        release=release,
        release_files=release_files,
        existing=None if existing is None else _file(existing),
    )


_RELEASE = Columns(Release, "r")
_LOCK = Statement("SELECT sluicegate_lock(%s)")
_FIND = Statement(f"""
SELECT p.state, p.state_note, p.stored_bytes,
    (SELECT f.id FROM registry_file f WHERE f.identity = %s),
    (SELECT count(*) FROM registry_file f WHERE f.release_id = r.id AND f.deleted_at IS NULL),
    a.person_id IN (SELECT m.person FROM sluicegate_maintainers(p.id) m),
    {queries.IN_FORCE}, {_RELEASE.selected}, {tokens.SELECTED}
FROM registry_package p {queries.IN_FORCE_JOINED}
LEFT JOIN registry_release r ON r.package_id = p.id AND r.canonical_version = %s
LEFT JOIN ({tokens.JOINED}) ON t.id = %s
WHERE p.id = %s
""")  # noqa: S608  (the columns are the models', and every value is a parameter)
_IN_FORCE = 6
_RELEASE_FROM = _IN_FORCE + queries.IN_FORCE_WIDTH
_TOKEN_FROM = _RELEASE_FROM + _RELEASE.width


def _file(existing: UUID) -> File:
    return File.objects.select_related("release__package", "verdict").get(pk=existing)
