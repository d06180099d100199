"""Debian's Chromium, driven by Playwright. Without it these tests are skipped loudly, with the command that brings it.

Starting a registry and enrolling people takes most of a browser test's time, so all of a process share one town.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from demo.serving import serve
from registry.postgres import Administration, Database
from tests.browser.town import Town
from tests.support.sigstore_world import SigstoreWorld

SLOW = 20_000
"""Milliseconds that a page may take to come: on a busy machine, longer than Playwright waits by itself."""

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running browser."""
    if not CHROMIUM.exists():
        pytest.skip("no browser: apt-get install chromium")
    expect.set_options(timeout=SLOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def town(
    chromium: Browser,
    administration: Administration,
    template: Database,
    world: SigstoreWorld,
    slot: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    """A serving registry and its people."""
    name = f"sluicegate_town_{slot}"
    database = administration.clone_database(template, name)
    try:
        with serve(database, tmp_path_factory.mktemp("town"), settings={"SLUICEGATE_DEMO": "1"}) as registry:
            yield Town(chromium, registry, world)
    finally:
        administration.drop_database(name)
