"""What a mail says: what happened, by whom, what it means, and one link."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse

from expectations.models import AuditLeaf, Kind, Proposal, Voice
from registry.models import Account, File, Notice, Package, Person, Refusal, Release
from registry.notices.differences import differences, matched_provenance
from verification.parameters import escaped

Leaf = dict[str, Any]
Words = tuple[str, list[str], str]
"""The subject (without the registry's name), the lines, and the path of the link."""

REFUSALS_TOLD = 20
"""Refusals that one mail tells one by one; the page has all."""


def compose(notice: Notice) -> tuple[str, str]:
    """Return subject and body of a notice's mail: plain text in which no line is another's words unmarked."""
    leaves = [json.loads(row.leaf) for row in AuditLeaf.objects.filter(index__in=notice.leaves).order_by("index")]
    subject, lines, path = _WORDS[notice.event](leaves, notice.package)
    body = "\n".join(
        [*lines, "", f"{settings.BASE_URL}{path}", "", "-- ", f"Sent by the registry at {settings.BASE_URL}"]
    )
    return f"[{_where(notice.package)}] {subject}", f"{body}\n"


def _where(package: Package | None) -> str:
    return package.display_name if package else "registry"


def _proposed(leaves: list[Leaf], _package: Package | None) -> Words:
    proposal = _proposal(leaves[0])
    lines = [
        f"{_person(leaves[0]['proposer'])} proposes to change: {_what(proposal)}.",
        "Nothing has changed yet: two people have to agree to it.",
        "Their reason:",
        *_quoted(proposal.reason),
        "Open the page to see what would change, and agree or reject there. If you know nothing of this, reject it.",
    ]
    return f"Proposal: {_what(proposal)}", lines, _page_of(proposal)


_PROOFS = {"webauthn": "a security key or passkey", "totp": "an authenticator code"}


def _decided(leaves: list[Leaf], _package: Package | None) -> Words:
    leaf, proposal = leaves[0], _proposal(leaves[0])
    said = {Voice.APPROVE: "agreed to", Voice.REJECT: "rejected", Voice.WITHDRAW: "withdrew"}[Voice(leaf["voice"])]
    who = _account(leaf["account"])
    lines = [f"{who} {said} the proposal about: {_what(proposal)} (by {_PROOFS[leaf['factor']]})."]
    return f"{who} {said} a proposal", lines, _page_of(proposal)


def _activated(leaves: list[Leaf], _package: Package | None) -> Words:
    leaf, proposal = leaves[0], _proposal(leaves[0])
    voices = " and ".join(_person(person) for person in leaf["voices"])
    lines = [
        f"{voices} agreed: {_what(proposal)} changed. Version {leaf['number']} is in force.",
        f"Its digest is {leaf['digest']}.",
    ]
    return f"In force: {_what(proposal)}, version {leaf['number']}", lines, _page_of(proposal)


def _bound(leaves: list[Leaf], package: Package | None) -> Words:
    leaf = leaves[0]
    assert package is not None
    how = (
        "The first upload pinned it: from now on only files built in the same way come in."
        if leaf["source"] == "first-use"
        else "The person who created the name set it."
    )
    lines = [
        f"{package.display_name} has its first expectation.",
        how,
        "Nobody has confirmed it yet. Look at it, and confirm it by a proposal if it is right.",
    ]
    return "First expectation", lines, reverse("expectation", kwargs={"name": package.name})


def _founded(_leaves: list[Leaf], package: Package | None) -> Words:
    assert package is not None
    lines = [
        f"{package.created_by} created the name {package.display_name} and named you among those who maintain it.",
        "With the others you decide what is accepted under this name.",
    ]
    return "You maintain a new package", lines, reverse("package", kwargs={"name": package.name})


def _closed(leaves: list[Leaf], package: Package | None) -> Words:
    leaf = leaves[0]
    assert package is not None
    lines = [
        f"{_account(leaf['account'])} set {package.display_name} to: {leaf['state']}.",
        "Opening it again takes a proposal and two people.",
    ]
    return f"The package is {leaf['state']}", lines, reverse("package", kwargs={"name": package.name})


def _yanked(leaves: list[Leaf], package: Package | None) -> Words:
    leaf = leaves[0]
    assert package is not None
    release, back = Release.objects.get(pk=leaf["release"]), leaf["event"] == "release-unyanked"
    lines = [
        f"{_account(leaf['account'])} {'took back that' if back else 'yanked'} {package.display_name} {release.version}"
        f"{' is yanked' if back else ''}.",
        "Installers choose it again as any other release."
        if back
        else "Installers choose it only where somebody pinned it. Nothing of it is gone, and one maintainer can take it back.",
    ]
    subject = f"{'No longer yanked' if back else 'Yanked'}: {release.version}"
    return subject, lines, reverse("releases", kwargs={"name": package.name})


def _accepted(leaves: list[Leaf], package: Package | None) -> Words:
    leaf = leaves[0]
    file = File.objects.select_related("release__package", "verdict").get(pk=leaf["file"])
    facts = matched_provenance(file)["facts"]
    lines = [
        f"{file.filename} came in, uploaded by {_account(leaf['account'])}, at SLSA build level {leaf['level']}.",
        f"Source: {_shown(facts, 'repository')}",
        f"Commit: {_shown(facts, 'commit')}",
        f"Run: {_shown(facts, 'invocation')}",
        *differences(file),
        "If you know nothing of this release, freeze the package on its page: one person can.",
    ]
    assert package is not None
    path = reverse(
        "file-page", kwargs={"name": package.name, "version": file.release.version, "filename": file.filename}
    )
    return f"Accepted: {file.filename}", lines, path


def _refused(leaves: list[Leaf], package: Package | None) -> Words:
    refusals = list(Refusal.objects.filter(pk__in=[leaf["refusal"] for leaf in leaves]).order_by("created_at"))
    lines = [f"{len(refusals)} upload(s) to {_where(package)} were refused. Nothing of them is offered.", ""]
    for refusal in refusals[:REFUSALS_TOLD]:
        lines.append(f"{escaped(refusal.filename)} ({_account(refusal.account_id)}): {refusal.reason}")
        lines.append(f"  {settings.BASE_URL}{reverse('refusal', kwargs={'refusal_id': refusal.pk})}")
    if len(refusals) > REFUSALS_TOLD:
        lines.append(f"and {len(refusals) - REFUSALS_TOLD} more")
    path = reverse("package", kwargs={"name": package.name}) if package else reverse("account")
    return f"{len(refusals)} upload(s) refused", lines, path


def _factor(leaves: list[Leaf], _package: Package | None) -> Words:
    leaf = leaves[0]
    who = _account(leaf["account"])
    what = _FACTORS[leaf["what"]]
    lines = [f"Something about how {who} signs in changed: {what}."]
    if leaf["held_role"]:
        lines.append("For a while they can propose but not decide.")
    lines.append(f"If {who} knows nothing of this, tell a steward: somebody else may have their account.")
    return f"{who}: {what}", lines, reverse("account")


_FACTORS = {
    "totp-added": "an authenticator was added",
    "totp-removed": "an authenticator was removed",
    "webauthn-added": "a security key was added",
    "webauthn-removed": "a security key was removed",
    "email-changed": "the address was changed",
}
"""What happened to a factor or address, by the words that the database writes down."""


_WORDS: dict[str, Callable[[list[Leaf], Package | None], Words]] = {
    "proposed": _proposed,
    "decided": _decided,
    "proposal-activated": _activated,
    "expectation-bound": _bound,
    "package-founded": _founded,
    "package-closed": _closed,
    "release-yanked": _yanked,
    "release-unyanked": _yanked,
    "accepted": _accepted,
    "refused": _refused,
    "factor-changed": _factor,
}


def _proposal(leaf: Leaf) -> Proposal:
    return Proposal.objects.select_related("package").get(pk=leaf["proposal"])


def _page_of(proposal: Proposal) -> str:
    return reverse("proposal", kwargs={"proposal_id": proposal.pk})


def _what(proposal: Proposal) -> str:
    kind = str(Kind(proposal.kind).label)
    if proposal.package is None:
        return kind
    named = kind.replace("a package", proposal.package.display_name)
    return named if named != kind else f"{kind} of {proposal.package.display_name}"


def _person(identifier: str) -> str:
    return str(Person.objects.get(pk=identifier))


def _account(number: int) -> str:
    return Account.objects.get(pk=number).username


def _quoted(text: str) -> Iterator[str]:
    """Somebody else's words, marked line by line, and in ASCII so that nothing in them can pose as ours."""
    for line in text.splitlines() or [""]:
        yield f"> {escaped(line)}"


def _shown(facts: dict[str, Any], name: str) -> str:
    return escaped(str(facts[name])) if facts.get(name) else "not told by this provenance"
