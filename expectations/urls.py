"""The addresses of expectations and proposals."""

from django.urls import URLPattern, URLResolver, path

from expectations import views, waiting
from expectations.guided import json_page
from expectations.guided import views as guided
from expectations.registry_pages import issuers, policy, roots, stewards

urlpatterns: list[URLPattern | URLResolver] = [
    path("packages/<str:name>/expectation/", views.expectation, name="expectation"),
    path("packages/<str:name>/expectation/propose/", json_page.propose, name="expectation-propose"),
    path("packages/<str:name>/expectation/questions/", guided.ask, name="expectation-guided"),
    path("packages/<str:name>/expectation/<int:number>/", views.expectation_version, name="expectation-version"),
    path("waiting/", waiting.waiting, name="waiting"),
    path("registry/roots/", roots.roots, name="roots"),
    path("registry/policy/", policy.policy, name="policy"),
    path("registry/issuers/", issuers.issuers, name="issuers"),
    path("registry/stewards/", stewards.stewards, name="stewards"),
]
