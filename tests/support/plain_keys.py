"""Keys that an operator may configure, and how each kind signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.keys import IN_TOTO, b64, pae

_Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class PlainKey:
    """A key pair with the one way in which its owner signs."""

    private_key: _Private
    sign: Callable[[bytes], bytes]

    @property
    def pem(self) -> str:
        """The public key as roots of trust name it."""
        return self.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def entry(self, payload: bytes, payload_type: str = IN_TOTO) -> dict[str, str]:
        """Return a DSSE signature over the payload."""
        return {"sig": b64(self.sign(pae(payload, payload_type))), "keyid": "whatever"}


def ecdsa(curve: ec.EllipticCurve, algorithm: hashes.HashAlgorithm) -> PlainKey:
    """Return a key on the curve that signs with the hash, whether or not they belong together."""
    key = ec.generate_private_key(curve)
    return PlainKey(key, lambda data: key.sign(data, ec.ECDSA(algorithm)))


def ed25519_key() -> PlainKey:
    """Return an Ed25519 key."""
    key = ed25519.Ed25519PrivateKey.generate()
    return PlainKey(key, key.sign)


def rsa_key(scheme: padding.AsymmetricPadding, algorithm: hashes.HashAlgorithm, bits: int = 2048) -> PlainKey:
    """Return an RSA key that signs with the padding and the hash."""
    key = rsa.generate_private_key(65537, bits)
    return PlainKey(key, lambda data: key.sign(data, scheme, algorithm))


def pss(algorithm: hashes.HashAlgorithm, salt_length: int = 32) -> padding.PSS:
    """Return PSS with the hash inside as well."""
    return padding.PSS(mgf=padding.MGF1(algorithm), salt_length=salt_length)
