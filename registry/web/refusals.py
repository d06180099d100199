"""The page of a refused upload, for those whom it concerns."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from registry import roles
from registry.models import Account, Refusal
from registry.web.account import for_account
from registry.web.provenance_words import tell_verdict
from verification.reasons import RECIPE_REASONS, Reason

MENDED_BY_A_PROPOSAL = RECIPE_REASONS | {Reason.NO_RECIPE_COVERS, Reason.CORROBORATION_MISSING}
"""Refusals that another expectation could have let in; of evidence that is not sound, none could."""


@require_safe
@never_cache
@for_account
def refusal(request: HttpRequest, account: Account, refusal_id: UUID) -> HttpResponse:
    """Show a refusal to the package's maintainers and to who uploaded; to others there is none of this id."""
    found = get_object_or_404(
        Refusal.objects.select_related("package", "account", "token", "verdict__expectation"), pk=refusal_id
    )
    maintains = found.package is not None and account.has_perm(roles.MAINTAIN, found.package)
    if not maintains and found.account_id != account.pk:
        raise Http404
    context = {
        "refusal": found,
        "reason": Reason(found.reason),
        "package": found.package,
        "can_mend": maintains and found.reason in MENDED_BY_A_PROPOSAL,
        "telling": tell_verdict(found.verdict.document) if found.verdict else None,
    }
    return render(request, "registry/refusal.html", context)
