"""An upload that was turned away: how it is told, and the row that is kept of it for whoever maintains the package."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import BigIntegerField, Func, Sum
from django.utils import timezone

from expectations import audit
from registry.models import Account, Evidence, Package, Refusal, Token, VerdictEvidence
from registry.upload_form import UploadForm
from registry.upload_refused import UploadRefused
from registry.verdicts import keep_evidence, record_verdict
from verification.explanation import explain
from verification.verdict import Refused

KEPT_PER_ACCOUNT_AND_DAY = 500
"""Refusals kept of one account in a day, whatever tokens it makes: enough for any release gone wrong, and no way to fill the
database."""

KEPT_EVIDENCE_PER_ACCOUNT_AND_DAY = 64 * 1024 * 1024
"""Bytes of evidence kept with them, each piece counted once: provenance is some ten kilobytes, the largest megabytes."""


def tell(verdict: Refused) -> str:
    """Return one line for the person who sent the file: what came, what was expected, what to do."""
    return explain(verdict)


def keep(refused: UploadRefused, *, form: UploadForm | None, token: Token, package: Package | None) -> Refusal | None:
    """Write down a refusal of an authenticated upload, with its verdict, in the caller's transaction.

    None beyond an account's daily bound. Refusing needs no lock: nothing is put in force by it.
    """
    if _has_enough(token.account):
        return None
    verdict = None
    if refused.judged is not None and package is not None:
        keep_evidence(refused.judged)
        verdict = record_verdict(refused.judged, package=package)
    refusal = Refusal.objects.create(
        package=package,
        account=token.account,
        token=token,
        claimed_name=_storable(form.name, 300) if form else "",
        filename=_storable(form.received.filename, 300) if form else "",
        sha256=form.received.digests["sha256"] if form else "",
        reason=refused.reason.value,
        message=_storable(refused.detail, 4000),
        problems=[
            {"reason": problem.reason.value, "detail": _storable(problem.detail, 4000)} for problem in refused.problems
        ],
        verdict=verdict,
    )
    audit.record(
        "refused",
        refusal=str(refusal.pk),
        package=str(package.pk) if package else None,
        reason=refused.reason.value,
        account=token.account_id,
        artifact_sha256=refusal.sha256,
        verdict_digest=verdict.digest if verdict else None,
    )
    return refusal


def _has_enough(account: Account) -> bool:
    kept = Refusal.objects.filter(account=account, created_at__gt=timezone.now() - timedelta(days=1))
    if kept.count() >= KEPT_PER_ACCOUNT_AND_DAY:
        return True
    # Not by a join made distinct: that has PostgreSQL read the whole of each piece, once for each refusal that it came with.
    pieces = VerdictEvidence.objects.filter(verdict__in=kept.values("verdict"))
    evidence = Evidence.objects.filter(pk__in=pieces.values("evidence"))
    size = evidence.aggregate(size=Sum(Func("content", function="octet_length"), output_field=BigIntegerField()))[
        "size"
    ]
    return (size or 0) >= KEPT_EVIDENCE_PER_ACCOUNT_AND_DAY


def _storable(text: str, length: int) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:length]
