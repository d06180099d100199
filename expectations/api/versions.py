"""Trusted documents and all their versions: of a package, and of the registry."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expectations import queries, trusted
from expectations.api.packages import find_package
from expectations.api.paging import PageQuery, PageSerializer, page
from expectations.api.problems import responses
from expectations.api.view import PublicView
from expectations.models import DocumentVersion, Kind, Source
from expectations.trusted import Trusted

OF_A_PACKAGE = {
    Kind.EXPECTATION: trusted.expectation_of,
    Kind.ROSTER: trusted.roster_of,
    Kind.STATUS: trusted.status_of,
    Kind.PUBLISHERS: trusted.publishers_of,
}
OF_THE_REGISTRY = {
    Kind.ROOTS: trusted.roots,
    Kind.POLICY: trusted.policy,
    Kind.ISSUERS: trusted.issuers,
    Kind.STEWARDS: trusted.stewards,
}

PACKAGE_KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=[kind.value for kind in OF_A_PACKAGE])
REGISTRY_KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=[kind.value for kind in OF_THE_REGISTRY])


class VersionSerializer(serializers.Serializer[Any]):
    """A version of a trusted document. ``digest`` is the SHA-256 of the document's RFC 8785 form.

    ``proposal`` is what two people agreed to, where ``source`` says so; ``closed_by`` the person who closed a package.
    """

    kind = serializers.ChoiceField(choices=Kind.values)
    package = serializers.CharField(allow_null=True)
    number = serializers.IntegerField()
    digest = serializers.CharField()
    document = serializers.DictField()
    source = serializers.ChoiceField(choices=Source.values)  # type: ignore[assignment]  # DRF takes declared fields away
    proposal = serializers.UUIDField(allow_null=True)
    closed_by = serializers.UUIDField(allow_null=True)
    activated_at = serializers.DateTimeField()


class VersionPageSerializer(PageSerializer):
    """Versions, the newest first."""

    items = VersionSerializer(many=True)


def tell(version: DocumentVersion) -> dict[str, Any]:
    """Return a version as the API tells it: people by their ids alone."""
    return dict(
        VersionSerializer(
            {
                "kind": version.kind,
                "package": version.package.name if version.package else None,
                "number": version.number,
                "digest": version.digest,
                "document": json.loads(version.document),
                "source": version.source,
                "proposal": version.proposal_id,
                "closed_by": version.closed_by_id,
                "activated_at": version.activated_at,
            }
        ).data
    )


def _in_force(about: Trusted) -> Response:
    version = queries.in_force(about)
    if version is None:
        raise Http404
    return Response(tell(version))


def _numbered(about: Trusted, number: int) -> Response:
    version = queries.history(about).filter(number=number).first()
    if version is None:
        raise Http404
    return Response(tell(version))


def _history(request: Request, about: Trusted) -> Response:
    return Response(page(request, queries.history(about).select_related("package"), tell))


class PackageDocumentView(PublicView):
    """What is in force of a package."""

    @extend_schema(
        operation_id="package_document",
        tags=["packages"],
        parameters=[PACKAGE_KIND],
        responses={200: VersionSerializer, **responses(404)},
        auth=[],
    )
    def get(self, request: Request, name: str, kind: str) -> Response:
        """Tell what is in force: expectation, maintainers, state or publishers. 404 where none was ever written."""
        return _in_force(OF_A_PACKAGE[Kind(kind)](find_package(name)))


class PackageHistoryView(PublicView):
    """Every version of a package's document."""

    @extend_schema(
        operation_id="package_history",
        tags=["packages"],
        parameters=[PACKAGE_KIND, PageQuery],
        responses={200: VersionPageSerializer, **responses(400, 404)},
        auth=[],
    )
    def get(self, request: Request, name: str, kind: str) -> Response:
        """List every version, the newest first: what was promised, since when, and by which proposal."""
        return _history(request, OF_A_PACKAGE[Kind(kind)](find_package(name)))


class PackageVersionView(PublicView):
    """One version of a package's document."""

    @extend_schema(
        operation_id="package_version",
        tags=["packages"],
        parameters=[PACKAGE_KIND],
        responses={200: VersionSerializer, **responses(404)},
        auth=[],
    )
    def get(self, request: Request, name: str, kind: str, number: int) -> Response:
        """Tell one version, in force or not. It never changes."""
        return _numbered(OF_A_PACKAGE[Kind(kind)](find_package(name)), number)


class RegistryDocumentView(PublicView):
    """What is in force of the registry."""

    @extend_schema(
        operation_id="registry_document",
        tags=["registry"],
        parameters=[REGISTRY_KIND],
        responses={200: VersionSerializer, **responses(404)},
        auth=[],
    )
    def get(self, request: Request, kind: str) -> Response:
        """Tell what is in force: the roots of trust, the policy, the identity providers or the stewards."""
        return _in_force(OF_THE_REGISTRY[Kind(kind)]())


class RegistryHistoryView(PublicView):
    """Every version of the registry's document."""

    @extend_schema(
        operation_id="registry_history",
        tags=["registry"],
        parameters=[REGISTRY_KIND, PageQuery],
        responses={200: VersionPageSerializer, **responses(400, 404)},
        auth=[],
    )
    def get(self, request: Request, kind: str) -> Response:
        """List every version, the newest first."""
        return _history(request, OF_THE_REGISTRY[Kind(kind)]())


class RegistryVersionView(PublicView):
    """One version of the registry's document."""

    @extend_schema(
        operation_id="registry_version",
        tags=["registry"],
        parameters=[REGISTRY_KIND],
        responses={200: VersionSerializer, **responses(404)},
        auth=[],
    )
    def get(self, request: Request, kind: str, number: int) -> Response:
        """Tell one version, in force or not. It never changes."""
        return _numbered(OF_THE_REGISTRY[Kind(kind)](), number)
