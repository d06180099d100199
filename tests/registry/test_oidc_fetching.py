"""What is fetched of an identity provider: from public addresses over TLS alone, small and soon, and never by redirect."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from registry.oidc import fetching
from registry.oidc.fetching import FetchFailed, fetch_json
from tests.support.oidc_issuer import OidcIssuer, serve_issuer
from tests.support.tls_front import tls_in_front_of


@pytest.fixture(scope="module")
def served() -> Iterator[OidcIssuer]:
    """A provider on the loopback address."""
    with serve_issuer() as issuer:
        yield issuer


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name have these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_named: found)


PRIVATE = [
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "ff02::1"),
    *("64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "2002:a00:1::", "fec0::1"),
]


def test_a_name_of_a_private_address_is_not_asked(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """A provider's name, or where it says its keys are, never makes this registry knock inside its own network."""
    settings.HTTPS = True
    for address in PRIVATE:
        for addresses in ((address,), ("93.184.216.34", address)):
            resolve_to(monkeypatch, *addresses)
            with pytest.raises(FetchFailed, match="private network"):
                fetch_json("https://issuer.example/keys")


def test_an_operator_may_name_a_provider_inside(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """A self-managed GitLab is where it is: that host and no other, and never the addresses of clouds' own services."""
    settings.HTTPS = True
    settings.OIDC_PRIVATE_HOSTS = frozenset({"gitlab.internal"})
    for address, allowed in (
        ("10.0.0.1", True),
        ("169.254.169.254", False),
        ("127.0.0.1", False),
        ("224.0.0.1", False),
    ):
        assert fetching._is_allowed(address, "gitlab.internal") is allowed
        assert fetching._is_allowed(address, "other.internal") is False


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/keys",
        "ftp://issuer.example/",
        "file:///etc/passwd",
        "https://",
        "https://a@issuer.example/",
        "x",
        "https://[",
    ],
)
def test_other_addresses_are_not_asked(url: str) -> None:
    """TLS alone, and no user in front of the host."""
    with pytest.raises(FetchFailed):
        fetch_json(url)


def test_plain_http_is_for_a_registry_on_loopback(served: OidcIssuer, settings: Any) -> None:
    """A public registry asks nobody on its own machine."""
    assert fetch_json(f"{served.url}/keys")["keys"]
    settings.HTTPS = True
    with pytest.raises(FetchFailed, match="not an address that is asked"):
        fetch_json(f"{served.url}/keys")


def test_the_certificate_is_checked_for_the_name(
    served: OidcIssuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS to the address that was looked up, for the name that was asked: another name's certificate, or a stranger's, fails."""
    with tls_in_front_of(served.url, tmp_path) as front:
        with pytest.raises(FetchFailed, match="SSLError"):
            fetch_json(f"{front.url}/keys")
        made = ssl.create_default_context
        monkeypatch.setattr(ssl, "create_default_context", lambda: made(cafile=str(front.authority)))
        assert fetch_json(f"{front.url}/keys")["keys"]
        with pytest.raises(FetchFailed, match="SSLError"):
            fetch_json(f"{front.url.replace('127.0.0.1', 'localhost')}/keys")


DRIPPED = {
    "http": b"HTTP/1.1 200 OK\r\n",
    "http, in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n",
    "https": b"\x16\x03\x03\x40\x00",
}


@pytest.mark.parametrize("where", DRIPPED)
def test_one_byte_after_the_other_is_cut_off(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider whose handshake, headers or body drip, each byte within the time-out, holds every worker that waits for it."""
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connected, _ = server.accept()
            with connected, suppress(OSError):
                connected.recv(4096)
                connected.sendall(DRIPPED[where])
                for _ in range(40):
                    connected.sendall(b"a")
                    time.sleep(0.1)

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises(FetchFailed):
            fetch_json(f"{where.partition(',')[0]}://127.0.0.1:{server.getsockname()[1]}/keys")
        assert time.monotonic() - began < 2
        thread.join()


def test_a_compressed_answer_is_measured_as_it_unfolds(served: OidcIssuer) -> None:
    """A small body that unfolds into a large one is given up."""
    served.instead["/keys"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 50_000_000))
    try:
        with pytest.raises(FetchFailed, match="too large"):
            fetch_json(f"{served.url}/keys")
    finally:
        served.instead.clear()
