"""TLS in front of a server on the loopback address, as the server in front of a real registry ends it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class TlsFront:
    """Where TLS is spoken, and the file of the authority that vouches for it, to be named in ``SSL_CERT_FILE``."""

    url: str
    authority: Path


@contextmanager
def tls_in_front_of(url: str, folder: Path) -> Iterator[TlsFront]:
    """Take TLS connections on a free port and pass what comes on to the server at ``url``, until the end of the block."""
    authority, chain = _write_certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    behind = urlsplit(url)
    with socket.create_server((LOOPBACK, 0)) as listening:
        target = (LOOPBACK, behind.port or 80)
        threading.Thread(target=_accept, args=(listening, context, target), daemon=True).start()
        try:
            yield TlsFront(f"https://{LOOPBACK}:{listening.getsockname()[1]}", authority)
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


def _write_certificates(folder: Path) -> tuple[Path, Path]:
    """Write an authority's certificate, and key and certificate of the front; return their paths."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _builder("Authority", "Authority", root_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))])
    leaf = _builder("Front", "Authority", key.public_key()).add_extension(names, critical=False)
    authority, chain = folder / "authority.pem", folder / "front.pem"
    authority.write_bytes(root.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(secret + leaf.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return authority, chain


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
