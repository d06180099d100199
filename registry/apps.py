"""The Django app of the registry itself."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Accounts, packages, files, upload and index."""

    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what comes into force."""
        from registry import roles  # noqa: F401, PLC0415  models are there only now
