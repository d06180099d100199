"""An upload in flight while what decides on it changes: it is judged by what is in force when its turn comes, and wholly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from expectations import actions, queries, trusted
from expectations.documents import PackageState
from expectations.models import Voice
from registry.models import File, Refusal
from registry.postgres import Administration, Database
from tests.support.agreement import steward
from tests.support.at_once import Outcome, in_any_order
from tests.support.own_database import own_database
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import Uploader
from tests.support.voices import FACTOR, document


@pytest.fixture
def committing(
    administration: Administration,
    template: Database,
    world: SigstoreWorld,
    store: Path,
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[Uploader]:
    """A maintainer with a first release, in a database of its own: these transactions commit."""
    with own_database(administration, template, django_db_blocker, name="uploads"):
        with transaction.atomic():
            uploader = Uploader(Client(), world, store)
        assert send(uploader, "1.0") == 200
        yield uploader
        call_command("verify_audit")


def send(uploader: Uploader, version: str) -> int | str:
    """Publish a version; return 200, or the reason that the upload was refused for."""
    response = uploader.publish(version)
    return 200 if response.status_code == 200 else str(json.loads(response.content)["reason"])


@pytest.mark.parametrize("how", ["first", "second", "chance"])
def test_an_expectation_changes_while_an_upload_is_in_flight(committing: Uploader, how: str) -> None:
    """Changed first: judged by the new one, and refused. Uploaded first: let in by the old one, which its verdict names."""
    package, ada = committing.package, committing.account
    about = trusted.expectation_of(package)
    proposal = actions.propose(about, content=document("https://github.com/example/moved"), reason="Moved.", by=ada)
    actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=ada, factor=FACTOR)

    def agree() -> str:
        voice: dict[str, Any] = {"voice": Voice.APPROVE, "digest": proposal.digest, "by": steward(), "factor": FACTOR}
        return "in force" if actions.decide(proposal, **voice) else "said"

    orders: dict[str, tuple[Outcome, Outcome]] = {
        "first": ("in force", "repository-renamed"),
        "second": ("in force", 200),
    }
    order = in_any_order(agree, lambda: send(committing, "1.1"), orders, how)
    assert [version.number for version in queries.history(about)] == [2, 1]
    files = File.objects.filter(filename="widget-1.1.tar.gz")
    judged = Refusal.objects.get().verdict if order == "first" else files.get().verdict
    assert judged is not None
    assert judged.expectation is not None
    assert judged.expectation.number == {"first": 2, "second": 1}[order]
    assert files.exists() is (order == "second")
    assert committing.leftovers() == []


@pytest.mark.parametrize("how", ["first", "second", "chance"])
def test_a_package_is_frozen_while_an_upload_is_in_flight(committing: Uploader, how: str) -> None:
    """Frozen first: nothing comes in any more. Uploaded first: it is in, and nothing after it."""
    package = committing.package

    def freeze() -> str:
        actions.close_package(package, state=PackageState.FROZEN, note="Stop.", by=steward(), factor=FACTOR)
        return "frozen"

    orders: dict[str, tuple[Outcome, Outcome]] = {"first": ("frozen", "package-closed"), "second": ("frozen", 200)}
    order = in_any_order(freeze, lambda: send(committing, "1.1"), orders, how)
    assert File.objects.filter(filename="widget-1.1.tar.gz", visible_at__isnull=False).exists() is (order == "second")
    assert committing.leftovers() == []
    assert send(committing, "1.2") == "package-closed"
