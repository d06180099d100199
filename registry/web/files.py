"""The page of a file: what it is, and why it was let in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from expectations.addresses import for_package
from expectations.publishers.matching import title
from registry.models import Package
from registry.oidc.binding import publisher_of
from registry.queries import find_file, has_provenance, served_evidence
from registry.web.checking_again import checking_again
from registry.web.provenance_words import tell_verdict
from registry.web.reviews import Reviews
from verification.parameters import escaped


@require_safe
@for_package
def file(request: HttpRequest, package: Package, version: str, filename: str) -> HttpResponse:
    """Show an offered file with its verdict; another spelling of its version leads to it."""
    # PostgreSQL could not even be asked for a NUL.
    found = find_file(package.name, version, filename) if filename.isprintable() else None
    if found is None:
        raise Http404
    if found.release.version != version:
        address = {"name": package.name, "version": found.release.version, "filename": filename}
        return redirect("file-page", **address, permanent=True)
    publisher = publisher_of(found.uploaded_by)
    telling, served = tell_verdict(found.verdict.document), served_evidence(found)
    context = {
        "package": package,
        "file": found,
        "version": found.release.version,
        "prefix": found.sha256[:2],
        "publisher": escaped(title(publisher)) if publisher else "",
        "has_provenance": has_provenance(found, served),
        "telling": telling,
        "overdue": Reviews.in_force().overdue(telling.builder_name, telling.review_by),
        "expectation": found.verdict.expectation,
        "again": checking_again(found, served, unsigned=telling.unsigned),
    }
    return render(request, "registry/file.html", context)
