"""The JSON API of promises that everybody may read, below ``/api/v1/``. What needs the registry's own rows is in its API."""
