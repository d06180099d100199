"""What is uploaded: small wheels, each with its own SLSA attestation, as request bodies that are made beforehand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.support import statements
from tests.support.distributions import wheel
from tests.support.identities import GitHubWorkflow
from tests.support.sigstore_world import SigstoreWorld

BOUNDARY = "sluicegate-benchmark-boundary"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
WHEEL_BYTES = 5_000


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel as it is sent: ``attested`` is the whole form with its attestation, ``plain`` the same form without."""

    package: str
    version: str
    filename: str
    content: bytes
    attested: bytes
    plain: bytes


def release(package: str, version: str, world: SigstoreWorld, *, at: datetime, requires: tuple[str, ...] = ()) -> Wheel:
    """Return a wheel of about :data:`WHEEL_BYTES`, with provenance of an honest run at the tag of its version."""
    noise = Random(f"{package} {version}").randbytes(WHEEL_BYTES - 1_000)  # noqa: S311  (no secret: incompressible)
    module = f"{package.replace('-', '_')}/noise.bin"
    filename, content = wheel(package, version, extra_files={module: noise}, requires_dist=list(requires))
    attestation = _provenance(statements.subject(filename, content), version, world, at)
    fields = _fields(package, version, content)
    plain = form(fields, filename, content)
    return Wheel(
        package,
        version,
        filename,
        content,
        form({**fields, "attestations": json.dumps([attestation])}, filename, content),
        plain,
    )


def large_form(package: str, version: str, path: Path, world: SigstoreWorld, *, at: datetime) -> tuple[bytes, bytes]:
    """Return what stands before and after the content of a file that is too large to hold, in its upload's body."""
    digests: dict[str, Any] = {"sha256": hashlib.sha256(), "blake2_256": hashlib.blake2b(digest_size=32)}
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            for digest in digests.values():
                digest.update(piece)
    sha256 = digests["sha256"].hexdigest()
    fields = {
        **_fields(package, version, b""),
        **{f"{name}_digest": digest.hexdigest() for name, digest in digests.items()},
        "attestations": json.dumps([_provenance((path.name, sha256), version, world, at)]),
    }
    head, _, tail = form(fields, path.name, b"|").rpartition(b"|")
    return head, tail


def _provenance(subject: statements.Subject, version: str, world: SigstoreWorld, at: datetime) -> Any:
    run = GitHubWorkflow(ref=f"refs/tags/v{version}")
    credential = world.issue(run.san, run.claims(), at=at)
    statement = statements.github_provenance(run, [subject])
    return world.attest(statements.encode(statement), credential, at=at + timedelta(minutes=1))


def form(fields: dict[str, str], filename: str, content: bytes) -> bytes:
    """Return an upload's request body, of :data:`CONTENT_TYPE`, with the file as its last part."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return b"".join([*parts, head.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()])


def _fields(package: str, version: str, content: bytes) -> dict[str, str]:
    """What twine sends of a wheel that has little to say."""
    return {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.4",
        "name": package,
        "version": version,
        "filetype": "bdist_wheel",
        "pyversion": "py3",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
        "blake2_256_digest": hashlib.blake2b(content, digest_size=32).hexdigest(),
    }
