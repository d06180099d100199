"""Who has seen a plain key's signature: the log entry and the timestamps that may stand beside it in a Sigstore bundle.

A plain key needs none. But what is kept and served beside its signature says that a log or a timestamp authority has seen
it, and then that has to be so: each is verified as beside a certificate, under the root of a configured instance as it stood at
the claimed time. sigstore 4.5.1 reads no bundle by a key.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sigstore.errors import Error as SigstoreError
from sigstore.models import TransparencyLogEntry

from verification.bundle import KeySignedBundle
from verification.envelope import PublicKey
from verification.sigstore_adapter.hashedrekord_v2_entry import check_key_entry
from verification.sigstore_adapter.instance import SigstoreInstance, stamped_moments
from verification.sigstore_adapter.key_bundle import KeyBundle, read_key_bundle
from verification.sigstore_adapter.log_entry import check_entry, integrated_at, verify_entry
from verification.sigstore_adapter.outcome import NotAuthentic
from verification.sigstore_adapter.verifier import ENTRY_BODIES

_HOW_ON = "have its instance added to the roots of trust, or send the bundle without it"


@dataclass(frozen=True, slots=True)
class Witness:
    """The name of the instance whose log or timestamp authority has seen a signature, and when (UTC; None: it does not say)."""

    instance: str
    at: datetime | None


def witnesses_of(
    attestation: KeySignedBundle, key: PublicKey, instances: Collection[SigstoreInstance], now: datetime
) -> tuple[Witness, ...]:
    """Return the witnesses of the signature by this key, each verified; that the key has signed is not asked here.

    ``now`` is when a log that tells no time is asked for, where no timestamp says another. Raises EvidenceRefused or
    NotAuthentic.
    """
    bundle = read_key_bundle(attestation)
    try:
        return (*_timestamps(bundle, instances), *_log(bundle, key, instances, now))
    except SigstoreError as error:
        raise NotAuthentic(f"the log entry beside the key: {error}") from error
    except NotAuthentic:
        raise
    except Exception as error:
        raise NotAuthentic(f"what stands beside the key cannot be verified ({type(error).__name__})") from error


def _timestamps(bundle: KeyBundle, instances: Collection[SigstoreInstance]) -> Iterator[Witness]:
    for response in bundle.timestamps:
        stamped = ((each.name, each.root.timestamps.stamped_at(response, bundle.signature)) for each in instances)
        found = next((Witness(name, at) for name, at in stamped if at is not None), None)
        if found is None:
            raise NotAuthentic(
                "a timestamp beside the key is of another signature, or of no authority that an instance of the roots "
                f"of trust then had; if that is why, {_HOW_ON}"
            )
        yield found


def _log(
    bundle: KeyBundle, key: PublicKey, instances: Collection[SigstoreInstance], now: datetime
) -> Iterator[Witness]:
    if bundle.entry is None:
        return
    check_entry(bundle.entry)
    integrated = integrated_at(bundle.entry)
    moments = [integrated] if integrated is not None else stamped_moments(bundle) or [now]
    instance = _verified_by(bundle.entry, instances, moments)
    _check_body(bundle, bundle.entry, key)
    yield Witness(instance.name, integrated)


def _verified_by(
    entry: TransparencyLogEntry, instances: Collection[SigstoreInstance], moments: list[datetime]
) -> SigstoreInstance:
    """Return the instance whose log the entry is in. One log may stand in the roots of several."""
    log_id = entry._inner.log_id.key_id
    refusal: Exception | None = None
    for instance in instances:
        if instance.root.knows_log(log_id):
            try:
                verify_entry(entry, instance.root.log_keys_at(moments, log_id))
            except (SigstoreError, NotAuthentic) as error:
                refusal = error
            else:
                return instance
    if refusal is None:
        raise NotAuthentic(
            f"the log entry beside the key is of a log that no instance of the roots of trust has: {_HOW_ON}"
        )
    raise refusal


def _check_body(bundle: KeyBundle, entry: TransparencyLogEntry, key: PublicKey) -> None:
    envelope = bundle._dsse_envelope
    assert envelope is not None, "read_key_bundle has seen one"
    kind = entry._inner.kind_version
    check = ENTRY_BODIES.get((kind.kind, kind.version), check_key_entry)
    check(entry._inner.canonicalized_body, envelope, key)
