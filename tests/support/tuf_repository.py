"""A TUF repository with keys of its own, consistent snapshots and all, served on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp

ROLES = ("root", "timestamp", "snapshot", "targets")


class TufRepository:
    """Its files by their paths, as they are served; whoever tests tampers with ``files``."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[str] = []
        self.signers = {role: CryptoSigner.generate_ed25519() for role in ROLES}
        self.root = Root(consistent_snapshot=True, expires=in_days(365))
        for role, signer in self.signers.items():
            self.root.add_key(signer.public_key, role)
        self._write("1.root.json", self.root, self.signers["root"])

    @property
    def pinned(self) -> bytes:
        """The first root, as a client pins it."""
        return self.files["1.root.json"]

    def publish(
        self, content: bytes, *, name: str = "trusted_root.json", version: int = 1, days: float = 7
    ) -> TargetFile:
        """Offer a target, by metadata of the version that expires after some days; return what the metadata says."""
        target = TargetFile.from_data(name, content, ["sha256"])
        self.files[f"targets/{target.hashes['sha256']}.{name}"] = content
        targets = Targets(version=version, expires=in_days(30), targets={name: target})
        self._write(f"{version}.targets.json", targets, self.signers["targets"])
        snapshot = Snapshot(version=version, expires=in_days(30))
        snapshot.meta["targets.json"].version = version
        self._write(f"{version}.snapshot.json", snapshot, self.signers["snapshot"])
        timestamp = Timestamp(version=version, expires=in_days(days))
        timestamp.snapshot_meta.version = version
        self._write("timestamp.json", timestamp, self.signers["timestamp"])
        return target

    def rotate(self, *signers: CryptoSigner) -> None:
        """Publish the next root, with a new root key of its own; by default both the old and the new key sign it."""
        old, new = self.signers["root"], CryptoSigner.generate_ed25519()
        self.root.revoke_key(old.public_key.keyid, "root")
        self.root.add_key(new.public_key, "root")
        self.root.version += 1
        self.signers["root"] = new
        self._write(f"{self.root.version}.root.json", self.root, *(signers or (old, new)))

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve the files as they are at each request, on a free port; yield the address."""
        repository = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                repository.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name for it)
                """Stay silent."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        path = request.path.removeprefix("/")
        self.asked.append(path)
        content = self.files.get(path)
        request.send_response(302 if path in self.redirects else 404 if content is None else 200)
        if path in self.redirects:
            request.send_header("Location", self.redirects[path])
        request.send_header("Content-Length", str(len(content or b"")))
        request.end_headers()
        request.wfile.write(content or b"")

    def _write(self, path: str, signed: Any, *signers: CryptoSigner) -> None:
        metadata: Metadata[Any] = Metadata(signed)
        for signer in signers:
            metadata.sign(signer, append=True)
        self.files[path] = metadata.to_bytes()


def in_days(days: float) -> datetime:
    """Return the moment that many days from now, whole seconds as TUF has them."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)
