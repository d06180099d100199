"""What is offered to whom asks: reads only. There is one definition of "offered", and every read goes by it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Prefetch, QuerySet
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version
from pypi_attestations import Provenance

from expectations.documents import PackageState
from expectations.models import Grant
from registry.models import File, Package, VerdictEvidence, VerdictRecord
from verification.publisher import provenance_of
from verification.verdict import Role

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
    return None if found is None else Package.objects.filter(name=found).first()


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
    return _with_evidence(_offered().filter(release__package=package)).order_by("filename")


def offered_entries(package: Package) -> list[tuple[str, str, str]]:
    """Return version, JSON and HTML of each file that a package offers, by name, for its page of the index."""
    offered = _offered().filter(release__package=package).order_by("filename")
    return list(offered.values_list("release__version", "index_entry__json", "index_entry__html"))


def find_blob(sha256: str, filename: str) -> File | None:
    """Return the offered file of exactly this content and name, or None."""
    return _offered().filter(sha256=sha256, filename=filename).only("sha256", "filename").first()


def find_metadata(sha256: str, filename: str) -> bytes | None:
    """Return the core metadata of the offered file of exactly this content and name, or None."""
    metadata = _offered().filter(sha256=sha256, filename=filename).values_list("metadata", flat=True).first()
    return None if metadata is None else bytes(metadata)


def find_file(project: str, version: str, filename: str) -> File | None:
    """Return the offered file of this name, if it is of that project (PEP 503) and version (PEP 440), or None.

    It comes with its verdict and served evidence.
    """
    file = _with_evidence(_offered().filter(filename=filename)).select_related("release__package", "verdict").first()
    if file is None or file.release.package.name != normalised(project):
        return None
    return file if _is_same_version(file.release.version, version) else None


def served_evidence(file: File) -> list[VerdictEvidence]:
    """Return the evidence that is served with a file, in the order sent: what matched, and what corroborates it."""
    return [row for row in file.verdict.evidence.all() if row.role in SERVED]


def provenance(file: File) -> Provenance | None:
    """Return the PEP 740 provenance object of a file that came with its evidence, or None: not all has such a form."""
    evidence = [(row.position, bytes(row.evidence.content)) for row in served_evidence(file)]
    return provenance_of(file.verdict.document, evidence)


def find_evidence(file: File, sha256: str) -> bytes | None:
    """Return the bytes as sent of a piece of evidence that is served with the file, or None."""
    return next((bytes(row.evidence.content) for row in served_evidence(file) if row.evidence_id == sha256), None)


def _offered() -> QuerySet[File]:
    """Files whose blob is safe, whose verdict let them in, that nobody agreed to delete, of packages not in quarantine."""
    return File.objects.filter(
        visible_at__isnull=False, deleted_at=None, verdict__result=VerdictRecord.Result.ACCEPTED
    ).exclude(release__package__state=PackageState.QUARANTINED)


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
