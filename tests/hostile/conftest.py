"""A registry that answers in this process, so that thousands of requests take seconds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings

from registry.models import File
from tests.support.sigstore_world import SigstoreWorld
from tests.support.uploader import Uploader

HOSTILE = settings(
    max_examples=int(os.environ.get("SLUICEGATE_HOSTILE", "40")),
    deadline=None,
    # The fixtures are meant to stay: what one request leaves behind must not break the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""How often each law is tried: some dozen times in the suite, thousands of times by ``make test-long``."""


@pytest.fixture
def anybody() -> Client:
    """A browser or program that is not signed in; an error of the registry's comes as the 500 that it would be."""
    return Client(raise_request_exception=False)


@pytest.fixture
def uploader(db: None, world: SigstoreWorld, store: Path) -> Uploader:
    """A maintainer with a token, and an empty store."""
    assert db is None
    uploader = Uploader(Client(raise_request_exception=False), world, store)
    assert uploader.publish("0.1").status_code == 200
    return uploader


def nothing_came_of(uploader: Uploader) -> None:
    """Fail where a request that was refused has left a file or a row of one."""
    assert uploader.leftovers() == []
    assert list(File.objects.values_list("filename", flat=True)) == ["widget-0.1.tar.gz"]
