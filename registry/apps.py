"""The Django app of the registry itself."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Accounts, packages, files, upload and index."""

    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the system checks registered, and listen to what comes into force."""
        from registry import checks, roles  # noqa: F401, PLC0415  # settings and models have to be there first
