"""The corpus runner itself, over cases that are made here: it must not flatter the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.corpus.__main__ import main
from tests.corpus.case import Case
from tests.corpus.scope import Question, question_of
from tests.support import statements
from tests.support.bundles import public_key_bundle
from tests.support.honest import CONTENT, SIGNED_AT, Honest
from verification.expectation import PUBLISH_ATTESTATION

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


PERSON = "somebody@example.org"
OAUTH = "https://github.com/login/oauth"


def signed_by_person(honest: Honest, filename: str = "widget-1.0.tar.gz") -> Any:
    """Return a publish attestation under the certificate of a person."""
    credential = honest.world.issue(PERSON, {"issuer": OAUTH}, at=SIGNED_AT)
    return honest.world.attest(statements.encode(honest.publish(filename)), credential, at=SIGNED_AT)


def test_a_person_is_asked_for_and_never_let_in(
    honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Decision 8: signed by exactly the person named is the question; that the gate knows no such builder, the answer."""
    good = signed_by_person(honest)
    named: dict[str, Any] = {
        "class": "pep740-publish-email",
        "expectation": {
            "publisher": {"kind": "Email", "email": PERSON},
            "certificate_san": PERSON,
            "issuer": OAUTH,
            "dist_name": "widget-1.0.tar.gz",
        },
    }

    def expecting(**members: Any) -> dict[str, Any]:
        return named | {"expected": "reject", "expectation": named["expectation"] | members}

    add(corpus, "1-the-person", good, **named)
    other = {"publisher": {"kind": "Email", "email": "another@example.org"}}
    add(corpus, "2-another", good, **expecting(**other, certificate_san=None))
    add(corpus, "3-two-persons", good, **expecting(**other))
    add(corpus, "4-nobody-named", good, **expecting(publisher=None, certificate_san=None))
    add(corpus, "5-other-issuer", good, **expecting(issuer="https://accounts.google.com"))
    add(corpus, "6-other-file", good, **(expecting() | {"content": b"other"}))
    add(corpus, "7-other-name", good, **expecting(dist_name="widget-1.1.tar.gz"))
    add(corpus, "8-a-workflow", honest.sign(honest.publish()), **expecting(certificate_san=SAN, publisher=None))
    full = honest.changed(lambda statement: statement.update(predicateType=PUBLISH_ATTESTATION))
    credential = honest.world.issue(PERSON, {"issuer": OAUTH}, at=SIGNED_AT)
    add(corpus, "9-a-predicate", honest.world.attest(statements.encode(full), credential, at=SIGNED_AT), **expecting())
    assert last_line(corpus, capsys) == (0, "agree 9 of 9, false accepts 0, false refusals 0, out of scope 0")
    add(corpus, "A-asked-whether-admitted", good, expectation={})
    assert last_line(corpus, capsys) == (0, "agree 9 of 10, false accepts 0, false refusals 1, out of scope 0")


def test_a_strange_case_costs_itself_alone(honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Missing files, odd fields, a case.json that is none: each is a refusal whose error is printed."""
    good = honest.sign(honest.provenance())
    strange: dict[str, dict[str, Any]] = {
        "1-no-evidence": {},
        "2-no-root": {"trust": {"kind": "sigstore_trusted_root", "file": "elsewhere.json"}},
        "3-another-trust": {"trust": {"kind": "a kind of tomorrow"}},
        "4-another-expectation": {"expectation": EXPECTED | {"a key of tomorrow": "x"}},
        "5-another-publisher": {"expectation": {"publisher": {"kind": "Tomorrow"}}},
        "6-odd-fields": {"trust": [], "artifact": 1},
        "7-a-signature-with-a-builder": {"class": "conformance-dsse", "expectation": EXPECTED},
    }
    for name, members in strange.items():
        add(corpus, name, good, **members)
    (corpus / "cases" / "1-no-evidence" / "attestation.json").unlink()
    (corpus / "cases" / "8-no-json").mkdir()
    (corpus / "cases" / "8-no-json" / "case.json").write_text("{")
    add(corpus, "9-good", good)
    assert main([str(corpus)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in [*strange, "8-no-json"]:
        assert any(line.startswith(f"could not be run: {name}: ") for line in lines), name
    assert lines[-1] == "agree 1 of 9, false accepts 0, false refusals 8, out of scope 0"


def test_scope_is_the_readmes(corpus: Path) -> None:
    """Line by line, and for classes that nobody here has seen but that begin as those of the README do."""
    wanted = {
        Question.ADMITTED: [
            ("pep740-publish-tomorrow", "pep740-attestation"),
            ("github-attest-v1", "sigstore-bundle-v0.3"),
            ("slsa-gha-tomorrow", "sigstore-bundle-v0.3"),
            ("slsa-gha-go-dsse-no-cert", "dsse-no-cert"),
            ("gcb-v2", "gcb-gcloud-json"),
            ("another", ""),
        ],
        Question.PERSON: [("pep740-publish-email", "pep740-attestation")],
        Question.AUTHENTIC: [
            ("sigstore-bundle-crypto", "sigstore-bundle-v0.1"),
            ("conformance-dsse", "sigstore-bundle-v0.3 dsse"),
            ("conformance-rekor2", "sigstore-bundle-v0.3 dsse"),
            ("conformance-managed-key", "sigstore-bundle-v0.3 dsse"),
        ],
        Question.OUT_OF_SCOPE: [
            ("conformance-rekor2", "sigstore-bundle-v0.3 message"),
            ("conformance-message", "sigstore-bundle message"),
            ("npm-cli-v1", "npm-attestations(sigstore-bundle-v0.2)"),
            ("oci-cosign-generic-container", "oci-cosign-layer(dsse+annotations)"),
            ("vsa-public-key", "dsse-public-key"),
        ],
    }
    for question, forms in wanted.items():
        for kind, form in forms:
            case = Case(corpus, "x", kind, form, {}, {}, accept=True, file={}, evidence="")
            assert question_of(case) is question, (kind, form)


def test_a_key_beside_the_bundle_is_trusted_in_place_of_the_instance(
    honest: Honest, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in Sigstore's conformance suite: the key's signature counts, and no other's."""
    key = ec.generate_private_key(ec.SECP256R1())
    asked: dict[str, Any] = {"class": "conformance-dsse", "format": "sigstore-bundle-v0.3 dsse", "expectation": {}}
    asked["trust"] = {"kind": "sigstore_trusted_root", "file": "../../root.json", "public_key": "../../key.pub"}
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (corpus / "key.pub").write_bytes(pem)
    statement = statements.encode(honest.provenance())
    add(corpus, "1-own", public_key_bundle(statement, key, "hint"), **asked)
    stranger = ec.generate_private_key(ec.SECP256R1())
    add(corpus, "2-other", public_key_bundle(statement, stranger, "hint"), **asked, expected="reject")
    assert last_line(corpus, capsys) == (0, "agree 2 of 2, false accepts 0, false refusals 0, out of scope 0")
