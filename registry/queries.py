"""What is offered to whom asks: reads only. There is one definition of "offered", and every read goes by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version
from pypi_attestations import Provenance

from expectations.columns import Columns, Value
from expectations.documents import PackageState
from expectations.models import Grant
from expectations.statements import Asked, Row, Statement, together
from registry.models import File, Package, VerdictEvidence, VerdictRecord
from verification import publisher
from verification.bundle import digest_of
from verification.verdict import Accepted, Role

SERVED = (Role.MATCHED, Role.CORROBORATING)
"""The roles of evidence that is served with its file (trust rules, "Evidence" 1)."""


def normalised(name: str) -> str | None:
    """Return the PEP 503 form of a name, or None for a text that no package can be called by."""
    try:
        return canonicalize_name(name, validate=True)
    except InvalidName:
        return None


def all_packages() -> QuerySet[Package]:
    """Return every package, with what lists show of it."""
    return Package.objects.only("name", "display_name").order_by("name")


def find_package(name: str) -> Package | None:
    """Return the package of a name in any spelling, or None."""
    found = normalised(name)
    return None if found is None else package_called(found)


_PACKAGE = Columns(Package, "p")
PACKAGE_CALLED = Statement(f"SELECT {_PACKAGE.selected} FROM registry_package p WHERE p.name = %s")  # noqa: S608  (the model's own columns)
"""Asked with a normalised name; :func:`package_in` reads the answer."""


def package_called(name: str) -> Package | None:
    """Return the package of a normalised name, or None."""
    (rows,) = together(PACKAGE_CALLED(name))
    return package_in(rows)


def package_in(rows: Sequence[Row]) -> Package | None:
    """Return the package that :data:`PACKAGE_CALLED` has found, or None."""
    return _PACKAGE.read(rows[0]) if rows else None


def packages_of(person: UUID | None) -> QuerySet[Package]:
    """Return the packages that a person holds a role of, by name."""
    latest = (
        Grant.objects.filter(person=person, package__isnull=False)
        .order_by("package", "-pk")
        .distinct("package")
        .values_list("package", "given")
    )
    return Package.objects.filter(pk__in=[package for package, given in latest if given])


def visible_files(package: Package) -> QuerySet[File]:
    """Return the files that a package offers, by name, with release, verdict and served evidence: two queries."""
    return _with_evidence(offered().filter(release__package=package)).order_by("filename")


def offered_files(package: Package) -> QuerySet[File]:
    """Return the files that a package offers, bare."""
    return offered().filter(release__package=package)


class OfferedEntry(NamedTuple):
    """A file as its package's page of the index has it: its id, its release, and its place in both forms.

    ``stamp`` says what these were made by; without it they are not made yet.
    """

    file: UUID
    version: str
    yanked: bool
    stamp: str | None
    json: str
    html: str


def offered_entries(package: Package) -> Asked:
    """Return what asks for each file that a package offers, by name: the rows are those of :class:`OfferedEntry`."""
    return _offered_entries()(package.pk)


def _compiled(query: QuerySet[File, Any], *places: Value) -> Callable[..., Asked]:
    """Return what asks a query with other values in the places of these, built once.

    Django takes longer to build it than the database to answer.
    """
    text, values = query.query.sql_with_params()
    statement = Statement(text)

    def asking(*given: Value) -> Asked:
        put = dict(zip(places, given, strict=True))
        return statement(*(put.get(value, value) for value in values))

    return asking


_ANY = UUID(int=0)


@cache
def _offered_entries() -> Callable[[UUID], Asked]:
    files = offered().filter(release__package=_ANY).order_by("filename")
    rows = files.annotate(yanked=Q(release__yanked_at__isnull=False)).values_list(
        "pk", "release__version", "yanked", "index_entry__stamp", "index_entry__json", "index_entry__html"
    )
    return _compiled(rows, _ANY)


def is_offered(sha256: str, filename: str) -> bool:
    """Say whether a file of exactly this content and name is offered."""
    (rows,) = together(_offered_file("filename")(sha256, filename))
    return bool(rows)


def find_metadata(sha256: str, filename: str) -> bytes | None:
    """Return the core metadata of the offered file of exactly this content and name, or None."""
    (rows,) = together(_offered_file("metadata")(sha256, filename))
    return rows[0][0] if rows else None


@cache
def _offered_file(column: str) -> Callable[[str, str], Asked]:
    sha256, filename = "any content", "any name"
    return _compiled(offered().filter(sha256=sha256, filename=filename).values_list(column), sha256, filename)


def find_file(project: str, version: str, filename: str) -> File | None:
    """Return the offered file of this name, if it is of that project (PEP 503) and version (PEP 440), or None.

    It comes with its verdict and served evidence.
    """
    file = _with_evidence(offered().filter(filename=filename)).select_related("release__package", "verdict").first()
    if file is None or file.release.package.name != normalised(project):
        return None
    return file if _is_same_version(file.release.version, version) else None


class Served(NamedTuple):
    """A piece of evidence that is served with its file: its place in the verdict, its SHA-256 (hex), its bytes as sent."""

    position: int
    sha256: str
    content: bytes


def served_evidence(file: File) -> list[Served]:
    """Return the evidence that is served with a file, in the order sent: what matched, and what corroborates it."""
    rows = (row for row in file.verdict.evidence.all() if row.role in SERVED)
    return [Served(row.position, row.evidence_id, bytes(row.evidence.content)) for row in rows]


def served_by(verdict: Accepted, evidence: Sequence[bytes]) -> list[Served]:
    """Return the same of a verdict that is being written, over its evidence as sent."""
    sent = {digest_of(part): part for part in evidence}
    reports = enumerate(verdict.attestations)
    return [Served(at, each.digest, sent[each.digest]) for at, each in reports if each.role in SERVED]


def provenance(file: File, served: Sequence[Served]) -> Provenance | None:
    """Return the PEP 740 provenance object of a file with its served evidence, or None: not all has such a form."""
    return publisher.provenance_of(file.verdict.document, [(each.position, each.content) for each in served])


def has_provenance(file: File, served: Sequence[Served]) -> bool:
    """Say whether :func:`provenance` has one to return, without making it."""
    return publisher.has_provenance(file.verdict.document, [(each.position, each.content) for each in served])


def find_evidence(file: File, sha256: str) -> bytes | None:
    """Return the bytes as sent of a piece of evidence that is served with the file, or None."""
    return next((each.content for each in served_evidence(file) if each.sha256 == sha256), None)


def offered() -> QuerySet[File]:
    """Files whose blob is safe, whose verdict let them in, that nobody agreed to delete, of packages not in quarantine."""
    # By a subquery: of a join PostgreSQL, where it has not counted the table yet, expects one row of the result, and reads all
    # verdicts for each file. Such a plan stays with a connection while the table grows.
    result = VerdictRecord.objects.filter(pk=OuterRef("verdict_id")).values("result")
    accepted = Q(verdict_result=VerdictRecord.Result.ACCEPTED)
    return (
        File.objects.alias(verdict_result=Subquery(result))
        .filter(accepted, visible_at__isnull=False, deleted_at=None)
        .exclude(release__package__state=PackageState.QUARANTINED)
    )


def _with_evidence(files: QuerySet[File]) -> QuerySet[File]:
    """Read along what tells where the files come from; not their metadata, which can be large and is read by itself."""
    served = VerdictEvidence.objects.filter(role__in=SERVED).select_related("evidence").order_by("position")
    return (
        files.select_related("release", "verdict")
        .prefetch_related(Prefetch("verdict__evidence", queryset=served))
        .defer("metadata")
    )


def _is_same_version(ours: str, asked: str) -> bool:
    try:
        return Version(ours) == Version(asked)
    except InvalidVersion:
        return False
