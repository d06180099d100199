"""Fetching an identity provider's documents: over TLS from exactly the host that was named, small, soon, and once.

No redirect is followed. The host's addresses are looked up once, held against what is allowed, and then connected to, so
that a name cannot mean one machine for the check and another for the connection.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings
from urllib3.exceptions import HTTPError

from expectations.documents.issuers import is_loopback

CONNECT_SECONDS = 5.0
SECONDS = 10.0
"""How long one document may take in all."""

MAX_BYTES = 256 * 1024
"""Largest document. The largest known set of keys has some 20 KiB."""


class FetchFailed(Exception):
    """The document could not be fetched; the message says why, for the log and for whoever waits for it."""


def fetch_json(url: str) -> dict[str, Any]:
    """Return the JSON object at an https:// address (http:// on loopback, for a registry on loopback). Raises FetchFailed."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if not parts.hostname or "@" in parts.netloc or not _may_ask(parts):
            raise FetchFailed(f"{url} is not an address that is asked")
        body = _get(parts, port, _address(parts.hostname, port))
        found = json.loads(body)
    except (HTTPError, OSError, ValueError, RecursionError) as error:
        raise FetchFailed(f"{url} cannot be read ({type(error).__name__})") from error
    if not isinstance(found, dict):
        raise FetchFailed(f"{url} is no JSON object")
    return found


def _may_ask(parts: SplitResult) -> bool:
    return parts.scheme == "https" or (
        parts.scheme == "http" and not settings.HTTPS and is_loopback(parts.hostname or "")
    )


def _address(host: str, port: int) -> str:
    """Return an address of the host. Raises FetchFailed where one of them is not to be asked."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(_is_allowed(address, host) for address in found):
        raise FetchFailed(f"{host} has an address inside a private network")
    return found[0]


def _is_allowed(address: str, host: str) -> bool:
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return not settings.HTTPS
    if host.lower() in settings.OIDC_PRIVATE_HOSTS:
        return not (ip.is_link_local or ip.is_multicast or ip.is_unspecified)
    return ip.is_global and not ip.is_multicast


def _get(parts: SplitResult, port: int, address: str) -> bytes:
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            port,
            ssl_context=ssl.create_default_context(),
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port)
    with pool:
        response = pool.urlopen(
            "GET",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            headers={"Host": parts.netloc, "Accept": "application/json"},
            redirect=False,
            retries=False,
            assert_same_host=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=CONNECT_SECONDS),
        )
        try:
            if response.status != 200:
                raise FetchFailed(f"{parts.hostname} answered {response.status}")
            return _read(response)
        finally:
            response.close()


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    """The whole body, as it is decoded: neither a large one nor a slow one is read to its end."""
    body, until = b"", time.monotonic() + SECONDS
    for chunk in response.stream(16 * 1024, decode_content=True):
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchFailed("the document is too large")
        if time.monotonic() > until:
            raise FetchFailed("the document takes too long")
    return body
