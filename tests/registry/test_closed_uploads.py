"""Uploads to what two people, or one in an emergency, have closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from expectations import actions, trusted
from expectations.documents import PackageState
from registry.models import File, Refusal, Release
from tests.support.agreement import agree, steward
from tests.support.distributions import sdist, wheel
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import Uploader
from tests.support.voices import FACTOR
from verification.reasons import Reason

pytestmark = pytest.mark.django_db


@pytest.fixture
def uploader(client: Client, world: SigstoreWorld, store: Path) -> Uploader:
    """A maintainer of a package with one release."""
    uploader = Uploader(client, world, store)
    assert uploader.publish("1.0").status_code == 200
    return uploader


def close(uploader: Uploader, state: PackageState) -> None:
    actions.close_package(uploader.package, state=state, note="A token was stolen.", by=uploader.account, factor=FACTOR)


def reason_of(response: object) -> str:
    assert getattr(response, "status_code", 200) >= 400
    return str(Refusal.objects.order_by("-created_at")[0].reason)


@pytest.mark.parametrize("state", [PackageState.FROZEN, PackageState.QUARANTINED])
def test_a_closed_package_takes_no_upload(uploader: Uploader, state: PackageState) -> None:
    """Freeze: no uploads; quarantine likewise. The refusal says so with the note, and is kept."""
    close(uploader, state)
    response = uploader.publish("2.0")
    assert reason_of(response) == Reason.PACKAGE_CLOSED
    assert "A token was stolen." in response.content.decode()
    assert File.objects.count() == 1
    assert uploader.leftovers() == []


def test_an_opened_package_takes_uploads_again(uploader: Uploader) -> None:
    """Once two people have opened it."""
    close(uploader, PackageState.FROZEN)
    opening = {"schema": 1, "state": "active", "note": ""}
    assert agree(trusted.status_of(uploader.package), opening, by=[uploader.account, steward()]) is not None
    assert uploader.publish("2.0").status_code == 200


def test_a_deprecated_package_takes_uploads(uploader: Uploader) -> None:
    """Advice is not a closed gate."""
    advice = {"schema": 1, "state": "deprecated", "note": "Use gadget."}
    agree(trusted.status_of(uploader.package), advice, by=[uploader.account, steward()])
    assert uploader.publish("2.0").status_code == 200


def delete(uploader: Uploader, what: File | Release) -> None:
    about = trusted.deletion_of(what, uploader.package)
    assert agree(about, {"schema": 1, "deleted": True}, by=[uploader.account, steward()]) is not None


def test_a_deleted_release_takes_no_file(uploader: Uploader) -> None:
    """A deleted version is never used again, by whatever file, and another version is."""
    delete(uploader, Release.objects.get())
    filename, content = wheel("widget", "1.0")
    response = uploader.send(filename, content, [uploader.attest(filename, content)])
    assert reason_of(response) == Reason.RELEASE_DELETED
    assert reason_of(uploader.publish("1.0.0")) == Reason.RELEASE_DELETED
    assert uploader.publish("1.1").status_code == 200


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_deleted_files_name_is_never_used_again(uploader: Uploader, *, rebuilt: bool) -> None:
    """Names survive deletion: neither other content nor the very same comes back, and nobody is told that it has."""
    filename, content = sdist("widget", "1.1")
    evidence = [uploader.attest(filename, content)]
    uploader.send(filename, content, evidence)
    delete(uploader, File.objects.get(filename=filename))
    if rebuilt:
        _, content = sdist("widget", "1.1", summary="rebuilt")
        evidence = [uploader.attest(filename, content)]
    assert reason_of(uploader.send(filename, content, evidence, summary=None)) == Reason.FILE_EXISTS
    assert filename not in uploader.client.get("/simple/widget/").content.decode()
