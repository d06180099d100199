"""A package of the API's addresses, and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from drf_spectacular.utils import extend_schema
from packaging.utils import InvalidName, canonicalize_name
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from expectations import queries
from expectations.api.problems import ApiProblem, responses
from expectations.api.view import PublicView
from expectations.documents import PackageState
from verification.reasons import Reason

if TYPE_CHECKING:
    from registry.models import Package


def find_package(name: str) -> Package:
    """Return the package of a name in any spelling. Raises ApiProblem (NAME_UNKNOWN)."""
    try:
        normalised = canonicalize_name(name, validate=True)
    except InvalidName as error:
        raise ApiProblem(404, Reason.NAME_UNKNOWN) from error
    found: Package | None = apps.get_model("registry", "Package").objects.filter(name=normalised).first()
    if found is None:
        raise ApiProblem(404, Reason.NAME_UNKNOWN)
    return found


class PromiseSerializer(serializers.Serializer[Any]):
    """Which expectation is in force: its version's number and the SHA-256 of its document."""

    number = serializers.IntegerField()
    digest = serializers.CharField()


class PackageSerializer(serializers.Serializer[Any]):
    """A package, its state with its maintainers' note, and what is in force of its promise (null before the first)."""

    name = serializers.CharField()
    display_name = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in PackageState])
    note = serializers.CharField(allow_blank=True)
    takes_uploads = serializers.BooleanField()
    offers_files = serializers.BooleanField()
    expectation = PromiseSerializer(allow_null=True)


class PackageView(PublicView):
    """How a package stands."""

    @extend_schema(
        operation_id="package", tags=["packages"], responses={200: PackageSerializer, **responses(404)}, auth=[]
    )
    def get(self, request: Request, name: str) -> Response:
        """Tell a package's state, and which expectation is in force."""
        package = find_package(name)
        status, promise = queries.status(package), queries.active_expectation(package)
        return Response(
            {
                "name": package.name,
                "display_name": package.display_name,
                "state": status.state.value,
                "note": status.note,
                "takes_uploads": status.state.takes_uploads,
                "offers_files": status.state.offers_files,
                "expectation": promise and {"number": promise.number, "digest": promise.digest},
            }
        )
