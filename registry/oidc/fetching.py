"""Fetching an identity provider's documents: over TLS from exactly the host that was named, small, soon, and once.

No redirect is followed. The host's addresses are looked up once, held against what is allowed, and then connected to, so
that a name cannot mean one machine for the check and another for the connection.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from expectations.documents.issuers import is_loopback

CONNECT_SECONDS = 5.0
SECONDS = 10.0
"""How long one document may take in all."""

MAX_BYTES = 256 * 1024
"""Largest document. The largest known set of keys has some 20 KiB."""

_NAT64 = IPv6Network("64:ff9b::/96")


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
    if isinstance(ip, IPv6Address):
        if ip.is_site_local:
            return False
        ip = _inside(ip) or ip
    if ip.is_loopback:
        return not settings.HTTPS
    if host.lower() in settings.OIDC_PRIVATE_HOSTS:
        return not (ip.is_link_local or ip.is_multicast or ip.is_unspecified)
    return ip.is_global and not ip.is_multicast


def _inside(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a translator or tunnel reaches by an IPv6 address (RFC 4291, 3056 and 6052)."""
    translated = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    return ip.ipv4_mapped or ip.sixtofour or translated


class _Ended:
    """A connection that is cut off when its time is over: urllib3's own time-outs begin anew with every byte that comes.

    What watches it ends with ``at_end``.
    """

    def __init__(self, *arguments: Any, at_end: ExitStack, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._at_end = at_end

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]  # of the connection that stands beside it
        second = self._at_end.enter_context(made.dup())  # TLS takes the first one for its own
        timer = threading.Timer(SECONDS, _cut, [second])
        self._at_end.callback(timer.cancel)
        timer.daemon = True
        timer.start()
        return made


class _EndedConnection(_Ended, HTTPConnection):
    """Without TLS."""


class _EndedSecureConnection(_Ended, HTTPSConnection):
    """With TLS, its handshake included."""


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):  # closed already
        connected.shutdown(socket.SHUT_RDWR)


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
        pool.ConnectionCls = _EndedSecureConnection
    else:
        pool = urllib3.HTTPConnectionPool(address, port)
        pool.ConnectionCls = _EndedConnection
    with pool, ExitStack() as at_end:
        pool.conn_kw["at_end"] = at_end
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
    """The whole body, as it is decoded: a large one is not read to its end."""
    body = b""
    for chunk in response.stream(16 * 1024, decode_content=True):
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchFailed("the document is too large")
    return body
