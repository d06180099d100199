"""What a proposal is about, as pages name it and where they link to."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from expectations.models import Kind, Proposal
from expectations.names import deleted_thing, persons_named

_OF_THE_REGISTRY = {
    Kind.ROOTS: ("Roots of trust", "roots"),
    Kind.POLICY: ("Policy of the registry", "policy"),
    Kind.ISSUERS: ("Identity providers of the registry", "issuers"),
    Kind.STEWARDS: ("Stewards of the registry", "stewards"),
}

_OF_PACKAGES = {
    Kind.EXPECTATION: ("Expectation of", "expectation"),
    Kind.ROSTER: ("Maintainers of", "maintainers"),
    Kind.STATUS: ("State of", "status"),
    Kind.DELETION: ("Deletion in", "deletion"),
    Kind.PUBLISHERS: ("Trusted publishers of", "publishers"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The title of a proposal's page, and the page of what it is about."""

    title: str
    page: str


def subject_of(proposal: Proposal) -> Subject:
    """Return what a proposal is about."""
    kind = Kind(proposal.kind)
    if proposal.package is not None:
        words, page = _OF_PACKAGES[kind]
        title = f"{words} {proposal.package.display_name}"
        if kind is Kind.DELETION:
            title += f": {deleted_thing(proposal.object)}"
        return Subject(title, reverse(page, args=[proposal.package.name]))
    if kind is Kind.PERSON:
        name = persons_named([proposal.object])(proposal.object)
        return Subject(f"Accounts of {name}", reverse("person", args=[proposal.object]))
    words, page = _OF_THE_REGISTRY[kind]
    return Subject(words, reverse(page))


def what_of(proposal: Proposal) -> str:
    """Return the same in the middle of a sentence; a deletion with what is to be deleted."""
    if proposal.kind == Kind.DELETION:
        return deleted_thing(proposal.object)
    title = subject_of(proposal).title
    return f"the {title[0].lower()}{title[1:]}"
