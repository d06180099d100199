"""The JSON of Sigstore bundles, PEP 740 attestations and DSSE envelopes: which keys there are, and how their values are spelled.

sigstore's and pypi-attestations' models take more than the formats allow: junk within base64, ``1_0`` for a number, a
key in a second spelling (``media_type``), and in PEP 740 any key at all. Two readers could see two different documents.
What has to be there, and of which type, the models check; here it is only that nothing else is.

Source: protobuf-specs v0.5 (``sigstore_bundle.proto``, ``sigstore_rekor.proto``) in proto3's JSON; PEP 740; DSSE v1.0.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from verification import strict_base64
from verification.canonical import JsonValue

_NUMBER = re.compile(r"0|[1-9][0-9]{0,19}")

Shape = Callable[[JsonValue, str], None]


class Misshapen(ValueError):
    """Some value of the JSON is not spelled as its format spells it; the message says where."""


def check_shape(value: JsonValue, shape: Shape) -> None:
    """Raise Misshapen where the value has a key that the shape does not know, or another spelling of a value."""
    shape(value, "")


def _of_keys(**members: Shape) -> Shape:
    def check(value: JsonValue, where: str) -> None:
        if not isinstance(value, dict):
            return
        for key, member in value.items():
            if key not in members:
                raise Misshapen(f"the unknown key {f'{where}/{key}'[:100]!a}")
            if member is not None:
                members[key](member, f"{where}/{key}")

    return check


def _each(shape: Shape) -> Shape:
    def check(value: JsonValue, where: str) -> None:
        for number, item in enumerate(value if isinstance(value, list) else []):
            shape(item, f"{where}/{number}")

    return check


def _encoded(decode: Callable[[str], bytes]) -> Shape:
    def check(value: JsonValue, where: str) -> None:
        try:
            decode(str(value))
        except ValueError as error:
            raise Misshapen(f"{where} is not in strict base64") from error

    return check


def _number(value: JsonValue, where: str) -> None:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise Misshapen(f"{where} is not a number in decimal digits")


def _anything(value: JsonValue, where: str) -> None:
    """Leave a value to the models: a plain text, or a part that proves nothing here."""


_bytes = _encoded(strict_base64.decode)
_wrapped_bytes = _encoded(strict_base64.decode_either_layout)
_certificate = _of_keys(rawBytes=_bytes)

_entry = _of_keys(
    logIndex=_number,
    logId=_of_keys(keyId=_bytes),
    kindVersion=_of_keys(kind=_anything, version=_anything),
    integratedTime=_number,
    inclusionPromise=_of_keys(signedEntryTimestamp=_bytes),
    inclusionProof=_of_keys(
        logIndex=_number,
        rootHash=_bytes,
        treeSize=_number,
        hashes=_each(_bytes),
        checkpoint=_of_keys(envelope=_anything),
    ),
    canonicalizedBody=_bytes,
)

BUNDLE = _of_keys(
    mediaType=_anything,
    verificationMaterial=_of_keys(
        certificate=_certificate,
        x509CertificateChain=_of_keys(certificates=_each(_certificate)),
        publicKey=_of_keys(hint=_anything),
        tlogEntries=_each(_entry),
        timestampVerificationData=_of_keys(rfc3161Timestamps=_each(_of_keys(signedTimestamp=_bytes))),
    ),
    dsseEnvelope=_of_keys(
        payload=_bytes, payloadType=_anything, signatures=_each(_of_keys(sig=_bytes, keyid=_anything))
    ),
)
"""A Sigstore bundle with a DSSE envelope. A message signature beside it would be a second word about what is signed."""

PEP740 = _of_keys(
    version=_anything,
    verification_material=_of_keys(certificate=_wrapped_bytes, transparency_entries=_each(_entry)),
    envelope=_of_keys(statement=_wrapped_bytes, signature=_wrapped_bytes),
)
"""An attestation object of PEP 740."""

ENVELOPE = _of_keys(
    payload=_anything, payloadType=_anything, signatures=_each(_of_keys(sig=_anything, keyid=_anything, cert=_anything))
)
"""A bare DSSE envelope. Its reader holds it to base64, of either alphabet. A ``cert`` beside a signature proves nothing
here; slsa-github-generator and Tekton Chains write one."""
