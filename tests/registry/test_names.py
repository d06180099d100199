"""Names that nobody may create: each refused on the page with the reason, and with the name that stands in the way."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from expectations import queries, trusted
from expectations.documents.policy import Policy, names_of, parse_policy
from expectations.refusal import ChangeRefused
from registry.models import Package
from registry.name_rules import look_of
from registry.names import create_package
from registry.postgres import Administration, Database
from tests.expectations.test_races import Bench, at_once
from tests.support import at_once as moment
from tests.support.agreement import agree, steward
from tests.support.own_database import own_database
from tests.support.people import Somebody
from tests.support.rows import new_account, new_package
from verification.parameters import DocumentInvalid
from verification.reasons import Reason


@pytest.fixture
def owner() -> Somebody:
    """A person who may create names."""
    return Somebody(new_account("owner"))


def prohibit(*names: str) -> None:
    now = queries.read_policy(queries.active_policy_version())
    content: Any = {"schema": 1, **now.members(), "prohibited_names": sorted(names)}
    assert agree(trusted.policy(), content, by=[steward("stella"), steward("stefan")]) is not None


def refused(owner: Somebody, name: str) -> tuple[int, str]:
    """Try to create a name on the page; return the status and all that it says, after checking that nothing was created."""
    response = owner.browser().post("/packages/new/", {"name": name})
    assert not Package.objects.filter(display_name=name).exists()
    return response.status_code, html.unescape(response.content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["wi-ll", "w1l1", "WILL", "w.i.l.l", "wi11", "WI_LL"])
def test_a_name_that_looks_like_another_is_refused(owner: Somebody, name: str) -> None:
    """PyPI's confusables: separators count for nothing, l and i for 1, o for 0. The page names the one that exists."""
    new_package("Will", owner=owner.account)
    status, page = refused(owner, name)
    assert status == 409
    if name == "WILL":
        assert "This name is taken." in page
        assert "Will exists already." in page
    else:
        assert 'data-reason="name-looks-alike"' in page
        assert "This name looks like another one." in page
        assert "“Will” exists, and people would mix them up." in page


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["json", "Asyncore", "concurrent.futures", "xml", "distutils", "lib2to3"])
def test_the_standard_librarys_names_are_refused(owner: Somebody, name: str) -> None:
    """Modules of any Python, those that are gone too: whoever installs one by mistake would get a stranger's."""
    status, page = refused(owner, name)
    assert (status, 'data-reason="name-of-standard-library"' in page) == (400, True)
    assert "This is the name of a module of Python's standard library. Choose another one." in page


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["new", "requirements.txt", "Requirements-TXT"])
def test_reserved_names_are_refused(owner: Somebody, name: str) -> None:
    """What this site needs, and what people type who forget pip's -r."""
    status, page = refused(owner, name)
    assert (status, "is reserved." in page) == (409, True)


@pytest.mark.django_db
def test_two_stewards_prohibit_names(owner: Somebody) -> None:
    """The list is the policy's: put on it and taken off it by two, and what looks like a name on it is refused too."""
    assert owner.browser().post("/packages/new/", {"name": "before"}).status_code == 302
    prohibit("before", "internal-tool")
    status, page = refused(owner, "Internal.Tool")
    assert (status, 'data-reason="name-prohibited"' in page) == (400, True)
    assert "“internal-tool” is on the list. Two stewards can take it off." in page
    assert "It looks like “internal-tool”, which is on the list." in refused(owner, "internaltool")[1]
    assert Package.objects.filter(name="before").exists()
    prohibit()
    assert owner.browser().post("/packages/new/", {"name": "internal-tool"}).status_code == 302


@pytest.mark.django_db
def test_a_steward_proposes_the_list_on_the_page(owner: Somebody) -> None:
    """Names as people type them, one a line or with commas, and the page shows what the list would become."""
    stella = Somebody(steward("stella"))
    page = stella.browser().get("/registry/policy/").content.decode()
    assert "Names that nobody may create" in page
    now = queries.read_policy(queries.active_policy_version())
    fields = {name: value for name, value in now.settings().items() if value is not False}
    version = queries.active_policy_version()
    sent = {**fields, "prohibited_names": "Foo.Bar, baz\nfoo-bar", "reason": "x", "base": version.digest}
    response = stella.browser().post("/registry/policy/", sent, follow=True)
    assert response.status_code == 200, response.content
    shown = response.content.decode()
    assert "New on it: baz, foo-bar." in shown


