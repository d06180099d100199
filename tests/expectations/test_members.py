"""Who holds a role: computed from the grants alone, whatever their history, of each package and of the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.postgres import Administration, Database

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
PACKAGES = (None, UUID(int=1), UUID(int=2))
"""None is the registry, whose stewards are found by the same function."""


class Given(NamedTuple):
    """A grant as it is kept; when it was made is its place in the history."""

    package: UUID | None
    person: UUID
    role: str
    given: bool
    founding: bool


class Member(NamedTuple):
    """A person with a role, since when without a break, and whether they came with the founders."""

    person: UUID
    role: str
    since: datetime
    founding: bool


HISTORIES = st.lists(
    st.builds(
        Given,
        st.sampled_from(PACKAGES),
        st.integers(11, 13).map(lambda number: UUID(int=number)),
        st.sampled_from(["owner", "maintainer", "steward"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=25,
)


def members(history: Sequence[Given], about: UUID | None) -> set[Member]:
    """Return who holds a role after this history: the latest grant says the role, the first since the last loss the rest."""
    held: dict[UUID, Member] = {}
    for place, (package, person, role, is_given, founding) in enumerate(history):
        if package != about:
            continue
        if not is_given:
            held.pop(person, None)
        elif person in held:
            held[person] = held[person]._replace(role=role)
        else:
            held[person] = Member(person, role, BEGINNING + timedelta(hours=place), founding)
    return set(held.values())


@pytest.fixture(scope="module")
def owner(administration: Administration, template: Database) -> Iterator[psycopg.Connection]:
    """The owner's connection to a database in which any history may stand, also one that the guards would never let come."""
    database = administration.clone_database(template, template.name.replace("template", "members"))
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'expectations_grant'::regclass AND contype IN ('f', 'c')"
        )
        for (name,) in found.fetchall():
            connection.execute(f'ALTER TABLE expectations_grant DROP CONSTRAINT "{name}"')
        connection.execute("ALTER TABLE expectations_grant DISABLE TRIGGER USER")
        connection.execute("DELETE FROM expectations_grant")
        connection.commit()
        yield connection
    administration.drop_database(database.name)


@settings(max_examples=150, deadline=None)
@given(history=HISTORIES)
def test_who_holds_a_role(owner: psycopg.Connection, history: list[Given]) -> None:
    """Docs, trust rules: a role that was taken and given again is a newcomer's; one that only changed is not."""
    with owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO expectations_grant (package_id, person_id, role, given, founding, created_at) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [(*each, BEGINNING + timedelta(hours=place)) for place, each in enumerate(history)],
        )
    for about in PACKAGES:
        rows = owner.execute("SELECT person, role, since, founding FROM sluicegate_members(%s)", [about]).fetchall()
        assert len(rows) == len({person for person, *_ in rows})
        assert {Member(*row) for row in rows} == members(history, about)
    owner.rollback()
