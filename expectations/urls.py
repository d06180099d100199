"""The addresses of expectations and proposals."""

from django.urls import URLPattern, URLResolver, path

from expectations import views
from expectations.guided import json_page
from expectations.guided import views as guided

urlpatterns: list[URLPattern | URLResolver] = [
    path("packages/<str:name>/expectation/", views.expectation, name="expectation"),
    path("packages/<str:name>/expectation/propose/", json_page.propose, name="expectation-propose"),
    path("packages/<str:name>/expectation/questions/", guided.ask, name="expectation-guided"),
    path("packages/<str:name>/expectation/<int:number>/", views.expectation_version, name="expectation-version"),
    path("proposals/<uuid:proposal_id>/", views.proposal, name="proposal"),
    path("proposals/<uuid:proposal_id>/decide/", views.decide, name="proposal-decide"),
]
