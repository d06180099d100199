"""The addresses of the JSON API's first version. What stands here stays; what would break it becomes a second version."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from expectations.api.problems import unknown_address
from registry.api import dry_run, openapi, proposing, refusals

urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", openapi.openapi, name="openapi"),
    path("dry-run", dry_run.DryRunView.as_view(), name="dry-run"),
    path("proposals", proposing.ProposingView.as_view()),
    path("proposals/<uuid:proposal_id>/document", proposing.ProposedDocumentView.as_view()),
    path("packages/<str:name>/refusals", refusals.RefusalsView.as_view()),
    path("", include("expectations.api.urls")),
    path("", unknown_address),
    path("<path:rest>", unknown_address),
]
