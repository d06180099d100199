"""``python -m demo``: the ten steps, then a serving registry. ``python -m demo code NAME``: an account's current code."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from demo.authenticator import Authenticator, seconds_left
from demo.person import PageUnexpected
from demo.real_input import SDIST
from demo.serving import Registry, free_port, install, manage_as_owner, serve
from demo.story import FIRST_NAME, StepFailed, Story, say
from registry.postgres import Database, PostgresError, server

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
DEMO = VAR / "demo"
ACCOUNTS = DEMO / "accounts.json"
PORT = 8000
STEWARDS = ("stella", "stefan")


def main(arguments: list[str]) -> int:
    """Run what was asked for; return the exit code."""
    match arguments:
        case []:
            return _run(once=bool(os.environ.get("ONCE")))
        case ["code", name]:
            return _print_code(name)
        case _:
            sys.stderr.write("usage: python -m demo [code NAME]\n")
            return 2


def _run(*, once: bool) -> int:
    started = time.monotonic()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _end)
    VAR.mkdir(exist_ok=True)
    try:
        with _alone(), server(VAR, "demo") as admin:
            say(f"PostgreSQL: {admin.description}")
            shutil.rmtree(DEMO, ignore_errors=True)
            DEMO.mkdir()
            database = admin.create_database("sluicegate_demo", fresh=True)
            install(database, DEMO)
            stewards = _name_stewards(database)
            with serve(database, DEMO, port=_port(), settings={"SLUICEGATE_DEMO": "1"}) as registry:
                story = Story(registry, VAR / "evidence" / SDIST, DEMO)
                story.tell()
                say(f"All ten steps came out as they should, in {time.monotonic() - started:.0f} seconds.")
                _remember({person.username: person.authenticator for person in (story.maya, story.noor)})
                registry.manage("deliver")
                if not once:
                    with registry.delivering():
                        _stay(registry, story, stewards)
        return 0
    except (PostgresError, StepFailed, PageUnexpected, DemoRunning) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 0


class DemoRunning(Exception):
    """Another demo of this checkout is running; a second one would take its database away."""


@contextmanager
def _alone() -> Iterator[None]:
    with (VAR / "demo.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DemoRunning(f"a demo is running already in this checkout, as process {file.read().strip()}") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _name_stewards(database: Database) -> dict[str, str]:
    """Name the registry's stewards as its operator would; return the path of each one's one-time link."""
    named = [word for name in STEWARDS for word in ("--steward", name, f"{name}@example.org")]
    told = manage_as_owner(database, DEMO, "bootstrap", *named)
    links = dict(line.split(": ") for line in told.splitlines() if ": http" in line)
    return {name: urlsplit(links[name]).path for name in STEWARDS}


def _stay(registry: Registry, story: Story, stewards: Mapping[str, str]) -> None:
    say("")
    say(f"The registry serves at {registry.url}/ until you press Ctrl-C.")
    say(f"What people are told by mail stands at {registry.url}/demo/mail/.")
    say("Its files are in var/demo, its database in var/pg-demo; the next demo begins anew.")
    for person in (story.maya, story.noor):
        say(f"  sign in as {person.username} with the password {person.password}")
    say("  their authenticator codes: .venv/bin/python -m demo code maya (each works once; a new one every 30 seconds)")
    say("  the stewards set their password by a link that works once, then add a security key; both work at localhost:")
    for name, path in stewards.items():
        say(f"    {name}: {registry.url.replace('127.0.0.1', 'localhost')}{path}")
    say(f"  upload:   .venv/bin/twine upload --attestations --repository-url {registry.url}/legacy/ -u __token__ FILES")
    say(
        f"  download: .venv/bin/pip download --no-deps --no-build-isolation --index-url {registry.url}/simple/ {FIRST_NAME}"
    )
    while True:
        signal.pause()


def _remember(authenticators: dict[str, Authenticator]) -> None:
    ACCOUNTS.touch(mode=0o600)
    ACCOUNTS.write_text(json.dumps({name: asdict(authenticator) for name, authenticator in authenticators.items()}))


def _print_code(name: str) -> int:
    known = json.loads(ACCOUNTS.read_text()) if ACCOUNTS.exists() else {}
    if name not in known:
        sys.stderr.write(f"no account {name} of a running demo; there are: {', '.join(known) or 'none'}\n")
        return 1
    authenticators = {username: Authenticator(**kept) for username, kept in known.items()}
    say(authenticators[name].fresh_code())
    sys.stderr.write(f"valid for {seconds_left()} more seconds, once\n")
    _remember(authenticators)
    return 0


def _port() -> int:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) != 0:
            return PORT
    port = free_port()
    say(f"Port {PORT} is taken; the registry takes {port} instead.")
    return port


def _end(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
