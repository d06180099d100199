"""People who propose and decide, for tests: a package with two founding maintainers and an expectation in force."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from expectations import actions, queries, trusted
from expectations.models import DocumentVersion, Proposal, Source, Voice
from expectations.second_factor import Factor
from registry.models import Account, Package
from tests.support.rows import new_account

FACTOR = Factor("totp", "step 1 attested by the server alone")
"""A proof as the second factor's own adapter gives it; how it comes to be is tested there."""


def document(repository: str = "https://github.com/example/widget", **changes: Any) -> dict[str, Any]:
    """Return a valid expectation document for a repository; ``changes`` replace parts of its one recipe."""
    workflow = ".github/workflows/release.yml"
    recipe = {
        "name": "release",
        "minimum_level": 2,
        "builder_ids": [{"template": f"{repository}/{workflow}@refs/tags/v{{version}}"}],
        "build_types": ["https://actions.github.io/buildtypes/workflow/v1"],
        "signer": {"sigstore": "simulated", "issuer": "https://token.actions.githubusercontent.com"},
        "claims": {
            "source_repository_id": {"equals": "123456"},
            "source_repository_owner_id": {"equals": "7890"},
            "build_trigger": {"equals": "push"},
        },
        "external_parameters": {
            "/workflow/repository": {"equals": repository},
            "/workflow/path": {"equals": workflow},
            "/workflow/ref": {"template": "refs/tags/v{version}"},
        },
        **changes,
    }
    return {"schema": 1, "change_control": "two-person", "recipes": [recipe]}


@dataclass
class Council:
    """A package, its two maintainers ada and bob, and cleo who is no maintainer."""

    package: Package
    ada: Account
    bob: Account
    cleo: Account

    def propose(self, by: Account | None = None, content: Any = None) -> Proposal:
        """Propose another document, by ada unless said otherwise."""
        wanted = content or document("https://github.com/example/renamed")
        about = trusted.expectation_of(self.package)
        return actions.propose(about, content=wanted, reason="We moved.", by=by or self.ada)

    def decide(
        self, proposal: Proposal, by: Account, voice: Voice = Voice.APPROVE, digest: str | None = None
    ) -> DocumentVersion | None:
        """Give a voice on what the proposal says, or on another digest."""
        return actions.decide(proposal, voice=voice, digest=digest or proposal.digest, by=by, factor=FACTOR)

    def in_force(self) -> DocumentVersion:
        """Return the expectation in force."""
        version = queries.active_expectation(self.package)
        assert version is not None
        return version


def new_council(
    name: str = "widget",
    *,
    change_control: str = "two-person",
    founders: Sequence[str] = ("ada", "bob"),
    with_each: Callable[[Account], object] | None = None,
) -> Council:
    """Return a council of founding maintainers over a package with an explicit first expectation.

    ``founders`` are of ada, who is the owner, bob and cleo. ``with_each`` is done with each account before it holds a role.
    """
    accounts = {person: new_account(f"{person}-of-{name}") for person in ("ada", "bob", "cleo")}
    ada, bob, cleo = accounts.values()
    for account in (ada, bob, cleo):
        if with_each is not None:
            with_each(account)
    people = {person: account.person for person, account in accounts.items() if account.person is not None}
    package = Package.objects.create(name=name, display_name=name, created_by=people["ada"])
    actions.found_package(
        package, owner=people["ada"], maintainers=[people[name] for name in founders if name != "ada"]
    )
    first = actions.read_expectation(json.dumps({**document(), "change_control": change_control}).encode())
    actions.bind_first(package, first, source=Source.EXPLICIT)
    return Council(package, ada, bob, cleo)
