"""PyPI's publish attestation: who published a file. Its predicate is empty; every fact is the certificate's.

Source: https://docs.pypi.org/attestations/publish/v1. It shows who published, not how the file was built: level 1,
and pages say "published by". Its projection to external parameters is ``/workflow/{repository,path,ref}``, as GitHub's
own build type has them. Publishers: GitHub Actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.version import Version

from verification.build_types.github_claims import REQUIRED_PINS, configuration, derive_recipe, read_facts, repository
from verification.build_types.interface import Agreement, Reading, StatementUnfit
from verification.canonical import JsonValue
from verification.expectation import RequiredPins
from verification.provenance import Provenance, Signer
from verification.reasons import Reason

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"


@dataclass(frozen=True, slots=True)
class PypiPublish:
    """The build type. Its URI is the predicate's type, for it has no other."""

    uri: str = "https://docs.pypi.org/attestations/publish/v1"
    title: str = "Published by GitHub Actions"
    level_cap: int = 1
    required_pins: RequiredPins = REQUIRED_PINS

    def read(self, predicate: JsonValue, signer: Signer) -> Reading:
        """Read an empty predicate (null, or ``{}`` as early clients wrote it). Raises StatementUnfit."""
        if predicate not in (None, {}):
            raise StatementUnfit(Reason.STATEMENT_MALFORMED, "a publish attestation's predicate is not empty")
        if signer.issuer != GITHUB_ISSUER:
            raise StatementUnfit(Reason.BUILD_TYPE_UNKNOWN, f"a publish attestation of {signer.issuer}")
        facts = read_facts(signer)
        config = configuration(signer)
        workflow: JsonValue = {
            "repository": facts.repository,
            "path": facts.configuration_path,
            "ref": facts.ref,
        }
        agreements = (
            Agreement("signing workflow", signer.claims.get("build_signer_uri"), signer.identity),
            Agreement("workflow's repository", facts.repository, repository(config.repository) if config else None),
            Agreement("workflow's ref", facts.ref, config.ref if config else None),
        )
        return Reading(signer.claims.get("build_signer_uri", ""), facts, {"workflow": workflow}, agreements)

    def derive(self, provenance: Provenance, *, version: Version) -> Mapping[str, JsonValue]:
        """Return the recipe that first use pins. Raises FirstUseRefused."""
        return derive_recipe(provenance, version=version, build_type=self.uri)


PYPI_PUBLISH = PypiPublish()
