"""The closed list of reasons, so that the ``type`` of a problem leads somewhere."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expectations.api.problems import responses
from expectations.api.view import PublicView
from verification.reasons import Reason

WORD = OpenApiParameter("reason", str, OpenApiParameter.PATH, pattern="^[a-z-]{1,60}$")


class ReasonSerializer(serializers.Serializer[Any]):
    """A reason's word, which never changes, and the sentence that tells a person what to do."""

    reason = serializers.CharField()
    sentence = serializers.CharField()


class ReasonsView(PublicView):
    """All reasons."""

    @extend_schema(operation_id="reasons", tags=["registry"], responses={200: ReasonSerializer(many=True)}, auth=[])
    def get(self, request: Request) -> Response:
        """List every reason that a refusal can have."""
        return Response([_tell(reason) for reason in Reason])


class ReasonView(PublicView):
    """One reason."""

    @extend_schema(
        operation_id="reason",
        tags=["registry"],
        parameters=[WORD],
        responses={200: ReasonSerializer, **responses(404)},
        auth=[],
    )
    def get(self, request: Request, reason: Reason) -> Response:
        """Tell what a reason means."""
        return Response(_tell(reason))


def _tell(reason: Reason) -> dict[str, str]:
    return {"reason": reason.value, "sentence": reason.sentence}
