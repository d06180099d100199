"""What starts a build, where a person should know more of it than its name (trust rules, "Expectations" 5)."""

from __future__ import annotations

from packaging.utils import canonicalize_name
from packaging.version import Version

from verification.build_types.claims import STRANGERS_TRIGGERS
from verification.parameters import Rule

CLAIM = "build_trigger"

UNRECORDED_INPUTS = "workflow_dispatch: inputs are not recorded"

_STRANGERS = "somebody without write access to the repository can start it"

_VERSION = Version("1")


def notes(rule: Rule) -> tuple[str, ...]:
    """Return what to know of the triggers that a rule on ``build_trigger`` accepts, the dangerous ones first."""
    strangers = (f"{trigger}: {_STRANGERS}" for trigger in sorted(STRANGERS_TRIGGERS) if _accepts(rule, trigger))
    return (*strangers, *((UNRECORDED_INPUTS,) if _accepts(rule, "workflow_dispatch") else ()))


def _accepts(rule: Rule, trigger: str) -> bool:
    # A template of the package's name is one that some package of just that name would pass by.
    return rule.accepts(trigger, name=canonicalize_name(trigger), version=_VERSION)
