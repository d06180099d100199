"""The real input: distributions with real attestations, from the test assets of the pypi_attestations sdist.

Nothing of it is re-packed. What steps 4, 6 and 7 change is made here, mechanically, from the real files.
"""

from __future__ import annotations

import base64
import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

SDIST = "pypi_attestations-0.0.30.tar.gz"
ASSETS = "pypi_attestations-0.0.30/test/assets/"
FIRST = "pypi_attestations-0.0.19.tar.gz"
SECOND = "pypi_attestation_models-0.0.4a2.tar.gz"
IN_TOTO = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Sending:
    """A distribution with its attestations beside it, as twine takes them."""

    file: Path
    attestations: tuple[Path, ...]

    @property
    def paths(self) -> list[str]:
        """Every path to hand to twine."""
        return [str(path) for path in (self.file, *self.attestations)]


class RealInput:
    """The unpacked assets, and the sendings that the steps make of them, each in a folder of its own."""

    def __init__(self, sdist: Path, folder: Path) -> None:
        """Unpack the assets of ``sdist`` into ``folder``, which is emptied first."""
        shutil.rmtree(folder, ignore_errors=True)
        self._assets, self._folder = folder / "assets", folder
        self._assets.mkdir(parents=True)
        with tarfile.open(sdist) as archive:
            for member in archive.getmembers():
                if member.isfile() and member.name.startswith(ASSETS):
                    content = archive.extractfile(member)
                    assert content is not None
                    (self._assets / Path(member.name).name).write_bytes(content.read())

    def first(self, kinds: tuple[str, ...] = ("slsa", "publish")) -> Sending:
        """Return the first name's sdist with its real attestations of these kinds."""
        sources = {f"{kind}.attestation": self._assets / f"{FIRST}.{kind}.attestation" for kind in kinds}
        return self._sending("first-" + "-".join(kinds or ("bare",)), FIRST, sources)

    def second(self) -> Sending:
        """Return the second name's sdist with its real publish attestation."""
        return self._sending("second", SECOND, {"publish.attestation": self._assets / f"{SECOND}.attestation"})

    def one_byte_changed(self) -> Sending:
        """Return the first sdist with one byte of its gzip header changed (RFC 1952's OS field), evidence unchanged."""
        sending = self._copy(self.first(), "changed")
        content = bytearray(sending.file.read_bytes())
        content[9] ^= 0x01
        sending.file.write_bytes(content)
        return sending

    def with_anothers_evidence(self) -> Sending:
        """Return the first sdist beside the second project's attestation."""
        return self._sending("anothers", FIRST, {"publish.attestation": self._assets / f"{SECOND}.attestation"})

    def with_changed_signature(self) -> Sending:
        """Return the first sdist with one byte of its SLSA attestation's signature changed."""
        sending = self._copy(self.first(("slsa",)), "signature")
        document = self._read(sending)
        signature = bytearray(base64.b64decode(document["envelope"]["signature"]))
        signature[-1] ^= 0x01
        document["envelope"]["signature"] = base64.b64encode(signature).decode()
        sending.attestations[0].write_text(json.dumps(document))
        return sending

    def signed_by_a_stranger(self) -> Sending:
        """Return the first sdist with the real statement, signed anew by a key that was made a moment ago."""
        sending = self._copy(self.first(("slsa",)), "stranger")
        statement = base64.b64decode(self._read(sending)["envelope"]["statement"])
        signed = b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(statement), statement)
        signature = ec.generate_private_key(ec.SECP256R1()).sign(signed, ec.ECDSA(hashes.SHA256()))
        envelope = {
            "payloadType": IN_TOTO,
            "payload": base64.b64encode(statement).decode(),
            "signatures": [{"sig": base64.b64encode(signature).decode()}],
        }
        sending.attestations[0].write_text(json.dumps(envelope))
        return sending

    def _sending(self, name: str, filename: str, attestations: dict[str, Path]) -> Sending:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        file = Path(shutil.copy(self._assets / filename, folder / filename))
        beside = (shutil.copy(source, folder / f"{filename}.{ending}") for ending, source in attestations.items())
        return Sending(file, tuple(Path(path) for path in beside))

    def _copy(self, sending: Sending, name: str) -> Sending:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        copies = [Path(shutil.copy(path, folder)) for path in (sending.file, *sending.attestations)]
        return Sending(copies[0], tuple(copies[1:]))

    def _read(self, sending: Sending) -> Any:
        return json.loads(sending.attestations[0].read_text())
