"""Base64 as encoders write it, and nothing else.

Lenient decoders skip what they do not know and ignore stray bits in the last letter, so that many texts carry the
same bytes: room to hide something in evidence that is kept, served and compared as it was sent.
"""

from __future__ import annotations

import base64
import binascii

_ENDS = (*(f"{letter}==" for letter in "AQgw"), *(f"{letter}=" for letter in "AEIMQUYcgkosw048"))
"""How padded base64 ends: only the letter before the padding has bits to spare, four or two, and encoders write zeros there."""

_LINE = 76
"""How many letters MIME puts on a line (RFC 2045, section 6.8)."""


def decode(text: str) -> bytes:
    """Return the bytes of standard base64 (RFC 4648, section 4), padded. Raises ValueError for any other spelling."""
    data = binascii.a2b_base64(text, strict_mode=True)
    # Strict mode takes one padding too many, and stray bits; whatever else is not the encoder's it refuses.
    if text.endswith("=") and (len(text) % 4 or not text.endswith(_ENDS)):
        raise ValueError("base64 in another spelling than its encoder's")
    return data


def decode_either(text: str) -> bytes:
    """Return the bytes of base64 in the standard or the URL-safe alphabet (RFC 4648, sections 4 and 5), never in both.

    DSSE protocol v1.0.2 lets a signer use either. Raises ValueError for any other spelling.
    """
    url_safe = ("-" in text or "_" in text) and "+" not in text and "/" not in text
    return decode(text.replace("-", "+").replace("_", "/") if url_safe else text)


def decode_either_layout(text: str) -> bytes:
    """Return the bytes of base64 on one line, or in MIME's lines of 76 letters as pypi-attestations writes PEP 740.

    Raises ValueError for any other spelling.
    """
    joined = text.replace("\n", "")
    data = decode(joined)
    if text != joined and not _is_in_lines(text):
        raise ValueError("base64 with line breaks that no encoder writes")
    return data


def _is_in_lines(text: str) -> bool:
    """Say whether every line of the text is full but perhaps the last, and each has its line break."""
    *full, last, rest = text.split("\n")
    return set(map(len, full)) <= {_LINE} and 0 < len(last) <= _LINE and not rest


def encode_url(data: bytes) -> str:
    """Return base64url without padding (RFC 4648, section 5), as WebAuthn writes bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_url(text: str) -> bytes:
    """Return the bytes of base64url without padding. Raises ValueError for any other spelling."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_url(data) != text:
        raise ValueError("base64url in another spelling than its encoder's")
    return data
