"""Who acts through the API: a person, by a browser's session or a token that was made to propose. Nobody decides here."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from expectations.api.problems import ApiProblem
from expectations.api.view import PublicView
from expectations.second_factor import has_second_factor
from registry.models import Account, Package, Token
from registry.tokens import find_token
from verification.reasons import Reason


class ProposeToken(BaseAuthentication):
    """``Authorization: Bearer`` and a token whose scope is to propose. Whatever else is sent there is refused."""

    def authenticate(self, request: Request) -> tuple[Account, Token] | None:
        """Return account and token; None without the header.

        Raises AuthenticationFailed; ApiProblem: NOT_A_PERSON, TOKEN_SCOPE.
        """
        if "Authorization" not in request.headers:
            return None
        scheme, _, secret = request.headers["Authorization"].partition(" ")
        token = find_token(secret.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise AuthenticationFailed
        if token.account.is_robot:
            raise ApiProblem(403, Reason.NOT_A_PERSON)
        if token.scope != Token.Scope.PROPOSE:
            raise ApiProblem(403, Reason.TOKEN_SCOPE, link="/account/")
        return token.account, token

    def authenticate_header(self, request: Request) -> str:
        """Return how to authenticate, for a 401."""
        return 'Bearer realm="sluicegate"'


class ProposeTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """How the OpenAPI document tells of :class:`ProposeToken`."""

    target_class = ProposeToken
    name = "proposeToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "description": "An API token that was made to propose."}


class AuthorView(PublicView):
    """What only a person may ask for. A session needs its CSRF token to write; a token beside it is what counts."""

    authentication_classes = (ProposeToken, SessionAuthentication)


def author_of(request: Request) -> Account:
    """Return the person's account, with a second factor. Raises NotAuthenticated; ApiProblem (SECOND_FACTOR_MISSING)."""
    if request.user is None or not request.user.is_authenticated:
        raise NotAuthenticated
    account = request.user
    if not has_second_factor(account):
        raise ApiProblem(403, Reason.SECOND_FACTOR_MISSING, link="/account/")
    return account


def refuse_beyond(request: Request, package: Package | None) -> None:
    """Refuse a token that is for one package where it is about anything else. Raises ApiProblem (TOKEN_SCOPE)."""
    token = request.auth
    if (
        isinstance(token, Token)
        and token.package_id is not None
        and (package is None or token.package_id != package.pk)
    ):
        raise ApiProblem(403, Reason.TOKEN_SCOPE, link="/account/")
