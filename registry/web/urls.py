"""The addresses of the pages."""

from django.urls import URLPattern, URLResolver, path

from registry.web import account

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", account.show, name="account"),
    path("account/tokens/", account.make_token, name="token-create"),
    path("account/tokens/<uuid:token_id>/revoke/", account.end_token, name="token-revoke"),
]
