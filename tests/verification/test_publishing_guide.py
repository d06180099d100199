"""docs/publishing.md, "A builder of your own, with a key": what stands there is done, and its evidence meets its recipe."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.distributions import sdist, wheel
from tests.support.plain_keys import ed25519_key
from tests.support.roots import with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "publishing.md").read_text()


def blocks(language: str) -> list[str]:
    """Return the guide's blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


def test_what_the_guide_signs_meets_what_it_expects(world: SigstoreWorld, tmp_path: Path) -> None:
    """For a wheel and an sdist; and one byte more in a file is refused."""
    key = ed25519_key()
    secret = key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "builder.pem").write_bytes(secret)
    (signing,) = blocks("python")
    (tmp_path / "sign.py").write_text(signing)
    entry, recipe = map(json.loads, blocks("json"))
    entry["keys"]["ours"]["pem"] = key.pem
    (tmp_path / "roots.json").write_text(json.dumps(with_entry(with_simulated_instance(world), entry)))
    expectation = {"schema": 1, "change_control": "two-person", "recipes": [recipe]}
    (tmp_path / "expectation.json").write_text(json.dumps(expectation))
    (tmp_path / "dist").mkdir()
    for filename, content in (sdist("widget", "1.0"), wheel("widget", "1.0")):
        (tmp_path / "dist" / filename).write_bytes(content)
    environment = {"BUILDER_KEY": "builder.pem", "COMMIT": "a" * 40}
    subprocess.run([sys.executable, "sign.py"], cwd=tmp_path, env=environment, check=True, timeout=60)
    for file in ("dist/widget-1.0.tar.gz", "dist/widget-1.0-py3-none-any.whl"):
        assert verify(tmp_path, file) == 0, file
        (tmp_path / file).write_bytes((tmp_path / file).read_bytes() + b"x")
        assert verify(tmp_path, file) == 1, file


def with_entry(roots: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Return roots of trust with the guide's entry of a key and its builder added."""
    return {**roots, "keys": roots["keys"] | entry["keys"], "builders": roots["builders"] + entry["builders"]}


def verify(folder: Path, file: str) -> int:
    """Return what the offline gate says of a file and what lies beside it: 0 accepted, 1 refused."""
    evidence = ["--artifact", file, "--evidence", f"{file}.slsa.attestation"]
    documents = ["--expectation", "expectation.json", "--roots", "roots.json"]
    return subprocess.run(
        [sys.executable, "-m", "verification", "verify", *evidence, *documents],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=60,
    ).returncode
