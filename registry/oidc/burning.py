"""A minted token ended by its run, once it has uploaded: what was read in the run's log meanwhile is worth nothing."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from expectations import audit
from registry.models import Token
from registry.tokens import find_token


@transaction.atomic
def burn(secret: str) -> None:
    """End a minted token. Any other text ends nothing: people and robots revoke theirs where they are asked who they are."""
    token = find_token(secret)
    if token is None or not token.account.is_publisher:
        return
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record("publisher-token-ended", token=str(token.pk), account=token.account.pk)
