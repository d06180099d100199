"""``python -m demo``: the ten steps, then a serving registry. ``python -m demo code NAME``: an account's current code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

from demo.authenticator import current_code
from demo.real_input import SDIST
from demo.serving import Registry, free_port, install, serve
from demo.story import StepFailed, Story, say
from registry.postgres import PostgresError, server

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
ACCOUNTS = VAR / "demo" / "accounts.json"
PORT = 8000


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
    var = VAR / "demo"
    shutil.rmtree(var, ignore_errors=True)
    var.mkdir(parents=True)
    signal.signal(signal.SIGTERM, _end)
    try:
        with server(VAR, "demo") as admin:
            say(f"PostgreSQL: {admin.description}")
            database = admin.create_database("sluicegate_demo", fresh=True)
            install(database, var)
            with serve(database, var, port=_port()) as registry:
                story = Story(registry, VAR / "evidence" / SDIST, var)
                story.tell()
                say(f"All ten steps came out as they should, in {time.monotonic() - started:.0f} seconds.")
                _remember(story)
                if not once:
                    _stay(registry, story)
        return 0
    except (PostgresError, StepFailed) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 0


def _stay(registry: Registry, story: Story) -> None:
    say("")
    say(f"The registry serves at {registry.url}/ until you press Ctrl-C. Its data is in {VAR.name}/demo.")
    for person in (story.maya, story.noor):
        say(f"  sign in as {person.username} with the password {person.password}")
    say("  their authenticator codes: .venv/bin/python -m demo code maya (each code works once; a new one every 30 s)")
    say(f"  upload:  twine upload --attestations --repository-url {registry.url}/legacy/ -u __token__ -p TOKEN FILES")
    say(f"  install: pip install --index-url {registry.url}/simple/ NAME")
    while True:
        signal.pause()


def _remember(story: Story) -> None:
    ACCOUNTS.touch(mode=0o600)
    known = {person.username: person.secret for person in (story.maya, story.noor)}
    ACCOUNTS.write_text(json.dumps(known))


def _print_code(name: str) -> int:
    known = json.loads(ACCOUNTS.read_text()) if ACCOUNTS.exists() else {}
    if name not in known:
        sys.stderr.write(f"no account {name} of a running demo; there are: {', '.join(known) or 'none'}\n")
        return 1
    say(current_code(known[name]))
    return 0


def _port() -> int:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) != 0:
            return PORT
    return free_port()


def _end(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
