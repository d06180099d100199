"""Who may do what to a package: uploading here; deciding is counted by the database from the grants alone."""

from __future__ import annotations

from guardian.shortcuts import assign_perm

from expectations import queries
from registry.models import Account, Package, Token

MAINTAIN = "registry.maintain_package"


def may_upload(token: Token, package: Package) -> bool:
    """Say whether a token may upload to a package.

    It has to be for uploads, and its account the package's robot, or a person who maintains it.
    """
    if token.scope != Token.Scope.UPLOAD:
        return False
    if token.package_id not in (None, package.pk) or not token.account.is_active:
        return False
    if token.account.is_robot:
        return token.account.robot_of_id == package.pk
    return token.account.person_id in queries.maintainers(package)


def project(package: Package) -> None:
    """Write guardian's rows anew from the grants, so that pages can ask ``has_perm``. No guard reads these rows."""
    for account in Account.objects.filter(person__in=queries.maintainers(package)):
        assign_perm("maintain_package", account, package)
