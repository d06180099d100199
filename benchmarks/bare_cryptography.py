"""The limit: what has to be computed for one bundle even if nothing had to be read, compared or explained.

Every input is prepared beforehand. What is left: five signatures (the statement's by the leaf, the leaf's by its
issuer, the certificate log's, the checkpoint's, the promise's) and the hashes of statement, entry and inclusion proof.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from benchmarks.evidence import Evidence
from verification.canonical import canonical

Signed = tuple[ec.EllipticCurvePublicKey, bytes, bytes, ec.ECDSA]
"""A key, a signature, what is signed, and the algorithm."""

_SHA256 = ec.ECDSA(hashes.SHA256())


def bare_cryptography(evidence: Evidence) -> Callable[[], None]:
    """Return what verifies the signatures of the evidence's bundle and hashes what has to be hashed; it raises if one fails."""
    bundle = json.loads(evidence.bundle)
    (entry,) = bundle["verificationMaterial"]["tlogEntries"]
    leaf = x509.load_der_x509_certificate(_bytes(bundle["verificationMaterial"]["certificate"]["rawBytes"]))
    envelope, body, proof = bundle["dsseEnvelope"], _bytes(entry["canonicalizedBody"]), entry["inclusionProof"]
    payload, log = _bytes(envelope["payload"]), _key(evidence.trusted_root["tlogs"], _bytes(entry["logId"]["keyId"]))
    signed = [
        (_ec(leaf.public_key()), _bytes(envelope["signatures"][0]["sig"]), _pae(envelope, payload), _SHA256),
        *_certificate(evidence.trusted_root, leaf),
        (log, _bytes(entry["inclusionPromise"]["signedEntryTimestamp"]), _promised(entry), _SHA256),
        _checkpoint(log, proof["checkpoint"]["envelope"]),
    ]
    path, root = [_bytes(each) for each in proof["hashes"]], _bytes(proof["rootHash"])
    index, size = int(proof["logIndex"]), int(proof["treeSize"])

    def run() -> None:
        for key, signature, data, algorithm in signed:
            key.verify(signature, data, algorithm)
        if _root_hash(body, path, index, size) != root or not hashlib.sha256(payload).digest():
            raise ValueError("the entry is not in the log")

    return run


def _certificate(root: dict[str, Any], leaf: x509.Certificate) -> list[Signed]:
    """Return the issuer's signature of the leaf, and the certificate log's in it (RFC 6962, section 3.2)."""
    chains = [entry["certChain"]["certificates"] for entry in root["certificateAuthorities"]]
    authorities = [x509.load_der_x509_certificate(_bytes(each["rawBytes"])) for chain in chains for each in chain]
    (issuer,) = (_ec(each.public_key()) for each in authorities if _issued(leaf, each))
    (stamp,) = leaf.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
    body = leaf.tbs_precertificate_bytes
    public = issuer.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    stamped = (
        struct.pack("!BBQH", 0, 0, round(stamp.timestamp.replace(tzinfo=None).timestamp() * 1000), 1)
        + hashlib.sha256(public).digest()
        + len(body).to_bytes(3, "big")
        + body
        + struct.pack("!H", len(stamp.extension_bytes))
        + stamp.extension_bytes
    )
    algorithm = leaf.signature_hash_algorithm
    assert algorithm is not None
    return [
        (issuer, leaf.signature, leaf.tbs_certificate_bytes, ec.ECDSA(algorithm)),
        (_key(root["ctlogs"], stamp.log_id), stamp.signature, stamped, _SHA256),
    ]


def _issued(leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    named = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    return named == issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def _promised(entry: dict[str, Any]) -> bytes:
    return canonical(
        {
            "body": entry["canonicalizedBody"],
            "integratedTime": int(entry["integratedTime"]),
            "logID": _bytes(entry["logId"]["keyId"]).hex(),
            "logIndex": int(entry["logIndex"]),
        }
    )


def _checkpoint(log: ec.EllipticCurvePublicKey, envelope: str) -> Signed:
    note, _, signatures = envelope.partition("\n\n")
    return log, _bytes(signatures.split()[-1])[4:], f"{note}\n".encode(), _SHA256


def _pae(envelope: dict[str, Any], payload: bytes) -> bytes:
    kind = envelope["payloadType"].encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _root_hash(body: bytes, path: list[bytes], index: int, size: int) -> bytes:
    """Return the root that an inclusion proof leads to (RFC 9162, section 2.1.3.2)."""
    found, last = hashlib.sha256(b"\0" + body).digest(), size - 1
    for sibling in path:
        if index & 1 or index == last:
            found = hashlib.sha256(b"\1" + sibling + found).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + sibling).digest()
        index, last = index >> 1, last >> 1
    return found


def _key(logs: list[dict[str, Any]], log_id: bytes) -> ec.EllipticCurvePublicKey:
    (found,) = (log["publicKey"]["rawBytes"] for log in logs if _bytes(log["logId"]["keyId"]) == log_id)
    return _ec(load_der_public_key(_bytes(found)))


def _ec(key: object) -> ec.EllipticCurvePublicKey:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
