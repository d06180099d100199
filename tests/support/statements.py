"""Honest in-toto statements, in the exact shape of the real ones.

They are plain dicts: a forgery is an honest statement that the test changes before :func:`encode`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from tests.support.identities import GitHubWorkflow

STATEMENT_V1 = "https://in-toto.io/Statement/v1"
SLSA_PROVENANCE_V1 = "https://slsa.dev/provenance/v1"
PUBLISH_ATTESTATION_V1 = "https://docs.pypi.org/attestations/publish/v1"
GITHUB_WORKFLOW_BUILD_TYPE = "https://actions.github.io/buildtypes/workflow/v1"

Subject = tuple[str, str]
"""A file's name and the hexadecimal SHA-256 of its bytes."""


def subject(filename: str, content: bytes) -> Subject:
    """Return the subject that a file is."""
    return filename, hashlib.sha256(content).hexdigest()


def encode(statement: dict[str, Any]) -> bytes:
    """Return the statement's bytes, compact as the builders write them."""
    return json.dumps(statement, ensure_ascii=False, separators=(",", ":")).encode()


def github_provenance(identity: GitHubWorkflow, subjects: Iterable[Subject]) -> dict[str, Any]:
    """Return what `actions/attest-build-provenance` says about a run of the workflow (SLSA provenance v1)."""
    return _statement(SLSA_PROVENANCE_V1, subjects) | {
        "predicate": {
            "buildDefinition": {
                "buildType": GITHUB_WORKFLOW_BUILD_TYPE,
                "externalParameters": {
                    "workflow": {
                        "ref": identity.ref,
                        "repository": identity.repository_url,
                        "path": identity.workflow,
                    }
                },
                "internalParameters": {
                    "github": {
                        "event_name": identity.trigger,
                        "repository_id": identity.repository_id,
                        "repository_owner_id": identity.owner_id,
                        "runner_environment": identity.runner,
                    }
                },
                "resolvedDependencies": [
                    {
                        "uri": f"git+{identity.repository_url}@{identity.ref}",
                        "digest": {"gitCommit": identity.commit},
                    }
                ],
            },
            "runDetails": {
                "builder": {"id": identity.san},
                "metadata": {"invocationId": identity.invocation_uri},
            },
        }
    }


def publish_attestation(subjects: Iterable[Subject]) -> dict[str, Any]:
    """Return a publish attestation, which says nothing itself: who published is in the certificate."""
    return _statement(PUBLISH_ATTESTATION_V1, subjects) | {"predicate": None}


def _statement(predicate_type: str, subjects: Iterable[Subject]) -> dict[str, Any]:
    return {
        "_type": STATEMENT_V1,
        "subject": [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in subjects],
        "predicateType": predicate_type,
    }
