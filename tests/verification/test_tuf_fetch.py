"""``roots fetch``: a Sigstore instance's trusted root out of a TUF repository, served here with keys of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner

from tests.support.sigstore_world import SigstoreWorld
from tests.support.tuf_repository import TufRepository
from verification.client import tuf_fetch
from verification.client.commands import main
from verification.client.tuf_fetch import FetchRefused, checked_address, fetch_target
from verification.root_document import MAX_BYTES

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def trusted_root() -> dict[str, Any]:
    """An instance's trusted root."""
    return SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)).trusted_root()


@dataclass
class Served:
    """A repository, where it is served, and what its client has pinned."""

    repository: TufRepository
    address: str
    pinned: bytes

    def fetch(self) -> bytes:
        """Return the target as a client gets it."""
        return fetch_target(self.address, pinned_root=self.pinned, target="trusted_root.json").content


@pytest.fixture
def served(trusted_root: dict[str, Any]) -> Iterator[Served]:
    """An honest repository."""
    repository = TufRepository()
    repository.publish(json.dumps(trusted_root).encode())
    with repository.serve() as address:
        yield Served(repository, address, repository.pinned)


def test_the_command_prints_a_fragment_that_a_document_can_hold(
    served: Served, trusted_root: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Roots: an instance's trusted root comes out of its repository, ready to go into a roots document."""
    root, output = tmp_path / "root.json", tmp_path / "github.json"
    root.write_bytes(served.pinned)
    fetch = ["roots", "fetch", "--tuf", served.address, "--root", str(root), "--instance", "github"]
    assert main(fetch) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"sigstore": {"github": {"trusted_root": trusted_root}}}
    assert "root version 1" in printed.err
    assert main([*fetch, "--output", str(output)]) == 0
    assert output.read_text() == printed.out
    assert capsys.readouterr().out == ""
    assert main(["roots", "assemble", str(output), "--shipped"]) == 0
    assert set(json.loads(capsys.readouterr().out)["sigstore"]) == {"github", "public-good"}


def test_the_command_ends_with_2_and_one_sentence(served: Served, tmp_path: Path) -> None:
    """Exit code 2 for whatever cannot be used, from a process of its own, and nothing on standard output."""
    (tmp_path / "root.json").write_bytes(TufRepository().pinned)
    command = [sys.executable, "-m", "verification", "roots", "fetch", "--tuf", served.address, "--root", "root.json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{served.address}: the pinned root does not vouch for this repository")
    assert len(done.stderr.splitlines()) == 1


def test_only_fetching_imports_what_asks_the_network() -> None:
    """The gate works alone and offline: python-tuf is loaded by the one command that needs it."""
    told = "import sys, verification.client.commands; sys.exit('verification.client.tuf_fetch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], cwd=ROOT, check=False).returncode == 0


def test_an_honest_repository(served: Served, trusted_root: dict[str, Any]) -> None:
    """TUF 5.3 to 5.7: root, timestamp, snapshot, targets, and the target by its hash."""
    assert json.loads(served.fetch()) == trusted_root
    assert served.repository.asked[:4] == ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]


def test_a_wrong_root(served: Served) -> None:
    """TUF 5.4.2: metadata that the pinned root's keys have not signed."""
    served.pinned = TufRepository().pinned
    with pytest.raises(FetchRefused, match="the pinned root does not vouch"):
        served.fetch()


@pytest.mark.parametrize("pinned", [b"", b"{}", b"\xff", b'{"signed": {"_type": "timestamp"}, "signatures": []}'])
def test_what_is_no_root(served: Served, pinned: bytes) -> None:
    """What is pinned has to be root metadata; where it is not, the file at hand is told to be at fault, not the repository."""
    served.pinned = pinned
    with pytest.raises(FetchRefused, match="the pinned root is not a root"):
        served.fetch()


def test_an_expired_timestamp(served: Served) -> None:
    """TUF 5.4.4: who is cut off from the repository's present must not be held in its past."""
    served.repository.publish(b"{}", version=2, days=-1)
    with pytest.raises(FetchRefused, match="expired"):
        served.fetch()


def test_a_tampered_target(served: Served) -> None:
    """TUF 5.7.3: the file has the length and hashes that the metadata says."""
    (path,) = (path for path in served.repository.files if path.startswith("targets/"))
    sound = served.repository.files[path]
    served.repository.files[path] = sound.replace(b"SHA2_256", b"SHA2_512")
    with pytest.raises(FetchRefused, match="not the one"):
        served.fetch()
    served.repository.files[path] = sound + b" "
    with pytest.raises(FetchRefused, match="more than it may"):
        served.fetch()


@pytest.mark.parametrize("path", ["timestamp.json", "1.snapshot.json", "1.targets.json"])
def test_tampered_metadata(served: Served, path: str) -> None:
    """TUF 5.4.2, 5.5.3, 5.6.3: every role's signature counts."""
    files = served.repository.files
    sound = files[path]
    files[path] = sound.replace(b'"spec_version":"1.0', b'"spec_version":"1.1')
    assert files[path] != sound
    with pytest.raises(FetchRefused):
        served.fetch()


def test_a_rotated_root(served: Served) -> None:
    """TUF 5.3: the next root counts if the pinned one's keys and its own have signed it; then its keys alone count."""
    served.repository.rotate()
    served.repository.rotate()
    fetched = fetch_target(served.address, pinned_root=served.pinned, target="trusted_root.json")
    assert (fetched.pinned_version, fetched.root_version) == (1, 3)


