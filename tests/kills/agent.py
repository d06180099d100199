"""A process beside the test server that looks into its database and store, one JSON line in, one out."""

from __future__ import annotations

import io
import json
import os
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402  Django has to be set up before
from django.db import connections, transaction  # noqa: E402  (after Django is set up)

from expectations import actions  # noqa: E402  (after Django is set up)
from registry import storage  # noqa: E402  (after Django is set up)
from registry.models import Account, File, Package  # noqa: E402  (after Django is set up)
from registry.tokens import create_token  # noqa: E402  (after Django is set up)
from tests.kills.invariants import problems  # noqa: E402  (after Django is set up)


def make_package(name: str) -> str:
    """Make a package with a maintainer of its own; return the maintainer's API token."""
    with transaction.atomic():
        account = Account.objects.create_person(f"owner-of-{name}", email=f"{name}@example.org", password=None)
        assert account.person is not None
        package = Package.objects.create(name=name, display_name=name, created_by=account.person)
        actions.found_package(package, owner=account.person, maintainers=[])
    return create_token(account, name="test")[1]


def sweep(_: str) -> list[str]:
    """Sweep as an operator does, and return what is broken afterwards."""
    call_command("sweep", stdout=io.StringIO(), stderr=sys.stderr)
    return problems()


def abandon(_: str) -> list[str]:
    """Let a day go by for what lies in quarantine, sweep, and return what is left there."""
    for path in storage.quarantine().iterdir():
        os.utime(path, (0, 0))
    call_command("sweep", stdout=io.StringIO(), stderr=sys.stderr)
    return [path.name for path in storage.quarantine().iterdir()]


def visible(_: str) -> list[str]:
    """Return the names of all files that are offered."""
    return list(File.objects.exclude(visible_at=None).values_list("filename", flat=True))


def verify_audit(_: str) -> str:
    """Check the whole log against the rows; return what it says."""
    said = io.StringIO()
    call_command("verify_audit", stdout=said)
    return said.getvalue()


COMMANDS = {each.__name__: each for each in (make_package, sweep, abandon, visible, verify_audit)}


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        command, argument = json.loads(line)
        print(json.dumps(COMMANDS[command](argument)), flush=True)
        connections["default"].close()


if __name__ == "__main__":
    main()
