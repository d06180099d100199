"""The real clients, as a person would run them: twine, pip, and a consumer that knows nothing of this registry."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from demo.real_input import Sending


@dataclass(frozen=True, slots=True)
class Told:
    """What a client came to: its exit code, and everything that it showed."""

    code: int
    output: str

    @property
    def line(self) -> str:
        """The line that tells a person most: twine's error with the registry's reason, or the last one."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        errors = [number for number, line in enumerate(lines) if "HTTPError" in line]
        return " ".join(lines[errors[0] :]) if errors else (lines or [""])[-1]


def twine_upload(sending: Sending, *, url: str, token: str) -> Told:
    """Run ``twine upload``, with ``--attestations`` where there are some."""
    flags = ["--attestations"] if sending.attestations else []
    return _run(
        *("twine", "upload", "--non-interactive", "--disable-progress-bar", "--repository-url", f"{url}/legacy/"),
        *flags,
        *sending.paths,
        TWINE_USERNAME="__token__",
        TWINE_PASSWORD=token,
    )


def pip_download(requirement: str, *, url: str, into: Path) -> Told:
    """Run ``pip download`` from the index alone, without dependencies; the sdist is not built in a network of its own."""
    return _run(
        *("pip", "download", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--disable-pip-version-check"),
        *("--index-url", f"{url}/simple/", "--dest", str(into), requirement),
        PIP_CONFIG_FILE=os.devnull,
    )


def consume(project: str, filename: str, *, url: str, home: Path) -> Told:
    """Run the consumer's check in a process of its own, with a home of its own: no cache of anybody's is used."""
    return _run("demo.consumer", f"{url}/simple/{project}/", filename, HOME=str(home), XDG_DATA_HOME=str(home))


def _run(*command: str, **environment: str) -> Told:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "TWINE_", "SLUICEGATE_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={**inherited, **environment, "COLUMNS": "1000", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    return Told(done.returncode, done.stdout + done.stderr)
