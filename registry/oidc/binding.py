"""Whether a minted token's right still stands: asked at the upload's beginning, and again inside its transaction."""

from __future__ import annotations

from expectations import queries, trusted
from expectations.documents.publishers import Publisher, read_publisher
from registry.models import Account, MintedRight, Package, Token


def stands(token: Token, package: Package) -> bool:
    """Say whether the list of publishers that let a token be minted is the one in force, and its issuer is believed yet.

    Under the package's lock the answer holds until the transaction ends: whatever changes either waits for that lock.
    """
    version = queries.in_force(trusted.publishers_of(package))
    if version is None or not MintedRight.objects.filter(token=token, version=version).exists():
        return False
    publisher = publisher_of(token.account)
    return publisher is not None and queries.issuers().kinds.get(publisher.issuer) is publisher.kind


def publisher_of(account: Account) -> Publisher | None:
    """Return the publisher whose runs upload as an account, or None for a person's or a robot's."""
    return read_publisher(account.publisher.document) if account.is_publisher else None
