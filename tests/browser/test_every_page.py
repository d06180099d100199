"""Every page that has an address of its own: looked at in both widths, and by axe-core for what keeps people out.

Pages that come of something done are looked at where they are done.
"""

from __future__ import annotations

import pytest

from tests.browser.town import Town
from tests.browser.visitor import Visitor, barriers

PUBLIC = {
    "/audit/": "audit",
    "/audit/?package=everything": "audit-of-a-package",
    "/audit/?package=nothing-here": "audit-of-nothing",
    "/registry/": "registry",
    "/registry/roots/": "roots",
    "/registry/policy/": "policy",
    "/registry/issuers/": "issuers",
    "/registry/stewards/": "stewards",
    "/search/?q=every": "search",
    "/search/?q=nothing-of-it": "search-empty",
    "/packages/?q=every": "packages-found",
    "/packages/everything/maintainers/": "maintainers-public",
    "/packages/everything/publishers/": "publishers-public",
    "/packages/everything/releases/": "releases-none",
    "/accounts/inactive/": "account-inactive",
    "/accounts/address/sent/": "address-sent",
    "/accounts/password/done/": "password-set",
    "/accounts/login/": "sign-in",
    "/accounts/sign-up/": "sign-up-closed",
    "/accounts/passkey/": "sign-in-by-passkey",
    "/demo/mail/": "demo-mail",
    "/packages/nothing-here/": "not-found",
}

MAINTAINERS = {
    "/account/": "account",
    "/account/invitations/": "invitations",
    "/accounts/address/": "email-change",
    "/accounts/password/change/": "password-change",
    "/accounts/2fa/keys/add/": "key-add-another",
    "/accounts/2fa/totp/activate/": "authenticator-add",
    "/accounts/2fa/recovery-codes/": "recovery-codes-kept",
    "/accounts/2fa/recovery-codes/generate/": "recovery-codes-make",
    "/accounts/logout/": "sign-out",
    "/packages/new/": "package-new-empty",
    "/packages/everything/": "package-without-file",
    "/packages/everything/expectation/": "expectation-empty",
    "/packages/everything/maintainers/": "maintainers",
    "/packages/everything/publishers/": "publishers",
    "/packages/everything/publishers/?issuer=https%3A//token.actions.githubusercontent.com": "publishers-add",
    "/packages/everything/state/": "state",
    "/packages/everything/deletion/": "deletion",
    "/packages/everything/refusals/": "refusals-none",
    "/waiting/": "waiting-nothing",
    "/registry/persons/": "refused-page",
}

ANSWERED_OTHERWISE = {"audit-of-nothing": 404, "not-found": 404, "refused-page": 403}

STEWARDS = {
    "/registry/": "registry-steward",
    "/registry/roots/": "roots-form",
    "/registry/issuers/": "issuers-form",
    "/registry/policy/": "policy-form",
    "/registry/persons/": "persons-empty",
    "/registry/refusals/": "every-refusal",
    "/registry/names/": "names",
    "/registry/names/?q=everything": "names-found",
    "/registry/names/?q=nothing-of-it&state=frozen": "names-none",
}


@pytest.fixture(scope="module")
def everything(town: Town) -> Town:
    """A town with a package that pages can be about."""
    town.ada.new_package("everything", maintainers=town.bea.username)
    return town


def walk(visitor: Visitor, pages: dict[str, str]) -> None:
    found = []
    for path, name in pages.items():
        answer = visitor.page.goto(path)
        assert answer is not None
        assert answer.status == ANSWERED_OTHERWISE.get(name, 200), path
        found += barriers(visitor.page)
        visitor.look(name)
    assert found == []


def test_pages_that_everybody_reads(everything: Town) -> None:
    walk(everything.visitor, PUBLIC)


def test_pages_of_maintainers(everything: Town) -> None:
    walk(everything.ada, MAINTAINERS)


def test_pages_of_stewards(everything: Town) -> None:
    walk(everything.stella, STEWARDS)
