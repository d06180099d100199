"""The audit log as JSON, a page at a time."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expectations import audit
from expectations.api.paging import MOST, asked
from expectations.api.problems import responses
from expectations.api.view import PublicView
from expectations.models import AuditLeaf

LAST_NUMBER = 2**53 - 1


class LogQuery(serializers.Serializer[Any]):
    """Which leaves are wanted."""

    start = serializers.IntegerField(
        min_value=0, max_value=LAST_NUMBER, default=0, help_text="The number of the first leaf."
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=MOST, help_text="How many leaves.")


class HeadSerializer(serializers.Serializer[Any]):
    """Where the log stands: its last leaf."""

    index = serializers.IntegerField()
    leaf_hash = serializers.CharField()


class LeafSerializer(serializers.Serializer[Any]):
    """One leaf. ``leaf`` is its exact text (canonical JSON); ``leaf_hash`` SHA-256 of a zero byte and that text (RFC 6962)."""

    index = serializers.IntegerField()
    leaf = serializers.CharField()
    leaf_hash = serializers.CharField()
    recorded_at = serializers.DateTimeField()


class LogPageSerializer(serializers.Serializer[Any]):
    """Leaves in their order, and where the log stood when they were read."""

    head = HeadSerializer()
    items = LeafSerializer(many=True)


class AuditLogView(PublicView):
    """The audit log."""

    @extend_schema(
        operation_id="audit_log",
        tags=["registry"],
        parameters=[LogQuery],
        responses={200: LogPageSerializer, **responses(400)},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """List leaves in their order, from ``start`` on. What was read once never changes."""
        wanted = asked(request, LogQuery)
        head = audit.head()
        leaves = AuditLeaf.objects.filter(index__gte=wanted["start"]).order_by("index")[: wanted["limit"]]
        told = {"head": {"index": head.index, "leaf_hash": head.leaf_hash}, "items": leaves}
        return Response(LogPageSerializer(told).data)
