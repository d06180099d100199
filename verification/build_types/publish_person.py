"""PyPI's publish attestation by a person, whose e-mail some identity provider has vouched for.

Source: https://docs.pypi.org/attestations/publish/v1, and Fulcio's issuers for people. The certificate knows the address
and nothing else; every fact is absent. A person is no builder (trust rules, "Levels"): the attestation is read only so
that a refusal can tell what else of it holds. It names no builder id, so that no entry of the roots of trust can
make the person one. There are no external parameters, no required pins and no first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from packaging.version import Version

from verification.build_types.interface import FactSources, FirstUseRefused, Reading, StatementUnfit, fact_sources
from verification.build_types.pypi_publish import check_empty
from verification.canonical import JsonValue
from verification.expectation import PUBLISH_ATTESTATION
from verification.provenance import Facts, Provenance, Signer
from verification.reasons import Reason

NO_BUILDER = ""
"""No signer may speak for it."""


@dataclass(frozen=True, slots=True)
class PersonPublish:
    """The build type for every issuer that is no publisher's."""

    title: str = "Published by a person"
    uri: str = PUBLISH_ATTESTATION
    level_cap: int = 1
    predicate_types: frozenset[str] = frozenset({PUBLISH_ATTESTATION})
    fact_sources: ClassVar[FactSources] = fact_sources()
    required_pins: None = None

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read an empty predicate. Raises StatementUnfit, for a signer who is no person too."""
        check_empty(predicate)
        if not is_person(signer):
            raise StatementUnfit(Reason.BUILD_TYPE_UNKNOWN, f"a publish attestation of {signer.issuer}")
        return Reading(NO_BUILDER, Facts(), {}, ())

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Raise FirstUseRefused: a person is no builder."""
        told = f"{ascii(provenance.signer.identity)[1:-1][:100]}, who published version {version}, is a person"
        raise FirstUseRefused(Reason.FIRST_USE_UNSUPPORTED, told)


def is_person(signer: Signer) -> bool:
    """Say whether a certificate's identity is an e-mail; a service account's is told by its issuer before."""
    return signer.key is None and "@" in signer.identity and "/" not in signer.identity


PERSON_PUBLISH = PersonPublish()
