"""An instance of Sigstore without logs, as GitHub's own for private repositories, beside one that has them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests.support import statements
from tests.support.honest import SIGNED_AT, Honest, Statement
from tests.support.identities import GitHubWorkflow
from tests.support.roots import SIMULATED, with_simulated_instance
from tests.support.sigstore_world import SigstoreWorld
from verification import first_use
from verification.expectation import Expectation
from verification.root_of_trust import parse_roots

PRIVATE = "private"

STAMPED_AT = SIGNED_AT + timedelta(minutes=2)

Json = dict[str, Any]


def with_unlogged_instance(logged: SigstoreWorld, private: SigstoreWorld) -> Json:
    """Return the roots document of the logged world, in which every builder also signs by the private instance."""
    document = with_simulated_instance(logged)
    document["sigstore"][PRIVATE] = {"trusted_root": private.unlogged_root(), "transparency": "none"}
    document["builders"] += [
        {**builder, "name": f"private {number}", "signer": {**builder["signer"], "sigstore": PRIVATE}}
        for number, builder in enumerate(document["builders"])
        if builder["signer"].get("sigstore") == SIMULATED
    ]
    return document


@dataclass
class Unlogged:
    """The honest release of widget, whose repository is private: signed and timestamped, and in no log.

    ``honest`` is the same release under the logged instance; one document of roots knows both.
    """

    honest: Honest
    world: SigstoreWorld

    def __post_init__(self) -> None:
        """Load the roots that know both instances once."""
        self.gate = replace(self.honest)
        self.gate.roots = parse_roots(with_unlogged_instance(self.honest.world, self.world))
        self._expectation: Expectation | None = None

    def bundle(
        self,
        at: datetime = STAMPED_AT,
        identity: GitHubWorkflow | None = None,
        statement: Statement | None = None,
        **options: Any,
    ) -> Json:
        """Return the honest statement as the private instance makes a bundle of it; ``options`` are of the certificate."""
        who = identity or self.honest.identity
        credential = self.world.issue(who.san, who.claims(), at=SIGNED_AT, **{"sct": False, **options})
        payload = statements.encode(statement or self.honest.provenance(who))
        return self.world.sign_unlogged(payload, credential, at=at)

    def expectation(self) -> Expectation:
        """Return what first use pins of the private release; made once."""
        if self._expectation is None:
            derived = first_use.derive(self.gate.examine(self.bundle()))
            assert isinstance(derived, Expectation), derived
            self._expectation = derived
        return self._expectation
