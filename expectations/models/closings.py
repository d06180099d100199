"""What one person did alone: closing a package, with the second factor that it was done by."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from expectations.models.documents import DocumentVersion


class Closing(models.Model):
    """The act by which a closing version came into force. Written by the database's function ``sluicegate_close`` alone.

    ``assertion`` is canonical JSON of a WebAuthn assertion over (close, digest of the closing) and the credential's public
    key, so that anybody can check it again; empty for a TOTP code, which the server alone attests.
    """

    version = models.OneToOneField(DocumentVersion, on_delete=models.PROTECT, primary_key=True, related_name="closing")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="closings")
    factor = models.CharField(max_length=16)
    factor_detail = models.CharField(max_length=200)
    assertion = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(factor="totp", assertion="") | (Q(factor="webauthn") & ~Q(assertion="")),
                name="closing_has_its_proof",
            )
        ]
