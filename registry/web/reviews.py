"""Whether the entry of the roots that an acceptance leans on should have been looked at again by now.

A verdict keeps its entry's date as it was. Pages ask the roots in force first: an entry that has been reviewed since
makes no old file overdue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from expectations import queries
from verification.provenance import is_overdue


@dataclass(frozen=True, slots=True)
class Reviews:
    """When each builder in force is to be reviewed, and the moment to hold that against."""

    dates: dict[str, date]
    now: datetime

    @classmethod
    def in_force(cls) -> Reviews:
        """Return those of the roots in force, now."""
        roots = queries.read_roots(queries.active_roots_version())
        return cls({builder.name: builder.review_by for builder in roots.builders}, timezone.now())

    def overdue(self, builder_name: str | None, review_by: str | None) -> date | None:
        """Return the date that has passed, or None. Takes what the verdict says; older ones say neither."""
        if builder_name is None or review_by is None:
            return None
        due = self.dates.get(builder_name, date.fromisoformat(review_by))
        return due if is_overdue(due, self.now) else None
