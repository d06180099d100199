"""Packages as they stand in addresses: by their normalised name (PEP 503), and any other spelling leads there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.apps import apps
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from packaging.utils import InvalidName, canonicalize_name

if TYPE_CHECKING:
    from registry.models import Package

P = ParamSpec("P")


def for_package(view: Callable[Concatenate[HttpRequest, Package, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the package of the address to the view; 301 for another spelling of its name, 404 for an unknown one."""

    @wraps(view)
    def with_package(request: HttpRequest, name: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if name != (normalised := _normalised(name)):
            return _elsewhere(request, normalised)
        package: Package = get_object_or_404(apps.get_model("registry", "Package"), name=name)
        return view(request, package, *args, **kwargs)

    return with_package


def _normalised(name: str) -> str:
    try:
        return canonicalize_name(name, validate=True)
    except InvalidName as error:
        raise Http404 from error


def _elsewhere(request: HttpRequest, name: str) -> HttpResponse:
    match = request.resolver_match
    assert match is not None
    target = reverse(match.view_name, kwargs={**match.kwargs, "name": name})
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)
