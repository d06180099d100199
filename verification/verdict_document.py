"""A verdict as JSON: the form in which it is kept, shown and served. Only ever added to, never changed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from verification.canonical import JsonValue
from verification.provenance import Provenance, Signer
from verification.verdict import Accepted, AttestationReport, Check, Verdict


def to_document(verdict: Verdict) -> JsonValue:
    """Return a verdict as a JSON value without fractions: times are RFC 3339 texts, digests hex."""
    circumstances = verdict.circumstances
    document: dict[str, JsonValue] = {
        "schema": 1,
        "verifier": circumstances.verifier,
        "at": _time(circumstances.at),
        "resource_uri": circumstances.resource_uri,
        "artifact_sha256": circumstances.artifact_sha256,
        "roots_digest": circumstances.roots_digest,
        "policy_digest": circumstances.policy_digest,
        "expectation_digest": circumstances.expectation_digest,
        "checks": [_check(check) for check in verdict.checks],
        "attestations": [_report(report) for report in verdict.attestations],
    }
    if isinstance(verdict, Accepted):
        review_by = verdict.matched.builder_review_by
        return {
            **document,
            "result": "accepted",
            "recipe": verdict.recipe,
            "level": verdict.level,
            "builder_name": verdict.matched.builder_name,
            "builder_review_by": review_by.isoformat() if review_by else None,
            "review_overdue": verdict.review_overdue,
            "unsigned": verdict.unsigned,
        }
    return {**document, "result": "refused", "main": _check(verdict.main)}


def _check(check: Check) -> JsonValue:
    return {
        "step": int(check.step),
        "title": check.step.title,
        "outcome": check.outcome.value,
        "reason": check.reason.value if check.reason else None,
        "expected": check.expected,
        "actual": check.actual,
        "where": check.where,
    }


def _report(report: AttestationReport) -> JsonValue:
    return {
        "digest": report.digest,
        "role": report.role.value,
        "checks": [_check(check) for check in report.checks],
        "provenance": _provenance(report.provenance) if report.provenance else None,
    }


def _provenance(provenance: Provenance) -> JsonValue:
    return {
        "build_type": provenance.build_type,
        "predicate_type": provenance.predicate_type,
        "builder_id": provenance.builder_id,
        "builder_name": provenance.builder_name,
        "signer": _signer(provenance.signer),
        "level": provenance.level,
        "facts": asdict(provenance.facts),
        "external_parameters": provenance.external_parameters,
        "signed_at": _time(provenance.signed_at) if provenance.signed_at else None,
    }


def _signer(signer: Signer) -> JsonValue:
    return {
        "sigstore": signer.sigstore,
        "issuer": signer.issuer,
        "key": signer.key,
        "identity": signer.identity,
        "claims": dict(signer.claims),
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
