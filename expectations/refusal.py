"""The one typed error of change control, and its translation from the database's own refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError

from verification.reasons import Reason

SQLSTATE = "SG001"


class ChangeRefused(Exception):
    """A proposal, decision or binding was refused. ``reason`` is of the closed list; ``detail`` says what exactly."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.sentence} {detail}".strip())
        self.reason = reason
        self.detail = detail


@contextmanager
def database_refusals() -> Iterator[None]:
    """Turn a refusal of the database's guards into ChangeRefused with the reason that the guard named."""
    try:
        yield
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) != SQLSTATE:
            raise
        raise ChangeRefused(Reason(str(error.__cause__).splitlines()[0])) from error
