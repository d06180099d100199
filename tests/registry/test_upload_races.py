"""An upload in flight while what decides on it changes: it is judged by what is in force when its turn comes, and wholly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from expectations import actions, queries, trusted
from expectations.documents import PackageState
from expectations.models import Voice
from registry import index_pages
from registry.models import File, IndexEntry, IndexPage, Refusal, Release
from registry.postgres import Administration, Database
from tests.support.agreement import steward
from tests.support.at_once import Outcome, in_any_order, one_waiting
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


def release_to_delete(uploader: Uploader) -> Callable[[], Outcome]:
    """Return the last voice on the deletion of the first release, by a steward."""
    release = Release.objects.get(package=uploader.package)
    about = trusted.deletion_of(release, uploader.package)
    proposal = actions.propose(about, content=b'{"schema": 1, "deleted": true}', reason="Wrong.", by=uploader.account)
    voice: dict[str, Any] = {"voice": Voice.APPROVE, "digest": proposal.digest, "factor": FACTOR}
    actions.decide(proposal, by=uploader.account, **voice)
    return lambda: "deleted" if actions.decide(proposal, by=steward(), **voice) else "said"


def test_a_release_is_deleted_while_a_file_of_it_is_revealed(committing: Uploader) -> None:
    """The file is revealed, and then deleted with the rest: neither waits for what the other holds."""
    file = File.objects.get()

    def begin() -> str:
        File.objects.select_for_update().get(pk=file.pk)
        return "begun"

    def reveal() -> str:
        File.objects.filter(pk=file.pk).update(visible_at=timezone.now())
        return "revealed"

    came = one_waiting(begin, release_to_delete(committing), and_then=reveal)
    assert came == ("revealed", "deleted")
    assert not File.objects.filter(deleted_at=None).exists()


def test_a_release_is_deleted_while_its_page_is_rendered(committing: Uploader) -> None:
    """The page is made of what was there, and outdated right away: neither waits for what the other holds."""
    name = committing.package.name
    index_pages.refresh(name)

    def begin() -> str:
        IndexPage.objects.select_for_update().get(name=name)
        return "begun"

    def render() -> str:
        IndexEntry.objects.update(stamp="another renderer's")
        return "rendered"

    came = one_waiting(begin, release_to_delete(committing), and_then=render)
    assert came == ("rendered", "deleted")
    page = index_pages.find(name, index_pages.Form.JSON, compressed=False)
    assert page is not None
    assert json.loads(page.content)["files"] == []


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
