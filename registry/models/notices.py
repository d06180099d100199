"""What people and machines are told, until they have been told: an outbox that is filled from the audit log."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class NoticeCursor(models.Model):
    """Up to where the audit log has been turned into notices: the number of the next leaf. One row."""

    only = models.BooleanField(primary_key=True, default=True, editable=False)
    next_leaf = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="one_notice_cursor")]


class Notice(models.Model):
    """Something that is to be told once: by mail to an account, or to the webhook. Its words are made when it is sent.

    ``leaves`` are the numbers of the audit leaves that it tells of: one, or several where they are collected.
    """

    class Channel(models.TextChoices):
        """By which way."""

        MAIL = "mail", "mail"
        WEBHOOK = "webhook", "webhook"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    event = models.CharField(max_length=40)
    package = models.ForeignKey(
        "registry.Package", on_delete=models.PROTECT, null=True, blank=True, related_name="notices"
    )
    account = models.ForeignKey(
        "registry.Account", on_delete=models.PROTECT, null=True, blank=True, related_name="notices"
    )
    leaves = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["due_at"], condition=Q(sent_at=None), name="notices_waiting")]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel="mail", account__isnull=False) | Q(channel="webhook", account=None),
                name="mail_goes_to_an_account",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} by {self.channel}"
