"""The roots document is read strictly: everything that is wrong with it at once, each with its JSON pointer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tests.support.honest import Honest
from tests.support.plain_keys import PlainKey, ecdsa, ed25519_key
from tests.support.roots import with_simulated_instance
from verification.canonical import sha256_hex
from verification.parameters import DocumentInvalid
from verification.root_document import MAX_BYTES, MAX_INSTANCES, MAX_KEYS, MAX_KEYS_WITHOUT_ID
from verification.root_of_trust import parse_roots, shipped_roots

Json = dict[str, Any]
KEY: PlainKey = ecdsa(ec.SECP256R1(), SHA256())


@pytest.fixture(scope="module")
def sound(honest: Honest) -> Json:
    """A document with one of everything."""
    made = with_simulated_instance(honest.world, keys={"operator": KEY.pem})
    return {
        "schema": 1,
        "sigstore": {"simulated": made["sigstore"]["simulated"] | {"valid_from": "2026-01-01T00:00:00Z"}},
        "keys": {"operator": {"pem": KEY.pem, "pae": True, "keyid": "k", "distrusted_from": "2027-01-01T00:00:00Z"}},
        "builders": [
            {
                "name": "GitHub Actions",
                "signer": {
                    "sigstore": "simulated",
                    "issuer": "https://token.actions.githubusercontent.com",
                    "identity": "https://github.com/*/*/.github/workflows/*",
                    "identity_ref": "**",
                },
                "speaks_for": ["own-identity"],
                "level": 2,
                "level_document": "https://builder.example/levels",
                "review_by": "2030-01-01",
            },
            {
                "name": "operator",
                "signer": {"keys": ["operator"]},
                "speaks_for": ["https://builder.example/1", "https://builder.example/b/*"],
                "level": 3,
                "level_document": "https://builder.example/levels",
                "review_by": "2030-01-01",
                "valid_from": "2026-01-01T00:00:00Z",
                "distrusted_from": "2027-01-01T00:00:00Z",
                "denied": {"commits": ["a" * 40], "runs": ["1"], "artifacts": ["b" * 64], "builders": ["x/*"]},
            },
        ],
        "denied": {"builders": ["https://builder.example/b/2"]},
    }


def places(document: Json) -> list[str]:
    """Return where the document's problems are; none if it is valid."""
    try:
        parse_roots(document)
    except DocumentInvalid as error:
        return [problem.where for problem in error.problems]
    return []


def test_a_document_with_one_of_everything(sound: Json) -> None:
    """Whatever spelling it comes in, the document's name is the SHA-256 of its canonical JSON."""
    roots = parse_roots(json.dumps(sound, indent=3).encode())
    assert roots.digest == sha256_hex(roots.canonical) == parse_roots(sound).digest
    assert parse_roots(roots.canonical).digest == roots.digest
    assert (set(roots.instances), set(roots.keys), len(roots.builders)) == ({"simulated"}, {"operator"}, 2)


def put(*path: Any, value: Any) -> Callable[[Json], None]:
    """Return what puts a value at a path of a document."""

    def change(document: Json) -> None:
        target: Any = document
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value

    return change


def drop(*path: Any) -> Callable[[Json], None]:
    """Return what takes a member out of a document."""

    def change(document: Json) -> None:
        target: Any = document
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]

    return change


def junk(*path: Any) -> Callable[[Json], None]:
    """Return what puts into a member's base64 what lenient decoders skip."""

    def change(document: Json) -> None:
        target: Any = document["sigstore"]["simulated"]["trusted_root"]
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = f"*{target[path[-1]]}"

    return change


FIRST = ("builders", 0)
ENTRIES = (("sigstore", "simulated"), ("keys", "operator"), ("builders", 1))

