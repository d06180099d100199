"""The Django app of the registry itself."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Accounts, packages, files, upload and index."""

    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the system checks registered."""
        from registry import checks  # noqa: F401, PLC0415  # importing registers; settings have to be there first
