"""Uploads that were turned away, with all their checks, for whoever maintains the package."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expectations import queries
from expectations.api.packages import find_package
from expectations.api.paging import PageQuery, PageSerializer, page
from expectations.api.problems import ApiProblem, responses
from registry.api.authors import AuthorView, author_of, refuse_beyond
from registry.models import Account, Package, Refusal
from verification.reasons import Reason


class ProblemOfAFileSerializer(serializers.Serializer[Any]):
    """One thing that stands against a file: a word of /api/v1/reasons, and what exactly."""

    reason = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)


class RefusalSerializer(serializers.Serializer[Any]):
    """A refused upload. ``verdict`` has every check (/schemas/verdict-1.json); null where it did not come so far.

    ``reason`` and ``message`` lead; ``problems`` has everything that was wrong with the file.
    """

    id = serializers.UUIDField()
    package = serializers.CharField()
    filename = serializers.CharField(allow_blank=True)
    sha256 = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    message = serializers.CharField(allow_blank=True)
    problems = ProblemOfAFileSerializer(many=True)
    expectation = serializers.IntegerField(allow_null=True)
    verdict = serializers.DictField(allow_null=True)
    token = serializers.UUIDField()
    created_at = serializers.DateTimeField()


class RefusalPageSerializer(PageSerializer):
    """Refused uploads, the latest first."""

    items = RefusalSerializer(many=True)


class RefusalsView(AuthorView):
    """The refused uploads of a package."""

    @extend_schema(
        operation_id="package_refusals",
        tags=["packages"],
        parameters=[PageQuery],
        responses={200: RefusalPageSerializer, **responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, name: str) -> Response:
        """List the uploads to a package that were refused, the latest first, for its maintainers."""
        account, package = author_of(request), find_package(name)
        refuse_beyond(request, package)
        _refuse_strangers(account, package)
        refused = package.refusals.select_related("package", "verdict__expectation")
        return Response(page(request, refused, _tell))


def _refuse_strangers(account: Account, package: Package) -> None:
    if account.person_id not in queries.maintainers(package):
        raise ApiProblem(403, Reason.NOT_A_MAINTAINER)


def _tell(refusal: Refusal) -> dict[str, Any]:
    verdict = refusal.verdict
    promise = verdict.expectation if verdict else None
    return dict(
        RefusalSerializer(
            {
                "id": refusal.pk,
                "package": refusal.package.name if refusal.package else "",
                "filename": refusal.filename,
                "sha256": refusal.sha256,
                "reason": refusal.reason,
                "message": refusal.message,
                "problems": refusal.problems,
                "expectation": promise.number if promise else None,
                "verdict": json.loads(verdict.document) if verdict else None,
                "token": refusal.token_id,
                "created_at": refusal.created_at,
            }
        ).data
    )
