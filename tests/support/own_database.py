"""A database of a test module's own: for what really commits, and for what changes more than rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from registry.postgres import Administration, Database
from registry.settings import database_from_url


@contextmanager
def own_database(
    administration: Administration,
    template: Database,
    blocker: Any,
    *,
    name: str,
    prepare: Callable[[Database], object] = lambda _: None,
) -> Iterator[Database]:
    """Let Django work on a fresh copy of the template, as the application's role, and drop the copy afterwards.

    ``name`` sets it apart from other modules' copies; ``blocker`` is pytest-django's; ``prepare`` is done to the copy first.
    """
    database = administration.clone_database(template, template.name.replace("template", name))
    prepare(database)
    own = connections["default"]
    before = dict(own.settings_dict)
    with blocker.unblock():
        own.close()
        own.settings_dict.update(database_from_url(database.app_url))
        yield database
        own.close()
    own.settings_dict.update(before)
    administration.drop_database(database.name)
