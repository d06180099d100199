"""Rekor's two generations of signature logs, with the proofs that a bundle carries.

Each log is a Merkle tree that grows for as long as the object lives, with a signed checkpoint of its size and root.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support import keys, merkle_tree
from tests.support.certificates import der
from tests.support.keys import SigningKey, b64

EntryKind = Literal["dsse", "intoto", "hashedrekord"]
"""How Rekor v1 logs a DSSE envelope: as clients ask it today, as they did until 2024, and as sigstore-go may ask it."""

LogSigner = x509.Certificate | keys.PublicKey | rsa.RSAPublicKey
"""By whom a log says that an envelope is signed: Fulcio's certificate, or a key that somebody keeps."""


class _Tree:
    """The leaves, and who signs checkpoints over them."""

    def __init__(self, *, host: str, origin: str, log_id: bytes, key: SigningKey) -> None:
        self._host = host
        self._origin = origin
        self._log_id = log_id
        self._key = key
        self._leaves: list[bytes] = []

    def include(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Append an entry's body; return its index and the proof that it is in the tree."""
        index = len(self._leaves)
        self._leaves.append(body)
        return index, self.prove(index)

    def prove(self, index: int) -> dict[str, Any]:
        """Return the proof that the entry is in the tree as it has grown since."""
        root = merkle_tree.root_hash(self._leaves)
        return {
            "logIndex": str(index),
            "rootHash": b64(root),
            "treeSize": str(len(self._leaves)),
            "hashes": [b64(node) for node in merkle_tree.audit_path(index, self._leaves)],
            "checkpoint": {"envelope": self._checkpoint(root)},
        }

    def _checkpoint(self, root: bytes) -> str:
        """Return a signed note: origin, size and root, then the signature behind a hint of the key."""
        note = f"{self._origin}\n{len(self._leaves)}\n{b64(root)}\n"
        signature = keys.sign(note.encode(), self._key)
        return f"{note}\n\N{EM DASH} {self._host} {b64(self._log_id[:4] + signature)}\n"


class RekorV1:
    """Logs DSSE envelopes (EntryKind) and says when: its signed entry timestamp is a bundle's trusted time."""

    host = "rekor.sigstore.example"
    url = f"https://{host}"

    _first_global_index = 1000
    """Entries of earlier shards. It keeps the log's index, under the timestamp, apart from the proof's own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public_key = self._key.public_key()
        self.log_id = hashlib.sha256(keys.public_key_der(self.public_key)).digest()
        self._tree = _Tree(host=self.host, origin=f"{self.host} - 4711", log_id=self.log_id, key=self._key)

    def record(
        self, envelope: dict[str, Any], signer: LogSigner, at: datetime, *, kind: EntryKind = "dsse"
    ) -> dict[str, Any]:
        """Log the envelope as signed under the certificate or key; return the bundle's entry."""
        version, body = _BODIES[kind]
        return self._record(kind, version, body(envelope, signer), at)

    def _record(self, kind: str, version: str, body: bytes, at: datetime) -> dict[str, Any]:
        index, proof = self._tree.include(body)
        global_index = self._first_global_index + index
        integrated_time = int(at.timestamp())
        promise: dict[str, Any] = {
            "body": b64(body),
            "integratedTime": integrated_time,
            "logID": self.log_id.hex(),
            "logIndex": global_index,
        }
        return {
            "logIndex": str(global_index),
            "logId": {"keyId": b64(self.log_id)},
            "kindVersion": {"kind": kind, "version": version},
            "integratedTime": str(integrated_time),
            "inclusionPromise": {"signedEntryTimestamp": b64(keys.sign(rfc8785.dumps(promise), self._key))},
            "inclusionProof": proof,
            "canonicalizedBody": b64(body),
        }


class RekorV2:
    """Logs signatures over digests (hashedrekord/0.0.2) and tells no time: a bundle needs a timestamp beside it."""

    host = "log2026-1.rekor.sigstore.example"
    url = f"https://{host}"

    def __init__(self) -> None:
        self._key = ed25519.Ed25519PrivateKey.generate()
        self.public_key = self._key.public_key()
        # The key id of a signed note with an Ed25519 key, in full (c2sp.org/signed-note).
        raw = self.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.log_id = hashlib.sha256(self.host.encode() + b"\n\x01" + raw).digest()
        self._tree = _Tree(host=self.host, origin=self.host, log_id=self.log_id, key=self._key)

    def record(self, envelope: dict[str, Any], signer: LogSigner) -> dict[str, Any]:
        """Log the envelope as signed under the certificate or key; return the bundle's entry."""
        body = _hashedrekord_body(envelope, signer)
        index, proof = self._tree.include(body)
        return {
            "logIndex": str(index),
            "logId": {"keyId": b64(self.log_id)},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "inclusionProof": proof,
            "canonicalizedBody": b64(body),
        }

    def prove(self, index: int) -> dict[str, Any]:
        """Return a later proof of the entry of this index."""
        return self._tree.prove(index)


def _dsse_body(envelope: dict[str, Any], signer: LogSigner) -> bytes:
    pem = _pem(signer)
    payload = base64.b64decode(envelope["payload"])
    spec: dict[str, Any] = {
        "envelopeHash": _hex_digest(json.dumps(envelope).encode()),
        "payloadHash": _hex_digest(payload),
        "signatures": [{"signature": signature["sig"], "verifier": b64(pem)} for signature in envelope["signatures"]],
    }
    return rfc8785.dumps({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})


def _intoto_body(envelope: dict[str, Any], signer: LogSigner) -> bytes:
    pem = _pem(signer)
    signatures = [{"publicKey": b64(pem), "sig": b64(each["sig"].encode())} for each in envelope["signatures"]]
    content: dict[str, Any] = {
        "envelope": {"payloadType": envelope["payloadType"], "signatures": signatures},
        "hash": _hex_digest(json.dumps(envelope).encode()),
        "payloadHash": _hex_digest(base64.b64decode(envelope["payload"])),
    }
    return rfc8785.dumps({"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": content}})


