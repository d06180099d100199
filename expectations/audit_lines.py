"""The audit log as lines that anybody can check: each leaf with the texts that it names by digest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from expectations.models import AuditLeaf, Closing, Decision, DocumentVersion, Proposal
from verification.audit_log import Line

BATCH = 500
"""How many leaves are read at once: memory does not grow with the log."""

_DIGESTS = {
    "bootstrap": ("roots", "policy", "issuers"),
    "stewards-named": ("digest",),
    "package-founded": ("digest",),
    "expectation-bound": ("digest",),
    "package-closed": ("digest",),
}
"""The members of each event that name a document."""


def lines() -> Iterator[Line]:
    """Return the whole log, from its first leaf to where it stands when the last one is read."""
    following = 0
    while batch := list(AuditLeaf.objects.filter(index__gte=following).order_by("index")[:BATCH]):
        facts = [_facts(leaf) for leaf in batch]
        texts = _texts(facts)
        for leaf, fact in zip(batch, facts, strict=True):
            yield Line(leaf.index, leaf.leaf, leaf.leaf_hash, _shown(fact, texts))
        following = batch[-1].index + 1


def _facts(leaf: AuditLeaf) -> Mapping[str, Any]:
    try:
        facts = json.loads(leaf.leaf)
    except ValueError:
        return {}  # a leaf that was tampered with is shown as it is, for the check to find
    return facts if isinstance(facts, dict) else {}


def _texts(facts: Iterable[Mapping[str, Any]]) -> Mapping[tuple[str, Any], str]:
    """Return by (what, id or digest) every text that these leaves name."""
    proposed = [fact["proposal"] for fact in facts if fact.get("event") == "proposed"]
    decided = [fact["decision"] for fact in facts if fact.get("event") == "decided"]
    digests = [fact.get(name) for fact in facts for name in _DIGESTS.get(fact.get("event", ""), ())]
    found: dict[tuple[str, Any], str] = {}
    for proposal in Proposal.objects.filter(pk__in=proposed):
        found["preimage", str(proposal.pk)] = proposal.preimage
    for decision in Decision.objects.filter(pk__in=decided).exclude(assertion=""):
        found["assertion", decision.pk] = decision.assertion
    closed = [fact["package"] for fact in facts if fact.get("event") == "package-closed"]
    for closing in Closing.objects.filter(version__object__in=closed).exclude(assertion="").select_related("version"):
        found["closing", (str(closing.version.object), closing.version.number)] = closing.assertion
    for version in DocumentVersion.objects.filter(digest__in=digests):
        found["document", version.digest] = version.document
    return found


def _shown(fact: Mapping[str, Any], texts: Mapping[tuple[str, Any], str]) -> Mapping[str, str]:
    wanted: dict[str, tuple[str, Any]] = {
        "preimage": ("preimage", fact.get("proposal") if fact.get("event") == "proposed" else None),
        "assertion": ("assertion", fact.get("decision") if fact.get("event") == "decided" else None),
    }
    if fact.get("event") == "package-closed":
        wanted["assertion"] = ("closing", (fact.get("package"), fact.get("number")))
    for name in _DIGESTS.get(fact.get("event", ""), ()):
        wanted["document" if name == "digest" else name] = ("document", fact.get(name))
    return {name: texts[key] for name, key in wanted.items() if key in texts}
