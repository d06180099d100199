"""What every view of the API is: JSON in, JSON out, problem details where it refuses; and no cookie is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from expectations.api.problems import answer
from verification.canonical import JsonRefused, JsonValue, parse_strict

MAX_BODY_BYTES = 512 * 1024
"""Longest body that is read: several times the longest document that is taken."""


class StrictJsonParser(BaseParser):
    """Reads a body as our documents are read: no key twice, no fraction, nothing that two readers read differently."""

    media_type = "application/json"

    def parse(  # type: ignore[override]  # any JSON value; serializers refuse what is no object
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> JsonValue:
        """Return the value of the body. Raises ParseError for what is too long or not strict JSON."""
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise ParseError(f"The body is longer than the {MAX_BODY_BYTES} bytes that are taken.")
        try:
            return parse_strict(body)
        except JsonRefused as error:
            raise ParseError(f"The body {error}.") from error


class JsonAlways(BaseContentNegotiation):
    """There is one form of everything here, whatever the client would rather have (RFC 9110, section 12.4.1)."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser of the body's type; None for any other type (415)."""
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the one renderer."""
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class PublicView(APIView):
    """What everybody may read, and who asks is not looked at: answers are the same for all, and can be cached."""

    authentication_classes: Sequence[type[BaseAuthentication]] = ()
    permission_classes: Sequence[type[BasePermission]] = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = (StrictJsonParser,)
    content_negotiation_class = JsonAlways

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return what turns errors into problem details."""
        return answer
