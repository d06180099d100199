"""The simulated Sigstore and the distributions that the other tests stand on, measured by the stock readers."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from packaging.metadata import Metadata
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from pypi_attestations import Attestation
from sigstore.errors import VerificationError
from sigstore.models import Bundle, InvalidBundle, TrustedRoot
from sigstore.verify import Verifier, policy
from sigstore_models.trustroot.v1 import TrustedRoot as TrustedRootModel

from tests.support import keys, statements
from tests.support.distributions import sdist, wheel
from tests.support.identities import GITHUB_ISSUER, GitHubWorkflow
from tests.support.sigstore_world import LogName, SigstoreWorld

START = datetime(2026, 1, 1, tzinfo=UTC)
ISSUED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SIGNED = ISSUED + timedelta(minutes=2)

IDENTITY = GitHubWorkflow()
STATEMENT = statements.encode(
    statements.github_provenance(IDENTITY, [statements.subject("widget-1.0.tar.gz", b"the file")])
)

# The stock Verifier, which vouches for the simulation here, refuses entries of kind intoto.
both_logs = pytest.mark.parametrize("log", ["rekor-v1", "rekor-v2"])


@pytest.fixture(scope="module")
def world() -> SigstoreWorld:
    return SigstoreWorld(START)


@pytest.fixture(scope="module")
def verifier(world: SigstoreWorld) -> Verifier:
    return _verifier(world.trusted_root())


def _verifier(trusted_root: dict[str, Any]) -> Verifier:
    return Verifier(trusted_root=TrustedRoot(TrustedRootModel.from_json(json.dumps(trusted_root))))


def _verify(verifier: Verifier, bundle: dict[str, Any], identity: GitHubWorkflow = IDENTITY) -> bytes:
    expected = policy.AllOf([policy.Identity(identity=identity.san), policy.OIDCIssuerV2(GITHUB_ISSUER)])
    payload_type, payload = verifier.verify_dsse(Bundle.from_json(json.dumps(bundle)), expected)
    assert payload_type == "application/vnd.in-toto+json"
    return payload


def _sign(world: SigstoreWorld, log: LogName = "rekor-v1", at: datetime = SIGNED, **issue: Any) -> dict[str, Any]:
    credential = world.issue(IDENTITY.san, IDENTITY.claims(), at=ISSUED, **issue)
    return world.sign(STATEMENT, credential, at=at, log=log)


class TestAccepted:
    @both_logs
    def test_bundles_at_every_size_of_the_log(self, world: SigstoreWorld, verifier: Verifier, log: LogName) -> None:
        for _ in range(9):
            assert _verify(verifier, _sign(world, log)) == STATEMENT

    def test_pep_740_round_trip(self, world: SigstoreWorld, verifier: Verifier) -> None:
        credential = world.issue(IDENTITY.san, IDENTITY.claims(), at=ISSUED)
        attestation = Attestation.model_validate(world.attest(STATEMENT, credential, at=SIGNED))
        assert _verify(verifier, json.loads(attestation.to_bundle().to_json())) == STATEMENT

    def test_reusable_workflow_signs_for_its_caller(self, world: SigstoreWorld, verifier: Verifier) -> None:
        callee = "https://github.com/example/builders/.github/workflows/python.yml@refs/tags/v2"
        identity = GitHubWorkflow(signer_workflow=callee, signer_commit="b" * 40)
        credential = world.issue(identity.san, identity.claims(), at=ISSUED)
        _verify(verifier, world.sign(STATEMENT, credential, at=SIGNED), identity)
        claims = Attestation.model_validate(world.attest(STATEMENT, credential, at=SIGNED)).certificate_claims
        assert claims["1.3.6.1.4.1.57264.1.9"] == callee
        assert claims["1.3.6.1.4.1.57264.1.18"] == identity.workflow_uri

    def test_service_account_with_legacy_claims(self, world: SigstoreWorld, verifier: Verifier) -> None:
        account = "builder@example.iam.gserviceaccount.com"
        issuer = "https://accounts.google.com"
        credential = world.issue(account, {"issuer": issuer}, at=ISSUED, legacy={"issuer": issuer})
        bundle = Bundle.from_json(json.dumps(world.sign(STATEMENT, credential, at=SIGNED)))
        # Identity compares the issuer with the legacy claim.
        verifier.verify_dsse(bundle, policy.Identity(identity=account, issuer=issuer))


class TestCertificate:
    def test_holds_every_claim(self, world: SigstoreWorld) -> None:
        identity = GitHubWorkflow(environment="pypi")
        credential = world.issue(identity.san, identity.claims(), at=ISSUED, legacy=identity.legacy_claims())
        numbers = {
            extension.oid.dotted_string.removeprefix("1.3.6.1.4.1.57264.1.")
            for extension in credential.certificate.extensions
            if isinstance(extension.value, x509.UnrecognizedExtension)
        }
        assert numbers == {str(number) for number in [*range(1, 7), *range(8, 24)]}


class TestRefused:
    @both_logs
    def test_another_worlds_certificate(self, world: SigstoreWorld, verifier: Verifier, log: LogName) -> None:
        stranger = SigstoreWorld(START).issue(IDENTITY.san, IDENTITY.claims(), at=ISSUED)
        with pytest.raises(VerificationError, match="certificate chain"):
            _verify(verifier, world.sign(STATEMENT, stranger, at=SIGNED, log=log))

    @both_logs
    def test_another_worlds_log(self, world: SigstoreWorld, verifier: Verifier, log: LogName) -> None:
        credential = world.issue(IDENTITY.san, IDENTITY.claims(), at=ISSUED)
        # Without the stranger's timestamp, a v2 entry is not even looked at.
        with pytest.raises(VerificationError, match=r"invalid log entry|not enough sources of verified time"):
            _verify(verifier, SigstoreWorld(START).sign(STATEMENT, credential, at=SIGNED, log=log))

    @both_logs
    def test_another_identity(self, world: SigstoreWorld, verifier: Verifier, log: LogName) -> None:
        with pytest.raises(VerificationError, match="SANs do not match"):
            _verify(verifier, _sign(world, log), GitHubWorkflow(repository="mallory/widget"))

    @both_logs
    def test_no_certificate_timestamp(self, world: SigstoreWorld, verifier: Verifier, log: LogName) -> None:
        with pytest.raises(VerificationError, match="SCT"):
            _verify(verifier, _sign(world, log, sct=False))

    @both_logs
    @pytest.mark.parametrize("minutes", [-1, 11])
    def test_signed_outside_the_certificates_life(
        self, world: SigstoreWorld, verifier: Verifier, log: LogName, minutes: int
    ) -> None:
        with pytest.raises(VerificationError, match="not valid at validation time"):
            _verify(verifier, _sign(world, log, at=ISSUED + timedelta(minutes=minutes)))

    def test_rekor_v2_without_timestamp(self, world: SigstoreWorld, verifier: Verifier) -> None:
        bundle = _sign(world, "rekor-v2")
        del bundle["verificationMaterial"]["timestampVerificationData"]
        with pytest.raises(InvalidBundle, match="inclusion promise or signed timestamp"):
            _verify(verifier, bundle)

    def test_rekor_v2_with_another_signatures_timestamp(self, world: SigstoreWorld, verifier: Verifier) -> None:
        bundle, other = _sign(world, "rekor-v2"), _sign(world, "rekor-v2")
        stamps = other["verificationMaterial"]["timestampVerificationData"]
        bundle["verificationMaterial"]["timestampVerificationData"] = stamps
        with pytest.raises(VerificationError, match="not enough sources of verified time"):
            _verify(verifier, bundle)

    @both_logs
    def test_changed_signature_byte(self, world: SigstoreWorld, verifier: Verifier, log: LogName) -> None:
        bundle = _sign(world, log)
        signature = bytearray(base64.b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"]))
        signature[-1] ^= 1
        bundle["dsseEnvelope"]["signatures"][0]["sig"] = keys.b64(bytes(signature))
        # Under v2 the timestamp covers the signature, and fails first.
        with pytest.raises(VerificationError, match=r"DSSE: invalid signature|not enough sources of verified time"):
            _verify(verifier, bundle)

    @both_logs
    def test_changed_root_hash(self, world: SigstoreWorld, verifier: Verifier, log: LogName) -> None:
        bundle = _sign(world, log)
        proof = bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]
        proof["rootHash"] = keys.b64(bytes(32))
        with pytest.raises(VerificationError, match="invalid log entry"):
            _verify(verifier, bundle)

    @both_logs
    def test_key_that_is_not_the_certificates(self, world: SigstoreWorld, verifier: Verifier, log: LogName) -> None:
        credential = world.issue(IDENTITY.san, IDENTITY.claims(), at=ISSUED)
        stolen = dataclasses.replace(credential, private_key=ec.generate_private_key(ec.SECP256R1()))
        with pytest.raises(VerificationError, match="invalid signature"):
            _verify(verifier, world.sign(STATEMENT, stolen, at=SIGNED, log=log))


class TestPlainEnvelope:
    def test_signature_covers_the_type_and_the_payload(self) -> None:
        p256 = ec.generate_private_key(ec.SECP256R1())
        envelope = keys.dsse_envelope(b"{}", p256, keyid="release")
        signature = base64.b64decode(envelope["signatures"][0]["sig"])
        p256.public_key().verify(signature, b"DSSEv1 28 application/vnd.in-toto+json 2 {}", ec.ECDSA(hashes.SHA256()))
        assert envelope["signatures"][0]["keyid"] == "release"

    def test_ed25519(self) -> None:
        key = ed25519.Ed25519PrivateKey.generate()
        [signature] = keys.dsse_envelope(b"{}", key)["signatures"]
        key.public_key().verify(base64.b64decode(signature["sig"]), keys.pae(b"{}"))
        assert "keyid" not in signature


class TestDistributions:
    def test_wheel_reads_back(self) -> None:
        filename, content = wheel("Friendly.Widget", "1.0", "py2.py3-none-any", requires_dist=["requests>=2"])
        assert filename == "friendly_widget-1.0-py2.py3-none-any.whl"
        assert [str(part) for part in parse_wheel_filename(filename)[:2]] == ["friendly-widget", "1.0"]
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            metadata_file = archive.read("friendly_widget-1.0.dist-info/METADATA")
            assert b"Tag: py2-none-any\nTag: py3-none-any\n" in archive.read("friendly_widget-1.0.dist-info/WHEEL")
        assert metadata_file.startswith(b"Metadata-Version: 2.4\n")
        metadata = Metadata.from_email(metadata_file)
        assert (metadata.name, str(metadata.version)) == ("Friendly.Widget", "1.0")
        assert [str(requirement) for requirement in metadata.requires_dist or []] == ["requests>=2"]

    def test_wheels_record_is_complete_and_true(self) -> None:
        _, content = wheel("widget", "1.0", extra_files={"widget/data, with comma.txt": b"data"})
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            record = list(csv.reader(io.StringIO(archive.read("widget-1.0.dist-info/RECORD").decode())))
            assert [path for path, _, _ in record] == archive.namelist()
            for path, digest, size in record[:-1]:
                expected = base64.urlsafe_b64encode(hashlib.sha256(archive.read(path)).digest()).rstrip(b"=")
                assert (digest, size) == (f"sha256={expected.decode()}", str(archive.getinfo(path).file_size))
        assert record[-1] == ["widget-1.0.dist-info/RECORD", "", ""]

    def test_sdist_reads_back(self) -> None:
        filename, content = sdist("Friendly.Widget", "1.0", description="Ein Öhr.\n", summary="An eye")
        assert filename == "friendly_widget-1.0.tar.gz"
        assert [str(part) for part in parse_sdist_filename(filename)] == ["friendly-widget", "1.0"]
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            assert {name.partition("/")[0] for name in archive.getnames()} == {"friendly_widget-1.0"}
            package_info = archive.extractfile("friendly_widget-1.0/PKG-INFO")
            assert package_info is not None
            metadata = Metadata.from_email(package_info.read())
        assert (metadata.name, metadata.summary, metadata.description) == ("Friendly.Widget", "An eye", "Ein Öhr.\n")

    def test_same_bytes_at_every_call(self) -> None:
        assert wheel("widget", "1.0") == wheel("widget", "1.0")
        assert sdist("widget", "1.0") == sdist("widget", "1.0")

    def test_bad_wheel(self) -> None:
        _, content = wheel(
            "widget",
            "1.0",
            metadata_text="Name: other\n",
            omit={"WHEEL"},
            extra_files={"widget-1.0.dist-info/RECORD": b""},
            unrecorded_files={"../evil.py": b""},
        )
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.read("widget-1.0.dist-info/METADATA") == b"Name: other\n"
            assert archive.read("widget-1.0.dist-info/RECORD") == b""
            assert "../evil.py" in archive.namelist()
            assert "widget-1.0.dist-info/WHEEL" not in archive.namelist()

    def test_bad_sdist(self) -> None:
        link = tarfile.TarInfo("widget-1.0/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        _, content = sdist("widget", "1.0", omit={"PKG-INFO"}, extra_files={"elsewhere/x": b""}, extra_members=[link])
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            assert archive.getmember("widget-1.0/link").issym()
            assert "elsewhere/x" in archive.getnames()
            assert "widget-1.0/PKG-INFO" not in archive.getnames()
