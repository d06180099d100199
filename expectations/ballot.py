"""The forms by which a person decides on a proposal, and the second factor that comes back with one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse

from expectations import queries
from expectations.forms import DecisionForm
from expectations.models import Proposal, Voice
from expectations.second_factor import Factor, check_totp, webauthn
from expectations.second_factor.factor import standing

if TYPE_CHECKING:
    from registry.models import Account


@dataclass(frozen=True, slots=True)
class Ballot:
    """One voice that a viewer may give: its form, and (JSON) what a browser asks a security key to sign for it."""

    voice: Voice
    form: DecisionForm
    options: str


@dataclass(frozen=True, slots=True)
class Ballots:
    """What a viewer may say to a proposal, and by which factors.

    ``needs_key``: codes do not count here (trust rules, "Two people" 3). ``here`` and ``address`` say whether keys work at
    the page's address, and where they do.
    """

    ballots: tuple[Ballot, ...]
    needs_key: bool
    takes_code: bool
    takes_key: bool
    here: bool
    address: str


def ballots(request: HttpRequest, account: Account, proposal: Proposal, voices: Iterable[Voice]) -> Ballots:
    """Return the forms for these voices of an account."""
    keys = webauthn.keys_of(account)
    needs_key = _needs_key(proposal)
    return Ballots(
        ballots=tuple(_ballot(account, proposal, voice) for voice in voices),
        needs_key=needs_key,
        takes_code=not needs_key and standing(account, Authenticator.Type.TOTP).exists(),
        takes_key=bool(keys),
        here=webauthn.works_here(request),
        address=webauthn.address_where_it_works(request, reverse("proposal", args=[proposal.pk])),
    )


def factor_of(form: DecisionForm, account: Account) -> Factor:
    """Use up the second factor that came with a valid form, over exactly its voice and digest. Raises ChangeRefused."""
    sent = form.cleaned_data
    if sent["assertion"]:
        return webauthn.check_decision_key(account, sent["assertion"], voice=form.for_voice(), digest=sent["digest"])
    return check_totp(account, sent["code"])


def _ballot(account: Account, proposal: Proposal, voice: Voice) -> Ballot:
    form = DecisionForm(initial={"voice": voice.value, "digest": proposal.digest}, auto_id=f"{voice.value}_%s")
    options = webauthn.decision_options(account, voice=voice, digest=proposal.digest)
    return Ballot(voice, form, json.dumps(options))


def _needs_key(proposal: Proposal) -> bool:
    policy = queries.read_policy(queries.active_policy_version())
    return proposal.package_id is None and policy.steward_factor == "webauthn"
