"""TLS in front of a server on the loopback address, as the server in front of a real registry ends it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from demo.certificate import make_certificate

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class TlsFront:
    """Where TLS is spoken, and the file of the authority that vouches for it, to be named in ``SSL_CERT_FILE``."""

    url: str
    authority: Path


@contextmanager
def tls_in_front_of(url: str, folder: Path) -> Iterator[TlsFront]:
    """Take TLS connections on a free port and pass what comes on to the server at ``url``, until the end of the block."""
    made = make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    behind = urlsplit(url)
    with socket.create_server((LOOPBACK, 0)) as listening:
        target = (LOOPBACK, behind.port or 80)
        threading.Thread(target=_accept, args=(listening, context, target), daemon=True).start()
        try:
            yield TlsFront(f"https://{LOOPBACK}:{listening.getsockname()[1]}", made.authority)
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, context: ssl.SSLContext, target: tuple[str, int]) -> None:
    with suppress(OSError):  # the listening socket was closed
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_pass_on, args=(connection, context, target), daemon=True).start()


def _pass_on(connection: socket.socket, context: ssl.SSLContext, target: tuple[str, int]) -> None:
    with (
        suppress(OSError),
        context.wrap_socket(connection, server_side=True) as outside,
        socket.create_connection(target) as inside,
    ):
        back = threading.Thread(target=_pump, args=(inside, outside), daemon=True)
        back.start()
        _pump(outside, inside)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(64 * 1024):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
