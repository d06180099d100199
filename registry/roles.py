"""Who may do what to a package: uploading here; deciding is counted by the database from the grants alone."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.dispatch import receiver
from guardian.shortcuts import assign_perm

from expectations import queries
from expectations.signals import members_changed
from registry.models import Account, Package, PackageUserPermission, Token
from registry.oidc import binding
from verification.reasons import Reason

MAINTAIN = "registry.maintain_package"


def may_upload(token: Token, package: Package, *, maintains: bool | None = None) -> bool:
    """Say whether a token may upload to a package.

    It has to be for uploads, and its account the package's robot, a person who maintains it, or a trusted publisher whose
    binding stands. ``maintains`` is whether its person does, where that was just read.
    """
    if token.scope != Token.Scope.UPLOAD:
        return False
    if token.package_id not in (None, package.pk) or not token.account.is_active:
        return False
    if token.account.is_publisher:
        return binding.stands(token, package)
    if token.account.is_robot:
        return token.account.robot_of_id == package.pk
    return token.account.person_id in queries.maintainers(package) if maintains is None else maintains


def may_upload_in_person(account: Account, package: Package) -> bool:
    """Say whether a person who is signed in may upload to a package, by a token that they could make."""
    return account.is_active and account.person_id in queries.maintainers(package)


def why_no_upload(token: Token, package: Package) -> tuple[Reason, str]:
    """Return why a token may not upload to a package, for whoever holds it."""
    if token.package is not None and token.package_id != package.pk:
        return Reason.TOKEN_SCOPE, f"This one uploads to {token.package.name} alone."
    if token.account.is_publisher:
        return Reason.NOT_ALLOWED, (
            f"this token was minted for other packages, or the trusted publishers of {package.name} changed since;"
            " run the job again for a new one"
        )
    return Reason.NOT_ALLOWED, f"{token.account.username} is no uploader of {package.name}"


def project(package: Package) -> None:
    """Write guardian's rows anew from the grants, so that pages can ask ``has_perm``. No guard reads these rows."""
    maintaining = Account.objects.filter(person__in=queries.maintainers(package), is_active=True)
    PackageUserPermission.objects.filter(content_object=package).exclude(user__in=maintaining).delete()
    for account in maintaining:
        assign_perm("maintain_package", account, package)


@receiver(members_changed)
def _project_again(package: Package | None, accounts: Collection[int] = (), **_: object) -> None:
    for changed in [package] if package is not None else _packages_of(accounts):
        project(changed)


def _packages_of(accounts: Collection[int]) -> QuerySet[Package]:
    """Return the packages of the persons that these accounts are now, and those that their rows are of yet."""
    now = Q(grants__person__accounts__in=accounts)
    return Package.objects.filter(now | Q(packageuserpermission__user__in=accounts)).distinct()
