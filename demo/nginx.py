"""nginx in front of a registry, by ``deploy/nginx.conf`` as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from demo.certificate import ServerCertificate
from demo.serving import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "deploy" / "nginx.conf"
PROGRAM = Path("/usr/sbin/nginx")
HOW_TO_GET_IT = "apt-get install --no-install-recommends nginx"
READY_WITHIN = 15.0

MAIN = """
{user}
daemon off;
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/pid;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/registry.conf;
}}
"""
"""What a distribution's own nginx.conf has around an included file; everything is below one folder."""


def filled_in(values: Mapping[str, str]) -> str:
    """Return the configuration with its marked values. Raises KeyError for a mark without one, ValueError for the reverse."""
    template = TEMPLATE.read_text()
    marks = set(re.findall(r"@([A-Z_]+)@", template))
    if unknown := values.keys() - marks:
        raise ValueError(f"deploy/nginx.conf has no {', '.join(sorted(unknown))}")
    return re.sub(r"@([A-Z_]+)@", lambda mark: values[mark[1]], template)


def loopback_values(
    *, upstream: int, listen: str, var: Path, certificate: ServerCertificate, max_file_mib: int = 100
) -> dict[str, str]:
    """Return values for a registry on this machine: gunicorn's port, what nginx listens on, and the registry's folder."""
    return {
        "UPSTREAM": f"127.0.0.1:{upstream}",
        "LISTEN": listen,
        "SERVER_NAME": "127.0.0.1",
        "CERTIFICATE": str(certificate.certificate),
        "CERTIFICATE_KEY": str(certificate.key),
        "CACHE": str(var / "cache"),
        "BLOBS": str(var / "blobs"),
        "STATIC": str(ROOT / "registry" / "static"),
        "MAX_UPLOAD": f"{max_file_mib + 16}m",
    }


@contextmanager
def in_front(values: Mapping[str, str], folder: Path, *, port: int, further: str = "") -> Iterator[None]:
    """Run nginx with these values until the end of the block; ``further`` is configuration beside the registry's.

    Raises RuntimeError, with the end of its log, where it does not come up on the port.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "registry.conf").write_text(filled_in(values) + further)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder))
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [PROGRAM, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
            stdout=output,
            stderr=output,
            preexec_fn=end_with_parent,  # noqa: PLW1509  this process has no threads that could hold a lock
        )
        try:
            _wait_until_ready(process, port, folder)
            yield
        finally:
            process.terminate()
            process.wait(timeout=15)


def is_installed() -> bool:
    """Say whether there is an nginx to run."""
    return shutil.which(str(PROGRAM)) is not None


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    logs = "".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.log")))
    raise RuntimeError(f"nginx did not come up on port {port}:\n{logs[-3000:]}")
