"""The API's addresses that need no rows of the registry. The converters let through only what there can be."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter
from django.urls.converters import StringConverter

from expectations.api import log, packages, proposals, reasons, versions
from verification.reasons import Reason


class PackageKindConverter(StringConverter):
    """A kind of document of a package."""

    regex = "|".join(versions.OF_A_PACKAGE)


class RegistryKindConverter(StringConverter):
    """A kind of document of the registry."""

    regex = "|".join(versions.OF_THE_REGISTRY)


class ReasonConverter:
    """A word of the closed list."""

    regex = "[a-z-]{1,60}"

    def to_python(self, value: str) -> Reason:
        """Return the reason. Raises ValueError, by which the address is unknown, for another word."""
        return Reason(value)

    def to_url(self, value: Reason) -> str:
        """Return its word."""
        return value.value


register_converter(PackageKindConverter, "package_kind")
register_converter(RegistryKindConverter, "registry_kind")
register_converter(ReasonConverter, "reason")

urlpatterns: list[URLPattern | URLResolver] = [
    path("packages/<str:name>", packages.PackageView.as_view()),
    path("packages/<str:name>/proposals", proposals.PackageProposalsView.as_view()),
    path("packages/<str:name>/<package_kind:kind>", versions.PackageDocumentView.as_view()),
    path("packages/<str:name>/<package_kind:kind>/versions", versions.PackageHistoryView.as_view()),
    path("packages/<str:name>/<package_kind:kind>/versions/<int:number>", versions.PackageVersionView.as_view()),
    path("proposals/<uuid:proposal_id>", proposals.ProposalView.as_view(), name="api-proposal"),
    path("proposals/<uuid:proposal_id>/decisions", proposals.DecisionsView.as_view()),
    path("registry/proposals", proposals.RegistryProposalsView.as_view()),
    path("registry/<registry_kind:kind>", versions.RegistryDocumentView.as_view()),
    path("registry/<registry_kind:kind>/versions", versions.RegistryHistoryView.as_view()),
    path("registry/<registry_kind:kind>/versions/<int:number>", versions.RegistryVersionView.as_view()),
    path("audit", log.AuditLogView.as_view()),
    path("reasons", reasons.ReasonsView.as_view()),
    path("reasons/<reason:reason>", reasons.ReasonView.as_view()),
]
