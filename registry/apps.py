"""The Django app of the registry itself."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Accounts, packages, files, upload and index."""

    name = "registry"
    default_auto_field = "django.db.models.BigAutoField"
