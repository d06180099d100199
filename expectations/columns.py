"""Models in statements written by hand: their columns, the objects that come back as rows, and rows from objects.

An upload reads and writes some twenty rows, and Django's query builder takes longer over each than the database. What is
written by hand still takes its columns from the models.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

from django.db import connection, models

M = TypeVar("M", bound=models.Model)

Value: TypeAlias = bool | int | str | bytes | datetime | UUID | None
"""What a column of ours holds."""


class Columns(Generic[M]):
    """A model's columns under an alias, for ``SELECT`` and ``INSERT``."""

    def __init__(self, model: type[M], alias: str, *, without: Collection[str] = ()) -> None:
        """Take the model, and the names of fields that are not read along: they are fetched when somebody looks at them.

        Raises TypeError for a field whose value in the database is another than in Python.
        """
        fields = [field for field in model._meta.concrete_fields if field.name not in without]
        if converted := [field.name for field in fields if hasattr(field, "from_db_value")]:
            raise TypeError(f"rows of {model.__name__} have to be converted: {', '.join(converted)}")
        self._model = model
        self._names = [field.attname for field in fields]
        self._key = self._names.index(model._meta.pk.attname)
        self.selected = ", ".join(f'{alias}."{field.column}"' for field in fields)
        written = [field for field in fields if not field.generated]
        self._written = [field.attname for field in written]
        names, places = (", ".join(each) for each in ([f'"{f.column}"' for f in written], ["%s"] * len(written)))
        self.insert = f'INSERT INTO public."{model._meta.db_table}" ({names}) VALUES ({places})'  # noqa: S608  (the model's own)
        """The statement that writes one object; its values are those of :meth:`values`."""

    @property
    def width(self) -> int:
        """How many columns are selected."""
        return len(self._names)

    def read(self, row: Sequence[object], start: int = 0) -> M | None:
        """Return the object whose columns begin at ``start`` in the row, or None where an outer join found none."""
        values = row[start : start + self.width]
        return None if values[self._key] is None else self._model.from_db(connection.alias, self._names, values)

    def values(self, new: M) -> list[Value]:
        """Return what of an object goes into its row, in the order of :attr:`insert`; whatever the model defaults is set."""
        return [getattr(new, name) for name in self._written]

    def written(self, new: M) -> None:
        """Note of an object that it now has a row: saving it again changes that one."""
        new._state.adding, new._state.db = False, connection.alias
