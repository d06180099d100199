"""Security keys as decisions are checked by, beside allauth's own rows that sign in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class SecurityKey(models.Model):
    """A WebAuthn credential that an account has had, and how far its signature counter came; that only rises.

    Bytes are base64url without padding; ``public_key`` is a COSE key. The row stays when the key is removed from the
    account, so that its id is never another's. Writing it leaves a leaf that names id and public key: a decision by a key
    that the audit log never heard of is found out by ``manage.py verify_audit``.
    """

    credential = models.CharField(max_length=1400, primary_key=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="security_keys")
    public_key = models.TextField()
    sign_count = models.BigIntegerField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sign_count__gte=0), name="sign_count_from_zero")]
