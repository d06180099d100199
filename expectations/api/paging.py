"""Long lists a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

MOST = 100
"""Most items of one answer."""

FURTHEST = 2**31 - 1

M = TypeVar("M", bound=Model)


class PageQuery(serializers.Serializer[Any]):
    """Which part of a list is wanted."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=25, help_text="How many items.")
    offset = serializers.IntegerField(min_value=0, max_value=FURTHEST, default=0, help_text="How many are passed over.")


class PageSerializer(serializers.Serializer[Any]):
    """A part of a list: how long the whole is, and which part this is. Subclasses say what ``items`` are."""

    total = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


def asked(request: Request, query: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Return the query's parameters. Raises ValidationError for one that is not what it says."""
    read = query(data=request.query_params)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def page(request: Request, rows: QuerySet[M] | Sequence[M], tell: Callable[[M], dict[str, Any]]) -> dict[str, Any]:
    """Return the part of the rows that the request asks for, each as ``tell`` tells it."""
    wanted = asked(request, PageQuery)
    start = wanted["offset"]
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    return {"total": total, **wanted, "items": [tell(row) for row in rows[start : start + wanted["limit"]]]}
