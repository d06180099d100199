"""PyPI's publish attestation by a Google Cloud service account.

Source: https://docs.pypi.org/attestations/publish/v1 and PyPI's Google publisher. Projection to external parameters:
``/service_account``.

The certificate knows the account's e-mail and nothing else, so every fact is absent, nothing can be said of the source,
and nothing has to agree. The builder id is the e-mail of a service account and never a human's, though Google vouches for
both (trust rules, "Levels").

Required pins: the account, as parameter and as the signer's identity. First use pins both, marked as bound by name only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types import pinning
from verification.build_types.interface import FactSources, Reading, StatementUnfit, fact_sources
from verification.build_types.pypi_publish import check_empty
from verification.canonical import JsonValue
from verification.expectation import PUBLISH_ATTESTATION, RequiredPins
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason

_SERVICE_ACCOUNTS = ".gserviceaccount.com"


@dataclass(frozen=True, slots=True)
class GooglePublish:
    """The build type for Google's issuer."""

    issuer: str = "https://accounts.google.com"
    title: str = "Published by a Google Cloud service account"
    uri: str = PUBLISH_ATTESTATION
    level_cap: int = 1
    predicate_types: frozenset[str] = frozenset({PUBLISH_ATTESTATION})
    fact_sources: ClassVar[FactSources] = fact_sources()
    required_pins: ClassVar[RequiredPins] = RequiredPins(frozenset(), ("/service_account",), signer_identity=True)

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read an empty predicate. Raises StatementUnfit, for a human's e-mail too."""
        check_empty(predicate)
        if not is_service_account(signer.identity):
            raise StatementUnfit(
                Reason.BUILD_TYPE_UNKNOWN, "a publish attestation of somebody who is no service account"
            )
        return Reading(signer.identity, Facts(), {"service_account": signer.identity}, ())

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins."""
        parameters = pinning.other_parameters(provenance)
        return pinning.recipe(provenance, version=version, claims={}, parameters=parameters, pin_identity=True)


def is_service_account(identity: str) -> bool:
    """Say whether an identity is the e-mail of a service account, whose domains Google gives to nobody else."""
    account, at, domain = identity.partition("@")
    return bool(account and at) and "@" not in domain and domain.endswith(_SERVICE_ACCOUNTS)


GOOGLE_PUBLISH = GooglePublish()
