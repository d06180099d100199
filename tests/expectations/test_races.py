"""Nothing is lost or twice: two voices, a voice against a rejection, and two first uses, at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from expectations.documents import Members
from expectations.models import Role
from registry.postgres import Administration, Database

ROUNDS = 12


@pytest.fixture(scope="module")
def database(administration: Administration, template: Database) -> Iterator[Database]:
    """A database of its own, for these transactions commit."""
    name = template.name.replace("template", "races")
    yield administration.clone_database(template, name)
    administration.drop_database(name)


SETUP = """
WITH people AS (INSERT INTO registry_person (id, created_at)
                VALUES (gen_random_uuid(), now()), (gen_random_uuid(), now()) RETURNING id),
     package AS (INSERT INTO registry_package (id, name, display_name, created_at, created_by_id, lock_seq)
                 VALUES (gen_random_uuid(), %(name)s, %(name)s, now(), (SELECT min(id::text)::uuid FROM people), 0)
                 RETURNING id),
     accounts AS (INSERT INTO registry_account (password, is_superuser, username, email, kind, person_id, is_active, date_joined)
                  SELECT '', false, 'p-' || id, '', 'person', id, true, now() FROM people RETURNING id, person_id)
SELECT (SELECT id FROM package), array_agg(person_id ORDER BY person_id), array_agg(id ORDER BY person_id) FROM accounts
"""
PROPOSE = """
WITH v AS (SELECT * FROM expectations_documentversion WHERE kind = 'expectation' AND package_id = %(package)s AND number = 1),
     p AS (SELECT gen_random_uuid() AS id, now() AS at, date_trunc('second', now()) + interval '1 day' AS until),
     said AS (SELECT jsonb_build_object('registry', (SELECT id FROM expectations_registryidentity), 'kind', 'expectation',
        'object', %(package)s::uuid, 'proposal', p.id, 'base_version', v.number, 'base_digest', v.digest,
        'content', '{"new": 1}'::jsonb, 'proposer', %(person)s::uuid, 'expires', p.until)::text AS preimage FROM v, p)
INSERT INTO expectations_proposal (id, kind, object, package_id, base_id, content, preimage, digest, proposer_id, reason,
                                    created_at, expires_at)
SELECT p.id, 'expectation', %(package)s, %(package)s, v.id, '{"new": 1}', said.preimage,
       encode(sha256(convert_to('sluicegate-proposal-v1' || E'\\n' || said.preimage, 'UTF8')), 'hex'),
       %(person)s, '', p.at, p.until FROM v, p, said RETURNING id, digest
"""
VOICE = (
    "INSERT INTO expectations_decision"
    " (proposal_id, digest, voice, person_id, account_id, factor, factor_detail, assertion, decided_at)"
    " VALUES (%s, %s, %s, %s, %s, 'totp', '', '', now())"
)


class Bench:
    """A package with two maintainers and an open proposal, in a database that transactions really commit to."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        with psycopg.connect(url) as connection:
            row = connection.execute(SETUP, {"name": name}).fetchone()
            assert row is not None
            self.package, self.people, self.accounts = row
            roster = Members(dict.fromkeys(self.people, Role.OWNER)).canonical.decode()
            connection.execute("SELECT sluicegate_found(%s, %s)", [self.package, roster])

    def propose(self) -> None:
        """Bind a first expectation and propose another."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SELECT sluicegate_bind(%s, %s, 'explicit')", [self.package, '{"old": 1}'])
            row = connection.execute(PROPOSE, {"package": self.package, "person": self.people[0]}).fetchone()
            assert row is not None
            self.proposal, self.digest = row

    def say(self, number: int, voice: str) -> str:
        """Give a voice and try to activate, in one transaction; return what came of it."""
        try:
            with psycopg.connect(self.url) as connection:
                values = [self.proposal, self.digest, voice, self.people[number], self.accounts[number]]
                connection.execute(VOICE, values)
                if voice == "approve":
                    connection.execute("SELECT sluicegate_activate(%s)", [self.proposal])
        except psycopg.Error as error:
            return str(error).splitlines()[0]
        return "said"

    def versions(self) -> list[int]:
        """Return the numbers of the package's versions."""
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(
                "SELECT number FROM expectations_documentversion WHERE kind = 'expectation' AND package_id = %s ORDER BY number",
                [self.package],
            ).fetchall()
        return [number for (number,) in rows]


def at_once(*actions: Callable[[], str]) -> list[str]:
    """Run actions at the same moment; return what each came to."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], str]) -> str:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_two_second_voices_at_once_activate_once(database: Database, round_number: int) -> None:
    """Two approvals in flight: both are said, and exactly one version comes into force."""
    bench = Bench(database.app_url, f"both-{round_number}")
    bench.propose()
    assert at_once(lambda: bench.say(0, "approve"), lambda: bench.say(1, "approve")) == ["said", "said"]
    assert bench.versions() == [1, 2]


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_a_rejection_against_the_last_voice(database: Database, round_number: int) -> None:
    """A rejection and the second approval at once: either it is in force, or it is rejected; never both."""
    bench = Bench(database.app_url, f"reject-{round_number}")
    bench.propose()
    bench.say(0, "approve")
    came = at_once(lambda: bench.say(1, "approve"), lambda: bench.say(0, "reject"))
    assert (came, bench.versions()) in [
        (["said", "proposal-closed"], [1, 2]),
        (["proposal-closed", "said"], [1]),
    ]


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_two_first_uses_at_once(database: Database, round_number: int) -> None:
    """Two first uploads at once: one wins, the other is told that an expectation stands."""
    bench = Bench(database.app_url, f"first-{round_number}")

    def bind(document: str) -> str:
        try:
            with psycopg.connect(bench.url) as connection:
                connection.execute("SELECT sluicegate_bind(%s, %s, 'first-use')", [bench.package, document])
        except psycopg.Error as error:
            return str(error).splitlines()[0]
        return "bound"

    came = at_once(lambda: bind('{"one": 1}'), lambda: bind('{"two": 2}'))
    assert sorted(came) == ["bound", "expectation-exists"]
    assert bench.versions() == [1]


def test_the_audit_log_has_no_gap_under_load(database: Database) -> None:
    """Leaves are numbered without a gap, in the order of commit, however many write and some fail."""

    def write(number: int) -> str:
        with psycopg.connect(database.app_url) as connection:
            connection.execute("SELECT sluicegate_record(%s)", [f'{{"event":"test","n":{number}}}'])
            if number % 3 == 0:
                connection.rollback()
        return "wrote"

    at_once(*[lambda n=n: write(n) for n in range(12)])
    with psycopg.connect(database.app_url) as connection:
        rows = connection.execute("SELECT index FROM expectations_auditleaf ORDER BY index").fetchall()
    assert [index for (index,) in rows] == list(range(len(rows)))
