"""The events of the audit log in plain words. Leaves name people by ids alone, and so do these."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from expectations.models import Kind
from verification.parameters import escaped

Facts = Mapping[str, Any]
"""A leaf of the log, parsed."""

_VOICES = {"approve": "agreed to a proposal", "reject": "rejected a proposal", "withdraw": "withdrew a proposal"}

_EVENTS = {
    "bootstrap": "The registry began, with its first roots of trust, policy and identity providers.",
    "stewards-named": "The operator named the first stewards.",
    "person-added": "A person got an account.",
    "robot-added": "A package got a robot, which uploads and never decides.",
    "package-founded": "A package's name was created, with its founding maintainers.",
    "accepted": "A file came in: its provenance met the expectation.",
    "refused": "An upload was refused.",
    "factor-added": "Somebody added a second factor.",
    "factor-removed": "Somebody removed a second factor.",
    "recovery-codes-made": "Somebody made new recovery codes.",
    "factor-changed": "A second factor or an address of somebody changed.",
    "release-yanked": "One maintainer yanked a release: installers choose it only where it is pinned.",
    "release-unyanked": "One maintainer took back that a release is yanked.",
    "token-created": "Somebody made an API token.",
    "token-revoked": "An API token was revoked.",
    "publisher-minted": "A run of a trusted publisher got an upload token.",
    "publisher-token-ended": "A run of a trusted publisher ended its upload token.",
    "minting-refused": "A run elsewhere asked for an upload token and got none.",
}


def in_words(event: str, facts: Facts) -> str:
    """Return what happened in one sentence; an event without words of its own by its name."""
    match event:
        case "proposed":
            return f"Somebody proposed to change: {_kind(facts)}."
        case "decided":
            return f"Somebody {_VOICES[facts['voice']]}."
        case "proposal-activated":
            return f"Two people agreed: {_kind(facts)} changed to version {facts['number']}."
        case "expectation-bound":
            how = "the first upload" if facts["source"] == "first-use" else "the person who created the name"
            return f"A package got its first expectation, by {how}."
        case "package-closed":
            return f"One person closed a package: it is {facts['state']} now."
    return _EVENTS.get(event, f"{escaped(event)}.")


def _kind(facts: Facts) -> str:
    return str(Kind(facts["kind"]).label)


@dataclass(frozen=True, slots=True)
class Link:
    """A page that tells more of a leaf, and what it is called."""

    words: str
    page: str


def link_of(facts: Facts, readable: Container[str]) -> Link | None:
    """Return the page of the proposal or refusal that a leaf names, or None. ``readable`` are the refusals that are shown."""
    if facts.get("proposal"):
        return Link("The proposal", reverse("proposal", args=[facts["proposal"]]))
    if facts.get("refusal") in readable:
        return Link("The refused upload", reverse("refusal", args=[facts["refusal"]]))
    return None