def _hashedrekord_v001_body(envelope: dict[str, Any], signer: LogSigner) -> bytes:
    signed = keys.pae(base64.b64decode(envelope["payload"]), envelope["payloadType"])
    spec: dict[str, Any] = {
        "data": {"hash": _hex_digest(signed)},
        "signature": {
            "content": envelope["signatures"][0]["sig"],
            "publicKey": {"content": b64(_pem(signer))},
        },
    }
    return rfc8785.dumps({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec})


_BODIES: dict[EntryKind, tuple[str, Callable[[dict[str, Any], LogSigner], bytes]]] = {
    "dsse": ("0.0.1", _dsse_body),
    "intoto": ("0.0.2", _intoto_body),
    "hashedrekord": ("0.0.1", _hashedrekord_v001_body),
}


def _hex_digest(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


def _hashedrekord_body(envelope: dict[str, Any], signer: LogSigner) -> bytes:
    signed = keys.pae(base64.b64decode(envelope["payload"]), envelope["payloadType"])
    hash_name, verifier = _verifier(signer)
    spec: dict[str, Any] = {
        "data": {
            "algorithm": {"sha256": "SHA2_256", "sha384": "SHA2_384"}[hash_name],
            "digest": b64(hashlib.new(hash_name, signed).digest()),
        },
        "signature": {"content": envelope["signatures"][0]["sig"], "verifier": verifier},
    }
    return rfc8785.dumps({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": spec}})


def _pem(signer: LogSigner) -> bytes:
    if isinstance(signer, x509.Certificate):
        return signer.public_bytes(Encoding.PEM)
    return signer.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _verifier(signer: LogSigner) -> tuple[str, dict[str, Any]]:
    """Return the hash by which Rekor v2 names what a signer has signed, and how it names the signer."""
    if isinstance(signer, x509.Certificate):
        public_key = signer.public_key()
        assert isinstance(public_key, keys.PublicKey)
        return "sha256", {
            "keyDetails": keys.key_details(public_key),
            "x509Certificate": {"rawBytes": b64(der(signer))},
        }
    larger = isinstance(signer, ec.EllipticCurvePublicKey) and signer.key_size == 384
    if isinstance(signer, rsa.RSAPublicKey):
        details = f"PKIX_RSA_PKCS1V15_{signer.key_size}_SHA256"
    else:
        details = "PKIX_ECDSA_P384_SHA_384" if larger else keys.key_details(signer)
    raw = signer.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "sha384" if larger else "sha256", {"keyDetails": details, "publicKey": {"rawBytes": b64(raw)}}
