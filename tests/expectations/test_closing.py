"""Trust rules, "Two people" 7: what only closes one person may do; opening again takes two."""

from __future__ import annotations

import pytest

from expectations import actions, queries, trusted
from expectations.documents import PackageState
from expectations.models import Source
from registry.models import Account, File, Release
from registry.queries import visible_files
from tests.support.agreement import KEY, agree, steward
from tests.support.refusals import refused
from tests.support.rows import Signing, accept, new_package
from tests.support.voices import FACTOR, Council, new_council
from verification.canonical import JsonValue
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

OPEN: JsonValue = {"schema": 1, "state": "active", "note": ""}


@pytest.fixture
def council() -> Council:
    """A package with two founding maintainers, ada and bob; cleo is none."""
    return new_council()


def close(council: Council, by: Account, state: PackageState = PackageState.FROZEN) -> None:
    actions.close_package(council.package, state=state, note="A token was stolen.", by=by, factor=FACTOR)


@pytest.mark.parametrize("state", [PackageState.FROZEN, PackageState.QUARANTINED])
def test_one_maintainer_closes_alone(council: Council, state: PackageState) -> None:
    """Any maintainer can freeze or quarantine a package alone, with a reason that everybody sees."""
    close(council, council.bob, state)
    assert (queries.status(council.package).state, queries.status(council.package).note) == (
        state,
        "A token was stolen.",
    )
    version = queries.in_force(trusted.status_of(council.package))
    assert version is not None
    assert (version.source, version.closed_by_id) == (Source.CLOSING, council.bob.person_id)
    council.package.refresh_from_db()
    assert council.package.state == state


def test_a_steward_closes_alone(council: Council) -> None:
    """Any steward can."""
    close(council, steward())


def test_nobody_else_closes(council: Council) -> None:
    """A stranger and a robot cannot."""
    with refused(Reason.NOT_A_MAINTAINER):
        close(council, council.cleo)
    with refused(Reason.NOT_A_PERSON):
        close(council, Account.objects.create_robot("release-robot", package=council.package))


@pytest.mark.parametrize("state", [PackageState.ACTIVE, PackageState.DEPRECATED, PackageState.ARCHIVED])
def test_the_lever_only_closes(council: Council, state: PackageState) -> None:
    """It opens nothing, and does not go back from quarantine to frozen."""
    close(council, council.ada, PackageState.QUARANTINED)
    with refused(Reason.DOCUMENT_INVALID):
        close(council, council.ada, state)
    with refused(Reason.DOCUMENT_UNCHANGED):
        close(council, council.ada)


def test_opening_takes_two(council: Council) -> None:
    """Opening again takes two."""
    close(council, council.ada)
    assert agree(trusted.status_of(council.package), OPEN, by=[council.ada]) is None
    assert queries.status(council.package).state is PackageState.FROZEN
    assert agree(trusted.status_of(council.package), OPEN, by=[council.ada, council.bob]) is not None
    assert queries.status(council.package).state is PackageState.ACTIVE


def test_closing_makes_a_waiting_opening_stale(council: Council) -> None:
    """Two who agree to open one closing do not undo another that came meanwhile."""
    close(council, council.ada)
    proposal = actions.propose(trusted.status_of(council.package), content=OPEN, reason="Over.", by=council.bob)
    council.decide(proposal, council.bob)
    close(council, council.ada, PackageState.QUARANTINED)
    with refused(Reason.PROPOSAL_STALE):
        council.decide(proposal, council.ada)


@pytest.fixture
def file() -> File:
    """A file that is offered."""
    signing = Signing()
    name, content = "widget-1.0-py3-none-any.whl", b"wheel"
    return accept(new_package(), name, content, [signing.provenance(name, content)], roots=signing.roots)


def test_nothing_of_a_quarantined_package_is_offered(file: File) -> None:
    """PEP 792: a quarantined project's files are not offered; a frozen one's are."""
    package = file.release.package
    owner = Account.objects.get(person=package.created_by)
    for state, offered in ((PackageState.FROZEN, [file]), (PackageState.QUARANTINED, [])):
        actions.close_package(package, state=state, note="", by=owner, factor=FACTOR)
        assert list(visible_files(package)) == offered


@pytest.mark.parametrize("whole", [False, True])
def test_deletion_takes_two_and_keeps_the_name(file: File, *, whole: bool) -> None:
    """A file or release is deleted by two; it is offered no longer, and its row, name and verdict stay."""
    package, owner = file.release.package, Account.objects.get(person=file.release.package.created_by)
    about = trusted.deletion_of(file.release if whole else file, package)
    content: JsonValue = {"schema": 1, "deleted": True}
    assert agree(about, content, by=[owner]) is None
    assert list(visible_files(package)) == [file]
    assert agree(about, content, by=[owner, steward()], factor=KEY) is not None
    assert list(visible_files(package)) == []
    file.refresh_from_db()
    assert file.deleted_at is not None
    assert (file.release.deleted_at is not None) is whole


def test_what_is_another_packages_is_not_deleted_here(file: File) -> None:
    """Maintainers of one package cannot have another's file deleted."""
    council = new_council("other")
    with refused(Reason.PROPOSAL_DIGEST_DIFFERS):
        actions.propose(
            trusted.deletion_of(file, council.package),
            content={"schema": 1, "deleted": True},
            reason="",
            by=council.ada,
        )


def test_a_release_with_the_id_of_anothers_file_deletes_nothing(file: File) -> None:
    """Threat: stray SQL gives a release of one's own the id of another package's file, and two agree to delete their own."""
    council = new_council("other")
    mine = Release.objects.create(pk=file.pk, package=council.package, version="1.0", canonical_version="1")
    with refused(Reason.PROPOSAL_DIGEST_DIFFERS):
        agree(trusted.deletion_of(mine, council.package), {"schema": 1, "deleted": True}, by=[council.ada, council.bob])
    file.refresh_from_db()
    assert file.deleted_at is None