def test_no_name_is_read_as_a_list() -> None:
    """A list that is not normalised, sorted and without repetition is no policy; one that is reads back to the byte."""
    good = Policy(1, first_use=True, proposal_days=14, prohibited_names=names_of("b, A.a\n b"))
    assert parse_policy(good.canonical).canonical == good.canonical
    assert good.prohibited_names == ("a-a", "b")
    for bad in (["B"], ["b", "a"], ["a", "a"], "a", [1], ["-"]):
        with pytest.raises(DocumentInvalid, match="prohibited_names"):
            parse_policy(json.loads(good.canonical) | {"prohibited_names": bad})


def test_policies_from_before_the_limits_stay_readable() -> None:
    """A stored document is named by its digest: one that says nothing of a limit has the default, and stays as it was."""
    old = (
        b'{"factor_days":7,"first_use":true,"level_floor":1,"newcomer_days":7,"proposal_days":14,"schema":1,'
        b'"steward_factor":"webauthn","unsigned_evidence":false}'
    )
    policy = parse_policy(old)
    assert policy.canonical == old
    assert (policy.release_days, policy.file_mib, policy.prohibited_names) == (14, 100, ())


def allow_a_day(names: int) -> None:
    now = queries.read_policy(queries.active_policy_version())
    content: Any = {"schema": 1, **now.members(), "names_a_day": names}
    assert agree(trusted.policy(), content, by=[steward("stella"), steward("stefan")]) is not None


@pytest.mark.django_db
def test_one_person_creates_so_many_names_a_day(owner: Somebody) -> None:
    """Threat: one account takes every name that there is, for good, and fills the disk past each package's limit."""
    allow_a_day(2)
    for name in ("first", "second"):
        assert owner.browser().post("/packages/new/", {"name": name}).status_code == 302
    status, page = refused(owner, "third")
    assert (status, 'data-reason="too-many-names"' in page) == (429, True)
    assert "It is 2 in 24 hours." in page
    assert Somebody(new_account("other")).browser().post("/packages/new/", {"name": "third"}).status_code == 302
    allow_a_day(3)
    assert owner.browser().post("/packages/new/", {"name": "fourth"}).status_code == 302


def test_of_names_created_at_once_each_is_counted(
    administration: Administration, template: Database, django_db_setup: None, django_db_blocker: Any
) -> None:
    """Threat: a day's share is taken many times over, by creating as many names at the same moment."""
    with own_database(administration, template, django_db_blocker, name="names_at_once"):
        with transaction.atomic():
            owner = Somebody(new_account("owner"))
            allow_a_day(2)
        acts = [partial(create_package, f"name-{number}", by=owner.account) for number in range(6)]
        refused = [came for came in moment.at_once(*acts) if came is Reason.TOO_MANY_NAMES]
        assert (len(refused), Package.objects.count()) == (4, 2)


@pytest.mark.django_db
@given(name=st.text("abcilotz019-", min_size=1, max_size=40))
def test_the_database_sees_the_same_look(name: str) -> None:
    """What a page tells of a look-alike and what the constraint refuses is the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT translate(%s, 'lio-', '110')", [name])
        assert cursor.fetchone()[0] == look_of(name)


@pytest.mark.django_db
def test_whoever_is_slower_is_told_so(owner: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either was there; the constraint's refusal is told as the same reason."""
    new_package("widget", owner=owner.account)
    monkeypatch.setattr("registry.names.refuse_name", lambda _: None)
    with pytest.raises(ChangeRefused, match="“widget” exists") as told:
        create_package("w1dget", by=owner.account)
    assert told.value.reason is Reason.NAME_LOOKS_ALIKE
    with pytest.raises(ChangeRefused) as told:
        create_package("Widget", by=owner.account)
    assert told.value.reason is Reason.NAME_TAKEN


@pytest.fixture(scope="module")
def database(administration: Administration, template: Database) -> Iterator[Database]:
    """A database of its own, for these transactions commit."""
    name = template.name.replace("template", "names")
    yield administration.clone_database(template, name)
    administration.drop_database(name)


@pytest.mark.parametrize("number", range(6))
def test_two_look_alikes_at_once(database: Database, number: int) -> None:
    """Two first names that look alike, at the same moment: one is created."""

    def create(name: str) -> str:
        try:
            Bench(database.app_url, name)
        except psycopg.errors.UniqueViolation as error:
            return str(error.diag.constraint_name)
        return "created"

    came = at_once(lambda: create(f"hello-{number}"), lambda: create(f"he11o{number}"))
    assert sorted(came)[0] == "created"
    assert sorted(came)[1].startswith("registry_package_look")
