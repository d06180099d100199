"""What a Sigstore instance keeps between verifications: only what its trusted root holds, and never beyond a bound."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sigstore._internal.trust import KeyringPurpose

from tests.support.bundles import LOGGED_AT, Bundles
from tests.support.certificate_transparency import CertificateTransparencyLog
from tests.support.keys import b64, public_key_der
from verification.sigstore_adapter.instance_root import MAX_VERIFIERS, InstanceRoot
from verification.sigstore_adapter.verifier import CompletedVerifier


def with_certificate_logs(bundles: Bundles, *starts: datetime) -> tuple[InstanceRoot, bytes]:
    """Return the world's root with a further certificate log from each moment on, and its transparency log's id."""
    root: dict[str, Any] = bundles.honest.world.trusted_root()
    for start in starts:
        key = {
            "rawBytes": b64(public_key_der(CertificateTransparencyLog().public_key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": start.isoformat()},
        }
        root["ctlogs"].append({**root["ctlogs"][0], "publicKey": key})
    found = InstanceRoot(root)
    return found, found._document.tlogs[0].log_id.key_id


def certificate_logs_of(verifier: CompletedVerifier) -> int:
    """Return how many certificate logs the verifier believes."""
    return len(verifier._trusted_root.ct_keyring(KeyringPurpose.VERIFY)._keyring)


def test_evidence_of_one_time_is_verified_by_one_verifier(bundles: Bundles) -> None:
    """Keys and certificates of the root are read once, not for every signature."""
    root, log_id = with_certificate_logs(bundles)
    assert root.verifier_at([LOGGED_AT], log_id) is root.verifier_at([LOGGED_AT + timedelta(days=1)], log_id)


def test_a_kept_verifier_believes_nothing_of_another_time(bundles: Bundles) -> None:
    """Threat: after honest evidence of today, a retired or future key is believed for another moment."""
    root, log_id = with_certificate_logs(bundles, LOGGED_AT + timedelta(days=1))
    later = root.verifier_at([LOGGED_AT + timedelta(days=1)], log_id)
    assert certificate_logs_of(later) == 2
    assert certificate_logs_of(root.verifier_at([LOGGED_AT], log_id)) == 1
    assert certificate_logs_of(root.verifier_at([LOGGED_AT, LOGGED_AT + timedelta(days=2)], log_id)) == 1
    assert root.verifier_at([LOGGED_AT + timedelta(days=3)], log_id) is later


def test_claimed_times_cannot_fill_the_memory(bundles: Bundles) -> None:
    """Threat: a stranger's evidence claims ever other times, and each leaves something behind."""
    starts = [LOGGED_AT + timedelta(hours=hour) for hour in range(2 * MAX_VERIFIERS)]
    root, log_id = with_certificate_logs(bundles, *starts)
    believed = [certificate_logs_of(root.verifier_at([start], log_id)) for start in starts]
    assert believed == list(range(2, 2 + len(starts)))
    assert root._verifier_over.cache_info().currsize == MAX_VERIFIERS


def test_a_key_comes_into_force_though_a_verifier_was_made_before(bundles: Bundles) -> None:
    """Threat: evidence that claims to be from the future makes a Verifier without the key that will be in force then."""
    start = datetime.now(UTC) + timedelta(seconds=0.3)
    root, log_id = with_certificate_logs(bundles, start)
    claimed = [start + timedelta(minutes=1)]
    assert certificate_logs_of(root.verifier_at(claimed, log_id)) == 1
    time.sleep(0.4)
    assert certificate_logs_of(root.verifier_at(claimed, log_id)) == 2
