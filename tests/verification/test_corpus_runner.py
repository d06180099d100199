"""The corpus runner itself, over cases that are made here: it must not flatter the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.__main__ import main
from tests.support.honest import CONTENT, Honest

SAN = "https://github.com/example/widget/.github/workflows/release.yml@refs/tags/v1.0"
EXPECTED = {"builder_id": SAN, "source_repo": "https://github.com/example/widget", "source_ref": "refs/tags/v1.0"}


@pytest.fixture
def corpus(honest: Honest, tmp_path: Path) -> Path:
    """A folder for cases, with the simulated instance as their root of trust."""
    (tmp_path / "cases").mkdir()
    (tmp_path / "root.json").write_text(json.dumps(honest.world.trusted_root()))
    return tmp_path


def add(corpus: Path, name: str, attestation: Any, **members: Any) -> None:
    """Write one case, by default an honest one that has to be accepted."""
    folder = corpus / "cases" / name
    folder.mkdir()
    (folder / "attestation.json").write_text(json.dumps(attestation))
    (folder / "artifact").write_bytes(members.pop("content", CONTENT))
    case = {
        "id": name,
        "class": "pep740-made-here",
        "format": "pep740-attestation",
        "artifact": {"file": "artifact", "name": "widget-1.0.tar.gz"},
        "attestation": "attestation.json",
        "trust": {"kind": "sigstore_trusted_root", "file": "../../root.json"},
        "expectation": EXPECTED,
        "expected": "accept",
    }
    (folder / "case.json").write_text(json.dumps(case | members))


def last_line(corpus: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run the corpus; return the exit status and the last line."""
    status = main([str(corpus)])
    return status, capsys.readouterr().out.splitlines()[-1]


def test_agreement_is_counted(honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Honest evidence passes; another source, ref, builder, file or signature is refused."""
    good = honest.sign(honest.provenance())
    add(corpus, "1-good", good)
    add(corpus, "2-source", good, expected="reject", expectation=EXPECTED | {"source_repo": "https://github.com/e/w"})
    add(corpus, "3-ref", good, expected="reject", expectation=EXPECTED | {"source_ref": "refs/tags/v2"})
    add(corpus, "4-builder", good, expected="reject", expectation=EXPECTED | {"builder_id": SAN.replace("1.0", "2")})
    add(corpus, "5-file", good, expected="reject", content=b"other")
    assert last_line(corpus, capsys) == (0, "agree 5 of 5, false accepts 0, false refusals 0, out of scope 0")


def test_what_a_case_leaves_open_is_not_checked(
    honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An absent or null field is taken from the evidence itself; a builder without a ref is any ref of it."""
    good = honest.sign(honest.provenance())
    add(corpus, "1-open", good, expectation={"source_ref": None})
    add(corpus, "2-any-ref", good, expectation={"builder_id": SAN.partition("@")[0]})
    add(corpus, "3-other", good, expected="reject", expectation={"builder_id": SAN.partition("@")[0] + "x"})
    assert last_line(corpus, capsys) == (0, "agree 3 of 3, false accepts 0, false refusals 0, out of scope 0")


def test_disagreement_is_told_and_a_false_accept_fails(
    honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1 where something was let in that must not be; a false refusal alone is told."""
    good = honest.sign(honest.provenance())
    add(corpus, "1-refused", good, content=b"other")
    assert last_line(corpus, capsys) == (0, "agree 0 of 1, false accepts 0, false refusals 1, out of scope 0")
    add(corpus, "2-let-in", good, expected="reject")
    assert last_line(corpus, capsys) == (1, "agree 0 of 2, false accepts 1, false refusals 1, out of scope 0")


def test_scope_is_decided_by_class_and_format(honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is out of scope is so before anything is verified: even where the gate would have let it in."""
    good = honest.sign(honest.provenance())
    add(corpus, "1-npm", good, **{"class": "npm-cli-v1", "format": "npm-attestations(sigstore-bundle-v0.2)"})
    add(corpus, "2-message", good, **{"class": "conformance-rekor2", "format": "sigstore-bundle-v0.3 message"})
    assert last_line(corpus, capsys) == (0, "agree 0 of 0, false accepts 0, false refusals 0, out of scope 2")


def test_classes_about_signatures_ask_for_authenticity(
    honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A statement that names no build is compared by signature, subject and signer, and refused for another signer."""
    nothing = honest.sign(honest.changed(lambda statement: statement.update(predicateType="https://example.org/x")))
    asked = {"class": "sigstore-bundle-crypto", "expectation": {"certificate_san": SAN}}
    add(corpus, "1-authentic", nothing, **asked)
    other = asked | {"expectation": {"certificate_san": SAN + "x"}, "expected": "reject"}
    add(corpus, "2-other-signer", nothing, **other)
    add(corpus, "3-other-file", nothing, **(asked | {"expected": "reject", "content": b"other"}))
    assert last_line(corpus, capsys) == (0, "agree 3 of 3, false accepts 0, false refusals 0, out of scope 0")


def test_json_has_one_object_a_case(honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--json`` is for programs; the last line stays."""
    add(corpus, "1-good", honest.sign(honest.provenance()))
    assert main([str(corpus), "--json"]) == 0
    row, last = capsys.readouterr().out.splitlines()
    assert json.loads(row)["agrees"] is True
    assert last.startswith("agree 1 of 1")
