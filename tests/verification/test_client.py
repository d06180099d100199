"""The consumer's command line: alone, offline, with exit codes that a script can lean on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support import statements
from tests.support.identities import GitHubWorkflow
from tests.support.roots import with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld
from tests.support.unsigned import bare_statement, unsigned_document
from verification.client.commands import main
from verification.root_of_trust import shipped_roots

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Desk:
    """A consumer's folder: a file, its evidence, the roots, and an expectation derived from them."""

    folder: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``python -m verification`` with nothing of Django's in the environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))}
        command = [sys.executable, "-m", "verification", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env={**kept, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
        )

    def files(self) -> list[str]:
        """Return the arguments that name file, evidence and roots."""
        return ["--artifact", "widget-1.0.tar.gz", "--evidence", "widget.attestation", "--roots", "roots.json"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A consumer's desk, with everything honest on it."""
    content = b"an sdist"
    world, identity = SigstoreWorld(datetime(2026, 1, 1, tzinfo=UTC)), GitHubWorkflow()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    statement = statements.github_provenance(identity, [statements.subject("widget-1.0.tar.gz", content)])
    credential = world.issue(identity.san, identity.claims(), at=at)
    attestation = world.attest(statements.encode(statement), credential, at=at)
    (tmp_path / "widget-1.0.tar.gz").write_bytes(content)
    (tmp_path / "widget.attestation").write_text(json.dumps(attestation))
    (tmp_path / "roots.json").write_text(json.dumps(with_simulated_instance(world)))
    desk = Desk(tmp_path)
    derived = desk.run("expectation", "derive", *desk.files())
    assert derived.returncode == 0, derived.stderr
    (tmp_path / "expectation.json").write_text(derived.stdout)
    return desk


def test_what_was_built_as_promised_is_accepted(desk: Desk) -> None:
    """Exit code 0, and a line that names level and source."""
    done = desk.run("verify", *desk.files(), "--expectation", "expectation.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "accepted: SLSA build level 2, recipe first-use, from https://github.com/example/widget"
    )


def test_an_overdue_review_is_noted(desk: Desk) -> None:
    """Roots: whoever leans on an entry past its review date is told so; the exit code stays 0."""
    roots = json.loads((desk.folder / "roots.json").read_text())
    for builder in roots["builders"]:
        builder["review_by"] = "2026-01-01"
    (desk.folder / "roots.json").write_text(json.dumps(roots))
    done = desk.run("verify", *desk.files(), "--expectation", "expectation.json")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == (
        "note: the roots' entry for GitHub Actions, by which this level is believed, was to be reviewed by 2026-01-01"
    )


@pytest.fixture
def unsigned(desk: Desk) -> list[str]:
    """The arguments to hold a bare statement against an expectation that asks for one."""
    statement = bare_statement(content=b"an sdist")
    (desk.folder / "widget.attestation").write_text(json.dumps(statement))
    (desk.folder / "expectation.json").write_text(json.dumps(unsigned_document()))
    return ["verify", *desk.files(), "--expectation", "expectation.json"]


def test_unsigned_evidence_takes_an_option_and_is_called_so(desk: Desk, unsigned: list[str]) -> None:
    """Levels: no consumer takes a bare statement for evidence without having said so, nor overlooks that it did."""
    refused = desk.run(*unsigned)
    assert refused.returncode == 1
    assert "unsigned-not-allowed" in refused.stdout
    done = desk.run(*unsigned, "--allow-unsigned")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("accepted, UNSIGNED: nobody signed the statement that it was built from")
    assert json.loads(desk.run(*unsigned, "--allow-unsigned", "--json").stdout)["unsigned"] is True


def test_nothing_is_derived_from_a_bare_statement(desk: Desk, unsigned: list[str]) -> None:
    """First use: never, and with no option to have it."""
    done = desk.run("expectation", "derive", *desk.files())
    assert (done.returncode, done.stdout) == (1, "")
    assert "unsigned-not-allowed" in done.stderr


def test_what_was_not_is_refused_with_its_reason(desk: Desk) -> None:
    """Exit code 1, the reason's sentence, and each failed check."""
    (desk.folder / "widget-1.0.tar.gz").write_bytes(b"tampered")
    done = desk.run("verify", *desk.files(), "--expectation", "expectation.json")
    assert done.returncode == 1
    assert "subject-mismatch" in done.stdout


def test_the_verdict_as_json(desk: Desk) -> None:
    """The whole verdict, in the form in which a registry keeps it."""
    done = desk.run("verify", *desk.files(), "--expectation", "expectation.json", "--json")
    verdict = json.loads(done.stdout)
    assert (verdict["result"], verdict["level"], verdict["schema"]) == ("accepted", 2, 1)


@pytest.mark.parametrize("spoiled", ["roots.json", "expectation.json", "widget-1.0.tar.gz", "widget.attestation"])
def test_unusable_input(desk: Desk, spoiled: str) -> None:
    """Exit code 2 for a document that is none and for a file that is not there, with what is wrong."""
    if spoiled.endswith(".json"):
        (desk.folder / spoiled).write_text("{")
    else:
        (desk.folder / spoiled).unlink()
    done = desk.run("verify", *desk.files(), "--expectation", "expectation.json")
    assert done.returncode == 2
    assert spoiled in done.stderr


def test_documents_are_checked(desk: Desk) -> None:
    """``check`` tells the digest of a valid document, and every problem of one that is not, with its place."""
    assert "valid: sha256" in desk.run("roots", "check", "roots.json").stdout
    assert "valid: sha256" in desk.run("expectation", "check", "expectation.json").stdout
    (desk.folder / "expectation.json").write_text('{"schema": 2, "recipes": []}')
    done = desk.run("expectation", "check", "expectation.json")
    assert done.returncode == 2
    assert {"/schema", "/recipes"} <= {line.split(": ")[1] for line in done.stderr.splitlines()}


def test_without_a_document_the_shipped_roots_are_checked(desk: Desk) -> None:
    """What a consumer trusts by default has a digest that can be held against a verdict's."""
    assert f"valid: sha256 {shipped_roots().digest}" in desk.run("roots", "check").stdout


def test_odd_audit_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what to do: what never ends or never begins, one line without end, and what is no text."""
    (tmp_path / "zero").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "line").open("wb") as line:
        line.truncate(2**40)
    (tmp_path / "bytes").write_bytes(b"\x1f\x8b")
    odd = {
        "zero": "a pipe or a device",
        "pipe": "a pipe or a device",
        "line": "line 1 is longer",
        "bytes": "line 1 is not UTF-8",
        "nothing": "No such file",
    }
    for name, told in odd.items():
        assert main(["audit", str(tmp_path / name)]) == 2, name
        said = capsys.readouterr()
        assert said.out == ""
        assert told in said.err


def test_a_log_of_nothing_but_flaws_is_not_read_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Threat: a registry's log of a few megabytes makes whoever checks it keep gigabytes of findings."""
    (tmp_path / "log").write_bytes(b"\n" * 1_000_000)
    assert main(["audit", str(tmp_path / "log")]) == 1
    said = capsys.readouterr()
    assert "was not read" in said.err
    assert said.out.count("line-unreadable") == 1000


def test_unreadable_evidence_is_refused_not_skipped(desk: Desk) -> None:
    """Evidence that is no evidence refuses; it is never taken for none."""
    (desk.folder / "widget.attestation").write_text("{}")
    done = desk.run("verify", *desk.files(), "--expectation", "expectation.json")
    assert done.returncode == 1
    assert "evidence-unsupported" in done.stdout


def many_tags() -> str:
    """Return the name of a wheel for more than a thousand platforms."""
    return f"widget-1.0-{'-'.join('.'.join(f'{each}{number}' for number in range(11)) for each in 'abc')}.whl"


FILE_OPTIONS = ("--evidence", "--roots", "--expectation", "--artifact")

ODD = [
    *((option, "zero-1.0.tar.gz", "a pipe or a device") for option in FILE_OPTIONS),
    *((option, "pipe-1.0.tar.gz", "a pipe or a device") for option in FILE_OPTIONS),
    *((option, "vast", "more than") for option in ("--evidence", "--roots", "--expectation")),
    ("--artifact", ".", "not the name"),
    ("--artifact", many_tags(), "too many"),
    *((option, "folder-1.0.tar.gz", "directory") for option in FILE_OPTIONS),
    ("--evidence", "widget-1.0.tar.gz", "evidence is JSON"),
    *((option, "empty", "empty") for option in ("--evidence", "--roots", "--expectation")),
    ("--evidence", "two", "is not JSON"),
]


def test_odd_files(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and a sentence: what never ends or never begins, a folder, nothing at all, two pieces that are no list."""
    monkeypatch.chdir(desk.folder)
    Path("folder-1.0.tar.gz").mkdir()
    Path("zero-1.0.tar.gz").symlink_to("/dev/zero")
    os.mkfifo("pipe-1.0.tar.gz")
    Path("empty").touch()
    with Path("vast").open("wb") as vast:
        vast.truncate(2**40)
    one = Path("widget.attestation").read_bytes()
    Path("two").write_bytes(one + b"," + one)
    for option, path, told in ODD:
        assert main(["verify", *desk.files(), "--expectation", "expectation.json", option, path]) == 2, (option, path)
        said = capsys.readouterr()
        assert said.out == ""
        assert told in said.err


def test_the_same_evidence_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would corroborate itself: refused, whether it is named twice or is also in a list."""
    monkeypatch.chdir(desk.folder)
    Path("list").write_text(f"[{Path('widget.attestation').read_text()}]")
    for first in ("widget.attestation", "list"):
        evidence = ["--evidence", first, "widget.attestation"]
        assert main(["verify", *desk.files(), "--expectation", "expectation.json", *evidence]) == 1
        assert "evidence-malformed" in capsys.readouterr().out


def test_a_terminal_is_told_nothing_but_ascii(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Documents are others' too: what stands in them moves no cursor, and no terminal's alphabet is too small for it."""
    monkeypatch.chdir(desk.folder)
    document = json.loads(Path("expectation.json").read_text())
    document["recipes"][0]["name"] = "first \N{CYRILLIC SMALL LETTER ER}"
    Path("expectation.json").write_text(json.dumps(document))
    for command in (["expectation", "check"], ["verify", *desk.files(), "--expectation"]):
        assert main([*command, "expectation.json"]) == 0
        assert "first \\u0440" in capsys.readouterr().out
    document["recipes"][0]["\x1b[2J"] = 1
    Path("expectation.json").write_text(json.dumps(document))
    assert main(["expectation", "check", "expectation.json"]) == 2
    assert "/recipes/0/\\x1b[2J" in capsys.readouterr().err
