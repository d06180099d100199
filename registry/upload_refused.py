"""The one typed error of an upload, translated once, at the edge (``registry/api/upload.py``)."""

from __future__ import annotations

from collections.abc import Sequence

from registry.distribution import FileProblem
from registry.verdicts import Judged
from verification.reasons import Reason
from verification.verdict import Verdict


class UploadRefused(Exception):
    """An upload was refused. ``reason`` is of the closed list, ``detail`` says what exactly, ``link`` (a path) where to go on.

    ``judged`` is there where the gate's verdict leads, and is kept; ``verdict`` wherever one was reached.
    Reason and detail lead; ``problems`` has them and whatever else is wrong with the same file, so that nobody has to upload
    five times to mend five things.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        link: str = "",
        judged: Judged | None = None,
        verdict: Verdict | None = None,
        further: Sequence[FileProblem] = (),
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.link = link
        self.judged = judged
        self.verdict = judged.verdict if judged is not None else verdict
        self.problems = (FileProblem(reason, detail), *further)


def refused_for(
    problems: Sequence[FileProblem], verdict: Verdict | None = None, *, judged: Judged | None = None
) -> UploadRefused:
    """Return the refusal for all of these problems, of which there is one at least; the first leads."""
    first, *further = problems
    return UploadRefused(first.reason, first.detail, judged=judged, verdict=verdict, further=further)
