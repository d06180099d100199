"""The webhook: every event of the audit log, signed after the Standard Webhooks specification (symmetric, ``v1``)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import requests
from django.conf import settings

from expectations.models import AuditLeaf
from registry.models import Notice

TIMEOUT = 10
"""Seconds until a receiver that does not answer is tried again later."""


def send(notice: Notice) -> None:
    """Post the notice's leaf to the webhook. Raises OSError unless it answers with a status of success."""
    (number,) = notice.leaves
    leaf = AuditLeaf.objects.get(index=number)
    body = json.dumps(
        {"type": notice.event, "index": leaf.index, "leaf": leaf.leaf, "leaf_hash": leaf.leaf_hash},
        separators=(",", ":"),
    ).encode()
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": str(notice.pk),
        "webhook-timestamp": stamp,
        "webhook-signature": sign(str(notice.pk), stamp, body, secret=settings.WEBHOOK_SECRET),
    }
    response = requests.post(
        settings.WEBHOOK_URL, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
    )
    response.close()
    if not 200 <= response.status_code < 300:
        raise OSError(f"the webhook answered {response.status_code}")


def sign(identifier: str, stamp: str, body: bytes, *, secret: str) -> str:
    """Return the signature header: HMAC-SHA-256 of ``id.timestamp.body`` under the shared secret, in base64."""
    mac = hmac.new(secret.encode(), b".".join([identifier.encode(), stamp.encode(), body]), hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}"
