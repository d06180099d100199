"""The names of sigstore that are not promised to stay: a new version that moves one has to be noticed here first."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest
from sigstore import _utils, dsse
from sigstore._internal import merkle, sct, timestamp, trust
from sigstore.models import Bundle, TransparencyLogEntry, TrustedRoot
from sigstore.verify import Verifier, verifier

from tests.support.bundles import Bundles
from tests.support.unlogged import STAMPED_AT, Unlogged
from verification.bundle import SigstoreBundle, parse
from verification.sigstore_adapter import Transparency, log_entry
from verification.sigstore_adapter.instance_root import InstanceRoot
from verification.sigstore_adapter.kept_root import KeptAuthorities, KeptRoot
from verification.sigstore_adapter.reading import read_bundle
from verification.sigstore_adapter.verifier import CompletedVerifier, ReadsTheSigner

SIGNATURES: dict[Callable[..., Any], list[str]] = {
    Verifier._establish_time: ["self", "bundle"],
    Verifier._verify_common_signing_cert: ["self", "bundle", "policy"],
    Verifier._verify_timestamp_authority: ["self", "bundle"],
    Verifier._verify_signed_timestamp: ["self", "timestamp_response", "message"],
    Verifier._verify_chain_at_time: ["self", "certificate", "timestamp_result"],
    Verifier.verify_dsse: ["self", "bundle", "policy"],
    TransparencyLogEntry._validate: ["self"],
    merkle.verify_merkle_inclusion: ["entry"],
    _utils.cert_is_ca: ["cert"],
    sct._is_preissuer: ["issuer"],
    verifier._validate_hashedrekord_v002_dsse_entry_body: ["bundle"],
    Bundle._verify: ["self"],
    Bundle.__init__: ["self", "inner"],
    TrustedRoot.__init__: ["self", "inner"],
    dsse._verify: ["key", "evp"],
    _utils.cert_is_leaf: ["cert"],
    _utils.is_timerange_valid: ["period", "allow_expired"],
    _utils.base64_encode_pem_cert: ["cert"],
    _utils.key_id: ["key"],
    TrustedRoot.rekor_keyring: ["self", "purpose"],
    TrustedRoot.ct_keyring: ["self", "purpose"],
    TrustedRoot.get_timestamp_authorities: ["self"],
    timestamp.TimestampVerificationResult.__init__: ["self", "source", "time"],
    trust.Keyring.verify: ["self", "key_id", "signature", "data"],
}


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__qualname__)
def test_a_private_function_takes_what_it_took(function: Callable[..., Any]) -> None:
    """Called or overridden by the adapter: under another signature it would do something else, or nothing."""
    assert list(inspect.signature(function).parameters) == SIGNATURES[function]


def test_private_attributes_hold_what_they_held(bundles: Bundles, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models behind sigstore's own, and that what is overridden is still asked."""
    asked: list[str] = []

    def spy(owner: Any, name: str) -> None:
        stock = getattr(owner, name)

        def listening(*args: Any, **named: Any) -> Any:
            asked.append(name)
            return stock(*args, **named)

        monkeypatch.setattr(owner, name, listening)

    for owner, name in (
        (CompletedVerifier, "_verify_common_signing_cert"),
        (Verifier, "_verify_timestamp_authority"),
        (CompletedVerifier, "_verify_chain_at_time"),
        (log_entry, "verify_merkle_inclusion"),
        (trust.Keyring, "verify"),
    ):
        spy(owner, name)
    bundles.authenticate(bundles.bundle("v0.3, Rekor v2"))
    path, log = ["_verify_chain_at_time", "verify"], ["verify", "verify_merkle_inclusion"]
    assert asked == ["_verify_common_signing_cert", "_verify_timestamp_authority", *path, *log]
    asked.clear()
    bundles.authenticate(bundles.bundle("v0.2, Rekor v1, intoto entry"))
    assert asked == ["_verify_common_signing_cert", *path, *log, "verify"]
    asked.clear()
    bundles.authenticate(bundles.promised("rekor-v1-intoto"))
    assert asked == ["_verify_common_signing_cert", *path, "verify"]


def test_what_is_kept_of_a_root_is_what_sigstore_asks_for(bundles: Bundles, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Verifier that took its keys from elsewhere would not be narrowed to what was in force."""
    asked: list[str] = []

    def spy(name: str) -> None:
        kept = getattr(KeptRoot, name)

        def listening(*args: Any) -> Any:
            asked.append(name)
            return kept(*args)

        monkeypatch.setattr(KeptRoot, name, listening)

    for name in ("rekor_keyring", "ct_keyring", "get_timestamp_authorities"):
        spy(name)
    bundles.authenticate(bundles.bundle("v0.3, Rekor v2"))
    assert asked == ["get_timestamp_authorities", "ct_keyring", "rekor_keyring"]


def test_a_verifier_without_logs_asks_what_it_has(unlogged: Unlogged, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made without sigstore's own ``__init__``, which asks for a log: its methods have to find all that they use."""
    asked: list[str] = []
    kept = KeptAuthorities.get_timestamp_authorities

    def listening(root: KeptAuthorities) -> Any:
        asked.append("get_timestamp_authorities")
        return kept(root)

    monkeypatch.setattr(KeptAuthorities, "get_timestamp_authorities", listening)
    attestation = parse(json.dumps(unlogged.bundle()).encode())
    assert isinstance(attestation, SigstoreBundle)
    bundle = read_bundle(attestation)
    root = InstanceRoot(unlogged.world.unlogged_root(), Transparency.NONE)
    verifier = root.unlogged_verifier_at([STAMPED_AT])
    verifier.verify_dsse(bundle, ReadsTheSigner("private"))
    assert asked == ["get_timestamp_authorities"]
    assert set(vars(verifier)) == {"_trusted_root", "_paths"}
    data = bundle.verification_material.timestamp_verification_data
    assert data is not None
    assert root.timestamps.stamped_at(data.rfc3161_timestamps[0], bundle.signature) == STAMPED_AT
    assert asked == ["get_timestamp_authorities"] * 2
    assert set(vars(root.timestamps)) == {"_trusted_root"}