@pytest.mark.parametrize("signer", ["stranger", "old alone", "new alone"])
def test_a_root_that_does_not_follow(served: Served, signer: str) -> None:
    """TUF 5.3.4: a new root needs the old root's word, and its own keys'."""
    old = served.repository.signers["root"]
    if signer == "new alone":
        served.repository.rotate(old)
        new = served.repository.signers["root"]
        served.repository.root.version -= 1
        served.repository.rotate(new)
    else:
        served.repository.rotate(old if signer == "old alone" else CryptoSigner.generate_ed25519())
    with pytest.raises(FetchRefused, match="too few of its keys"):
        served.fetch()


@pytest.mark.parametrize("role", ["root", "snapshot", "targets"])
def test_a_rollback(served: Served, role: str) -> None:
    """TUF 5.3.5, 5.5.5, 5.6.4: an older version, soundly signed, in the place of a newer one."""
    files = served.repository.files
    if role == "root":
        files["2.root.json"] = files["1.root.json"]
    else:
        served.repository.publish(b"{}", version=2)
        files[f"2.{role}.json"] = files[f"1.{role}.json"]
    with pytest.raises(FetchRefused, match="metadata does not hold"):
        served.fetch()


def test_nothing_is_kept_between_two_runs(served: Served) -> None:
    """What an earlier run was told cannot stand in for a check of a later one."""
    served.fetch()
    asked = list(served.repository.asked)
    served.repository.asked.clear()
    served.fetch()
    assert served.repository.asked == asked


def test_a_target_that_is_not_there(served: Served) -> None:
    """The repository's metadata names no such file."""
    with pytest.raises(FetchRefused, match=r"no target other\.json"):
        fetch_target(served.address, pinned_root=served.pinned, target="other.json")


def test_a_target_too_large_to_be_one(served: Served) -> None:
    """A signed length is still only the repository's word."""
    served.repository.publish(b" " * (MAX_BYTES + 1))
    with pytest.raises(FetchRefused, match="at most"):
        served.fetch()


def test_metadata_without_end(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is read beyond its role's cap."""
    monkeypatch.setattr(tuf_fetch, "MAX_METADATA_BYTES", 100)
    with pytest.raises(FetchRefused, match="more than it may"):
        served.fetch()


@pytest.mark.parametrize("path", ["2.root.json", "timestamp.json", "1.snapshot.json"])
def test_redirects_are_not_followed(served: Served, path: str) -> None:
    """An answer from elsewhere is not the repository's, however it is signed."""
    served.repository.files["elsewhere.json"] = served.repository.files.pop(path, b"{}")
    served.repository.redirects[path] = f"{served.address}/elsewhere.json"
    with pytest.raises(FetchRefused, match="302"):
        served.fetch()
    assert "elsewhere.json" not in served.repository.asked


@pytest.mark.parametrize(
    "url",
    [
        "http://tuf.example",
        "ftp://tuf.example",
        "file:///etc",
        "tuf.example",
        "",
        "https://",
        "https://user@tuf.example",
        "https://tuf.example/?a=b",
        "https://tuf.example/#a",
        "https://[::1",
        "https://tuf.example:port",
        "http://127.0.0.1.tuf.example",
        "http://localhost@tuf.example",
    ],
)
def test_addresses_that_are_not_asked(url: str) -> None:
    """Https alone; plain http on this very machine."""
    with pytest.raises(FetchRefused):
        checked_address(url)


@pytest.mark.parametrize(
    "url", ["https://tuf.example", "https://tuf.example:444/a", "http://127.0.0.1:1", "http://[::1]:1"]
)
def test_addresses_that_are_asked(url: str) -> None:
    """Everything of the repository is below the address."""
    assert checked_address(url) == f"{url}/" == checked_address(f"{url}/")


def test_a_repository_that_is_not_there(served: Served) -> None:
    """Nobody listens: one sentence, no traceback."""
    served.repository.files.clear()
    with pytest.raises(FetchRefused, match="404"):
        served.fetch()
    with pytest.raises(FetchRefused, match="cannot be reached"):
        fetch_target("http://127.0.0.1:1", pinned_root=served.pinned, target="trusted_root.json")


@pytest.mark.parametrize("content", [b"[]", b"{}", b"{", b'{"mediaType": "x", "tlogs": []}'])
def test_a_target_that_is_no_trusted_root(
    served: Served, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What no roots document could hold is not printed, however well it is signed."""
    refused_as_trusted_root(served, content, tmp_path, capsys)


def test_an_instance_without_logs(
    served: Served, trusted_root: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitHub's own instance, for private repositories, has timestamps alone: such evidence is not supported, and it is said."""
    content = json.dumps(trusted_root | {"tlogs": [], "ctlogs": []}).encode()
    assert "a transparency log" in refused_as_trusted_root(served, content, tmp_path, capsys)


def refused_as_trusted_root(served: Served, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Serve the content as the target, and return the one line by which the command refuses it."""
    served.repository.publish(content, version=2)
    (tmp_path / "root.json").write_bytes(served.pinned)
    assert main(["roots", "fetch", "--tuf", served.address, "--root", str(tmp_path / "root.json")]) == 2
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)
    return printed.err