WRONG = [
    *((put("schema", value=value), "/schema") for value in (2, True, "1", None)),
    (put("more", value=1), "/more"),
    *((drop(key), "") for key in ("schema", "sigstore", "keys", "builders")),
    (put("sigstore", value=[]), "/sigstore"),
    (put("sigstore", "a/b", value={}), "/sigstore/a~1b"),
    (put("sigstore", " padded", value={}), "/sigstore/ padded"),
    (put("sigstore", "simulated", value=None), "/sigstore/simulated"),
    (put("sigstore", "simulated", "url", value="x"), "/sigstore/simulated/url"),
    (put("sigstore", "simulated", "trusted_root", value="x"), "/sigstore/simulated/trusted_root"),
    (put("sigstore", "simulated", "trusted_root", value={}), "/sigstore/simulated/trusted_root"),
    (junk("tlogs", 0, "publicKey", "rawBytes"), "/sigstore/simulated/trusted_root"),
    (junk("tlogs", 0, "logId", "keyId"), "/sigstore/simulated/trusted_root"),
    (
        junk("certificateAuthorities", 0, "certChain", "certificates", 0, "rawBytes"),
        "/sigstore/simulated/trusted_root",
    ),
    (put("keys", value=None), "/keys"),
    (put("keys", "operator", value="pem"), "/keys/operator"),
    (put("keys", "operator", "pem", value="pem"), "/keys/operator/pem"),
    (put("keys", "operator", "pem", value=KEY.pem + ed25519_key().pem), "/keys/operator/pem"),
    (put("keys", "operator", "pae", value=1), "/keys/operator/pae"),
    (put("keys", "operator", "keyid", value=""), "/keys/operator/keyid"),
    (put("keys", "operator", "PAE", value=False), "/keys/operator/PAE"),
    (put("keys", "twin", value={"pem": KEY.pem}), "/keys/twin/pem"),
    (put("builders", value=[]), "/builders"),
    (put("builders", value={}), "/builders"),
    (put(*FIRST, value="x"), "/builders/0"),
    (put(*FIRST, "more", value=1), "/builders/0/more"),
    (put(*FIRST, "name", value=""), "/builders/0/name"),
    (put(*FIRST, "name", value="x" * 65), "/builders/0/name"),
    (put(*FIRST, "name", value="operator"), "/builders/1/name"),
    *((put(*FIRST, "level", value=value), "/builders/0/level") for value in (0, 4, True, "2")),
    (put(*FIRST, "level_document", value="a page"), "/builders/0/level_document"),
    *(
        (put(*FIRST, "review_by", value=value), "/builders/0/review_by")
        for value in ("20300101", "2030-W01-1", "2030-02-30", "soon", 2030, "2030-01-01T00:00:00Z")
    ),
    (put(*FIRST, "speaks_for", value=[]), "/builders/0/speaks_for"),
    (put(*FIRST, "speaks_for", value="own-identity"), "/builders/0/speaks_for"),
    (put(*FIRST, "speaks_for", value=["x", "x"]), "/builders/0/speaks_for/1"),
    (put(*FIRST, "speaks_for", value=["x", 1]), "/builders/0/speaks_for/1"),
    (put(*FIRST, "speaks_for", value=["*"]), "/builders/0/speaks_for/0"),
    (put(*FIRST, "speaks_for", value=["https://x/**"]), "/builders/0/speaks_for/0"),
    (put(*FIRST, "signer", value="x"), "/builders/0/signer"),
    (drop(*FIRST, "signer", "issuer"), "/builders/0/signer"),
    (put(*FIRST, "signer", "issuer", value=""), "/builders/0/signer/issuer"),
    (put(*FIRST, "signer", "subject", value="x"), "/builders/0/signer/subject"),
    (put(*FIRST, "signer", "sigstore", value="other"), "/builders/0/signer/sigstore"),
    (put(*FIRST, "signer", "identity", value="https://x/**/y"), "/builders/0/signer/identity"),
    (put(*FIRST, "signer", "identity_ref", value=""), "/builders/0/signer/identity_ref"),
    (put(*FIRST, "signer", value={"key": "other"}), "/builders/0/signer"),
    (put(*FIRST, "signer", value={"keys": []}), "/builders/0/signer/keys"),
    (put(*FIRST, "signer", value={"key": "operator", "issuer": "x"}), "/builders/0/signer/issuer"),
    (put(*FIRST, "signer", value={"key": "operator", "keys": ["operator"]}), "/builders/0/signer/key"),
    *(
        (put(*entry, key, value=value), f"/{'/'.join(map(str, entry))}/{key}")
        for entry in ENTRIES
        for key in ("valid_from", "distrusted_from")
        for value in ("2026-01-01", "2026-1-1T00:00:00Z", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.5Z", 0)
    ),
    (put("builders", 1, "distrusted_from", value="2026-01-01T00:00:00Z"), "/builders/1/distrusted_from"),
    *((put(*at, "denied", value={}), "/".join(["", *map(str, at), "denied"])) for at in ((), ("builders", 1))),
    (put("denied", "run", value=["1"]), "/denied/run"),
    (put("denied", "runs", value=[]), "/denied/runs"),
    (put("denied", "runs", value="1"), "/denied/runs"),
    (put("denied", "runs", value=[""]), "/denied/runs/0"),
    *((put("denied", "commits", value=[bad]), "/denied/commits/0") for bad in ("A" * 40, "a" * 39, "v1.0", 1)),
    *((put("denied", "artifacts", value=[bad]), "/denied/artifacts/0") for bad in ("a" * 40, "sha256:" + "a" * 64)),
    (put("denied", "runs", value=["https://x/runs/*"]), "/denied/runs/0"),
    *(
        (put("denied", "builders", value=[bad]), "/denied/builders/0")
        for bad in ("https://x/**/y", "https://x/a**", "https://*/**", "https://x/**@v*", "https://x/***", "**")
    ),
]


@pytest.mark.parametrize(("change", "where"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_what_is_wrong_is_told_with_its_place(sound: Json, change: Callable[[Json], None], where: str) -> None:
    """Roots: loaded strictly. A misspelt member that was passed over would go on trusting."""
    document = copy.deepcopy(sound)
    change(document)
    assert set(places(document)) == {where}


def test_all_problems_are_told_at_once(sound: Json) -> None:
    """Roots: one of every kind, in one go."""
    document = copy.deepcopy(sound)
    wanted = ["/schema", "/keys/operator/pae", "/builders/0/level", "/builders/1/denied/commits/0", "/denied/runs"]
    for change, where in WRONG:
        if where in {"/schema", "/keys/operator/pae", "/builders/0/level", "/denied/runs"}:
            change(document)
    document["builders"][1]["denied"]["commits"] = ["main"]
    assert places(document) == wanted


def test_what_has_too_much(sound: Json) -> None:
    """Every cap is told as a problem: of bytes, instances and keys."""
    assert places({**sound, "keys": {str(n): sound["keys"]["operator"] for n in range(MAX_KEYS + 1)}})[0] == "/keys"
    assert places({**sound, "sigstore": {str(n): {} for n in range(MAX_INSTANCES + 1)}})[0] == "/sigstore"
    without_id = {f"k{n}": {"pem": ed25519_key().pem} for n in range(MAX_KEYS_WITHOUT_ID + 1)}
    assert places({**sound, "keys": {**sound["keys"], **without_id}}) == ["/keys"]
    with_id = {name: {**key, "keyid": name} for name, key in without_id.items()}
    assert places({**sound, "keys": {**sound["keys"], **with_id}}) == []
    with pytest.raises(DocumentInvalid, match="bytes"):
        parse_roots(json.dumps(sound).encode() + b" " * MAX_BYTES)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"schema": 1, "schema": 1}', b'{"schema": 1.0}', b"\xff"]
)
def test_what_is_no_document(data: bytes) -> None:
    """Strict JSON: no duplicate keys, no floats, an object."""
    with pytest.raises(DocumentInvalid):
        parse_roots(data)


def test_the_shipped_roots_are_valid() -> None:
    """The document that a new registry starts with."""
    assert shipped_roots().builders
