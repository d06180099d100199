"""The benchmark of serving: what it measures here really is installed, served and uploaded to."""

from __future__ import annotations

from pathlib import Path

import requests

from benchmarks.serving import fill, load, ours, uploads
from tests.conftest import ROOT


def test_uploads_are_taken_while_they_are_measured(tmp_path: Path) -> None:
    """Every upload of the benchmark passes the whole gate, or nothing is measured: a refusal raises."""
    with ours.installed(ROOT, tmp_path) as registry, ours.serving(registry, workers=1) as served:
        rate = uploads.send(registry, served, load.AT_ONCE)
        fill.fill(registry.database, registry.var, 2)
        assert "filling-2" in requests.get(f"{served.url}/simple/", timeout=10).text
    assert rate.per_second > 0
    assert rate.p95 > 0
