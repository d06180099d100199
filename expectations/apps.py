"""The Django app of promises."""

from django.apps import AppConfig


class ExpectationsConfig(AppConfig):
    """Expectations, proposals, decisions and the audit log."""

    name = "expectations"
    default_auto_field = "django.db.models.BigAutoField"
