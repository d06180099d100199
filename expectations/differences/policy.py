"""What a new policy of the registry would change, setting by setting."""

from __future__ import annotations

from typing import Any

from expectations.differences.change import Change, Effect, effect_of
from expectations.documents import Policy

LOWER, HIGHER = "lower", "higher"

SETTINGS: dict[str, tuple[str, str]] = {
    "level_floor": ("lowest SLSA build level taken", LOWER),
    "first_use": ("first use may pin an expectation", HIGHER),
    "proposal_days": ("days that a proposal waits for its voices", HIGHER),
    "newcomer_days": ("days before a newcomer decides", LOWER),
    "factor_days": ("days before whoever changed a second factor decides", LOWER),
    "unsigned_evidence": ("statements that nobody signed may count", HIGHER),
    "steward_factor": ("second factor of decisions about the registry", LOWER),
    "release_days": ("days that a release takes files", HIGHER),
    "file_mib": ("largest file (MiB)", HIGHER),
    "package_mib": ("all files of a package together (MiB)", HIGHER),
    "release_files": ("files of one release", HIGHER),
    "uploads_an_hour": ("uploads of one account in an hour", HIGHER),
    "names_a_day": ("package names that one person creates within 24 hours", HIGHER),
    "prohibited_names": ("names that nobody may create", LOWER),
}
"""Each setting in words, and in which direction it weakens."""

_STRENGTH = {"any": 0, "webauthn": 1}


def difference(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return one change a setting that differs. One that has no words here is told as replacing."""
    before, after = old.settings(), new.settings()
    return tuple(_change(name, before[name], after[name]) for name in after if before[name] != after[name])


def _change(name: str, old: Any, new: Any) -> Change:
    if name not in SETTINGS:
        return Change(name, _told(old), _told(new), Effect.REPLACES)
    words, weakens = SETTINGS[name]
    if isinstance(old, tuple) and isinstance(new, tuple):
        return _names(words, frozenset(old), frozenset(new))
    raised = _STRENGTH.get(new, new) > _STRENGTH.get(old, old)
    effect = Effect.WEAKENS if raised == (weakens == HIGHER) else Effect.TIGHTENS
    return Change(words, _told(old), _told(new), effect, clause=f"“{words}” goes from {_told(old)} to {_told(new)}")


def _names(words: str, old: frozenset[str], new: frozenset[str]) -> Change:
    effect = effect_of(lets_in=bool(old - new), shuts_out=bool(new - old))
    gone, come = ", ".join(sorted(old - new)) or "none", ", ".join(sorted(new - old)) or "none"
    return Change(words, f"{len(old)}", f"{len(new)}", effect, f"No longer on the list: {gone}. New on it: {come}.")


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return {"webauthn": "a security key or passkey", "any": "any second factor"}.get(value, str(value))
