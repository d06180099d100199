"""Keeps what was rendered for one person out of every cache."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def private_pages(get_response: GetResponse) -> GetResponse:
    """Mark every response to somebody signed in as not to be stored, where the view asked who that is.

    Index and files never ask; asking here on their behalf would make them vary by cookie.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.session.accessed and request.user.is_authenticated:
            add_never_cache_headers(response)
        return response

    return answer
