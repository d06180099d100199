"""The JSON of Sigstore bundles, PEP 740 attestations and DSSE envelopes: which keys there are, and what their values spell.

sigstore's and pypi-attestations' models take more than the formats allow: junk within base64, ``1_0`` for a number, a
key in a second spelling (``media_type``), and in PEP 740 any key at all. Two readers could see two different documents.
What has to be there whoever reads the value asks (of Sigstore's forms, ``sigstore_adapter/documents.py``); here it is that
nothing else is, and that each value is of its type.

Source: protobuf-specs v0.5 (``sigstore_bundle.proto``, ``sigstore_rekor.proto``) in proto3's JSON; PEP 740; DSSE v1.0.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from verification import strict_base64
from verification.canonical import JsonValue

_NUMBER = re.compile(r"0|[1-9][0-9]{0,19}")

_MAX_NUMBER = 2**64 - 1
"""The largest of protobuf's ``uint64``; proto3's JSON writes ``int64`` and ``uint64`` as text."""

Content = None | bytes | int | str | list["Content"] | dict[str, "Content"]
"""What a value of the JSON spells: bytes where it is base64, a number where it is digits."""

Shape = Callable[[JsonValue], Content]
"""Returns what a value spells. Raises _Wrong where it is none of this shape."""


class Misshapen(ValueError):
    """Some value of the JSON is not spelled as its format spells it; the message says where."""


class _Wrong(Exception):
    """What is wrong with a value; the place is put together on the way out, where it is told."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.place = ""

    def within(self, key: object) -> _Wrong:
        self.place = f"/{key}{self.place}"
        return self


def read_shape(value: JsonValue, shape: Shape) -> Content:
    """Return what the value spells.

    Raises Misshapen where it has a key that the shape does not know, or another spelling of a value.
    """
    try:
        return shape(value)
    except _Wrong as error:
        raise Misshapen(f"{error.place[:100]!a} {error.what}") from error


def _of_keys(**members: Shape) -> Shape:
    def read(value: JsonValue) -> Content:
        if type(value) is not dict:
            raise _Wrong("is no object")
        found: dict[str, Content] = {}
        for key, member in value.items():
            if key not in members:
                raise _Wrong("is an unknown key").within(key)
            try:
                found[key] = members[key](member) if member is not None else None
            except _Wrong as error:
                raise error.within(key)  # noqa: B904  (the same error, told from further out)
        return found

    return read


def _each(shape: Shape) -> Shape:
    def read(value: JsonValue) -> Content:
        if type(value) is not list:
            raise _Wrong("is no list")
        found = []
        for number, item in enumerate(value):
            try:
                found.append(shape(item))
            except _Wrong as error:
                raise error.within(number)  # noqa: B904  (the same error, told from further out)
        return found

    return read


def _encoded(decode: Callable[[str], bytes]) -> Shape:
    def read(value: JsonValue) -> bytes:
        try:
            return decode(_text(value))
        except ValueError as error:
            raise _Wrong("is not in strict base64") from error

    return read


def _number(value: JsonValue) -> int:
    text = _text(value)
    if not _NUMBER.fullmatch(text) or int(text) > _MAX_NUMBER:
        raise _Wrong("is not a number in decimal digits")
    return int(text)


def _text(value: JsonValue) -> str:
    # Exactly: a number that not every reader takes for the same comes as text of a type of its own.
    if type(value) is not str:
        raise _Wrong("is no text")
    return value


def _anything(value: JsonValue) -> Content:
    """Leave a value to its reader, or a part that proves nothing here to nobody."""
    return cast(Content, value)


_bytes = _encoded(strict_base64.decode)
_wrapped_bytes = _encoded(strict_base64.decode_either_layout)
_certificate = _of_keys(rawBytes=_bytes)

_entry = _of_keys(
    logIndex=_number,
    logId=_of_keys(keyId=_bytes),
    kindVersion=_of_keys(kind=_text, version=_text),
    integratedTime=_number,
    inclusionPromise=_of_keys(signedEntryTimestamp=_bytes),
    inclusionProof=_of_keys(
        logIndex=_number,
        rootHash=_bytes,
        treeSize=_number,
        hashes=_each(_bytes),
        checkpoint=_of_keys(envelope=_text),
    ),
    canonicalizedBody=_bytes,
)

BUNDLE = _of_keys(
    mediaType=_text,
    verificationMaterial=_of_keys(
        certificate=_certificate,
        x509CertificateChain=_of_keys(certificates=_each(_certificate)),
        publicKey=_of_keys(hint=_anything),
        tlogEntries=_each(_entry),
        timestampVerificationData=_of_keys(rfc3161Timestamps=_each(_of_keys(signedTimestamp=_bytes))),
    ),
    dsseEnvelope=_of_keys(payload=_bytes, payloadType=_text, signatures=_each(_of_keys(sig=_bytes, keyid=_text))),
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
