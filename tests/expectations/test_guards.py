"""The database agrees: raw SQL over the application's own role cannot do what the actions would refuse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from expectations import actions, audit, queries, trusted
from expectations.documents import Members
from expectations.models import Decision, Role, Voice
from registry.grants import PRIVILEGES
from registry.models import Account
from registry.postgres import Administration, Database
from registry.tokens import create_token, revoke_token
from tests.support.agreement import steward
from tests.support.voices import Council, new_council
from verification.canonical import canonical

pytestmark = pytest.mark.django_db

APPEND_ONLY = [
    *("expectations_auditleaf", "expectations_documentversion", "expectations_grant", "expectations_proposal"),
    *("expectations_decision", "expectations_registryidentity", "registry_evidence", "registry_verdictrecord"),
    *("registry_verdictevidence", "registry_refusal"),
    "expectations_factorevent",
]


@pytest.fixture
def council() -> Council:
    """A package with two maintainers."""
    return new_council()


@pytest.fixture
def sql() -> Iterator[psycopg.Cursor[tuple[object, ...]]]:
    """A raw cursor on the very connection of the application's role."""
    connection.ensure_connection()
    assert connection.connection is not None
    with connection.connection.cursor() as cursor:
        yield cursor


def attempt(cursor: psycopg.Cursor[tuple[object, ...]], statement: str, *values: object) -> str:
    """Run a statement that has to fail; return its SQLSTATE, or the reason word of our own guards."""
    cursor.execute("SAVEPOINT attempt")
    with pytest.raises(psycopg.Error) as caught:
        cursor.execute(statement, values)
    cursor.execute("ROLLBACK TO SAVEPOINT attempt")
    state = caught.value.sqlstate or ""
    return str(caught.value).splitlines()[0] if state == "SG001" else state


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_is_written_stays(sql: psycopg.Cursor[tuple[object, ...]], table: str) -> None:
    """Versions, approvals, verdicts, refusals, grants and audit rows cannot be updated, deleted or emptied."""
    sql.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s LIMIT 1", [table])
    ((column,),) = sql.fetchall()
    assert attempt(sql, f'UPDATE {table} SET "{column}" = "{column}"') == "42501"
    assert attempt(sql, f"DELETE FROM {table}") == "42501"
    assert attempt(sql, f"TRUNCATE {table} CASCADE") == "42501"


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_owners_own_mistakes_are_caught_too(sql: psycopg.Cursor[tuple[object, ...]], table: str) -> None:
    """Each append-only table has its triggers against update, delete and truncate, switched on for everybody."""
    sql.execute(
        "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
        [f"public.{table}"],
    )
    enabled = {str(name): state for name, state in sql.fetchall()}
    assert {"append_only", "never_emptied"} <= enabled.keys()
    assert set(enabled.values()) == {"O"}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO expectations_documentversion (kind, number, document, digest, source, activated_at) "
        "VALUES ('roots', 2, '{}', repeat('0', 64), 'bootstrap', now())",
        "INSERT INTO expectations_auditleaf (index, leaf, leaf_hash, recorded_at) VALUES (999, '{}', repeat('0', 64), now())",
        "ALTER TABLE expectations_decision DISABLE TRIGGER ALL",
        "DROP TRIGGER guard ON expectations_decision",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (i int)",
        "CREATE TEMPORARY TABLE expectations_decision (i int)",
        "CREATE OR REPLACE FUNCTION sluicegate_maintainers(about uuid) RETURNS TABLE (p uuid) LANGUAGE sql AS 'SELECT about'",
        "DROP FUNCTION sluicegate_activate(uuid)",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "UPDATE registry_package SET lock_seq = 0",
        "DELETE FROM registry_account",
        "INSERT INTO expectations_grant (person_id, role, given, founding, created_at) VALUES (gen_random_uuid(), 'steward',"
        " true, true, now())",
        "SELECT sluicegate_name_stewards('{}')",
        "SELECT sluicegate_note_factor(1, 'x')",
        "SELECT sluicegate_apply_deletion(gen_random_uuid())",
        "SELECT sluicegate_apply_person(gen_random_uuid(), '{}', '{}')",
        "SELECT sluicegate_set_state(gen_random_uuid(), '{}')",
        "SELECT sluicegate_first('policy', gen_random_uuid(), NULL, '{}', 'bootstrap')",
        "UPDATE registry_package SET state = 'active'",
        "UPDATE registry_file SET deleted_at = NULL",
        "UPDATE registry_release SET deleted_at = NULL",
        "UPDATE django_migrations SET name = 'x'",
    ],
)
def test_the_applications_role_owns_nothing(sql: psycopg.Cursor[tuple[object, ...]], statement: str) -> None:
    """It cannot write versions or leaves by itself, switch a guard off, make anything, or raise itself."""
    assert attempt(sql, statement) in {"42501", "42939"}


def test_it_cannot_grant_itself_anything(sql: psycopg.Cursor[tuple[object, ...]]) -> None:
    """A grant without the right to grant gives nothing (PostgreSQL only warns)."""
    sql.execute("GRANT INSERT ON expectations_documentversion TO CURRENT_USER")
    sql.execute("SELECT has_table_privilege('expectations_documentversion', 'INSERT')")
    assert sql.fetchone() == (False,)


def test_it_cannot_become_another_role(sql: psycopg.Cursor[tuple[object, ...]]) -> None:
    """Neither the owner nor the administrator can be become."""
    owner = sql.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'expectations_decision'").fetchone()
    assert owner is not None
    assert attempt(sql, f'SET ROLE "{owner[0]}"') == "42501"
    assert attempt(sql, "SET ROLE postgres") == "42501"
    assert attempt(sql, "SET SESSION AUTHORIZATION postgres") == "42501"


def test_activation_counts_the_voices_itself(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """Calling the activation without two voices activates nothing."""
    proposal = council.propose()
    sql.execute("SELECT sluicegate_activate(%s)", [proposal.pk])
    assert sql.fetchone() == (None,)
    council.decide(proposal, council.ada)
    sql.execute("SELECT sluicegate_activate(%s)", [proposal.pk])
    assert sql.fetchone() == (None,)
    assert council.in_force().number == 1


INSERT_DECISION = (
    "INSERT INTO expectations_decision"
    " (proposal_id, digest, voice, person_id, account_id, factor, factor_detail, assertion, decided_at)"
    " VALUES (%s, %s, 'approve', %s, %s, 'totp', '', '', now())"
)


def test_a_forged_voice_is_refused(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """A stranger's voice, a robot's, one under another's person id, and one on another digest are refused by the database."""
    proposal = council.propose()
    robot = Account.objects.create_robot("release-robot", package=council.package)
    ada, bob, cleo = council.ada, council.bob, council.cleo
    digest, stray = proposal.digest, "0" * 64
    assert attempt(sql, INSERT_DECISION, proposal.pk, digest, cleo.person_id, cleo.pk) == "not-a-maintainer"
    assert attempt(sql, INSERT_DECISION, proposal.pk, digest, bob.person_id, robot.pk) == "not-a-person"
    assert attempt(sql, INSERT_DECISION, proposal.pk, digest, bob.person_id, ada.pk) == "not-a-person"
    assert attempt(sql, INSERT_DECISION, proposal.pk, stray, ada.person_id, ada.pk) == "proposal-digest-differs"


def test_a_voice_is_one_of_three_words(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """Threat: a voice that is no word of ours ends its text in the audit log's leaf, and goes on as a member of its own."""
    proposal, ada = council.propose(), council.ada
    odd = INSERT_DECISION.replace("'approve'", """'x","event":"y'""")
    assert attempt(sql, odd, proposal.pk, proposal.digest, ada.person_id, ada.pk) == "23514"


def test_a_proposal_is_of_a_kind_that_there_is(sql: psycopg.Cursor[tuple[object, ...]]) -> None:
    """The same by a proposal's kind, about the registry, whose object any kind would fit."""
    policy = {"schema": 1, **queries.read_policy(queries.active_policy_version()).members(), "level_floor": 2}
    made = actions.propose(trusted.policy(), content=policy, reason="", by=steward())
    odd, number = 'x","event":"y', uuid4()
    said = {**json.loads(made.preimage), "kind": odd, "proposal": str(number), "base_version": 0, "base_digest": None}
    preimage = canonical(said)
    digest = hashlib.sha256(b"sluicegate-proposal-v1\n" + preimage).hexdigest()
    insert = (
        "INSERT INTO expectations_proposal (id, kind, object, package_id, base_id, content, preimage, digest, proposer_id,"
        " reason, created_at, expires_at) SELECT %s, %s, object, NULL, NULL, content, %s, %s, proposer_id, '', created_at,"
        " expires_at FROM expectations_proposal WHERE id = %s"
    )
    assert attempt(sql, insert, number, odd, preimage.decode(), digest, made.pk) == "23514"


def test_a_proposal_waits_no_longer_than_the_policy_lets_it(
    sql: psycopg.Cursor[tuple[object, ...]], council: Council
) -> None:
    """An agreement from years ago would meet a second voice that somebody got meanwhile."""
    made, number = council.propose(), uuid4()
    expires = timezone.now() + timedelta(days=queries.read_policy(queries.active_policy_version()).proposal_days + 2)
    said = {**json.loads(made.preimage), "proposal": str(number), "expires": audit.rfc3339(expires)}
    preimage = canonical(said)
    digest = hashlib.sha256(b"sluicegate-proposal-v1\n" + preimage).hexdigest()
    insert = (
        "INSERT INTO expectations_proposal (id, kind, object, package_id, base_id, content, preimage, digest, proposer_id,"
        " reason, created_at, expires_at) SELECT %s, kind, object, package_id, base_id, content, %s, %s, proposer_id, '',"
        " created_at, %s FROM expectations_proposal WHERE id = %s"
    )
    assert attempt(sql, insert, number, preimage.decode(), digest, said["expires"], made.pk) == "document-invalid"


def test_an_account_never_changes_hands(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """Linking an account to another person, which would lend a second voice, is refused by the database."""
    statement = "UPDATE registry_account SET person_id = %s WHERE id = %s"
    assert attempt(sql, statement, council.bob.person_id, council.cleo.pk) == "23001"


def test_a_proposal_is_about_its_very_columns(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """A row whose content is not what its digest covers cannot be written: nobody agrees to one thing and gets another."""
    proposal = council.propose()
    copy = (
        "INSERT INTO expectations_proposal (id, kind, object, package_id, base_id, content, preimage, digest, proposer_id,"
        " reason, created_at, expires_at) SELECT {} FROM expectations_proposal WHERE id = %s"
    )
    columns = (
        "gen_random_uuid(), kind, object, package_id, base_id, content, preimage, digest, proposer_id, reason, created_at,"
        " expires_at"
    )
    swapped = columns.replace(" content,", " '{}',").replace("gen_random_uuid()", "id")
    for chosen in (columns, swapped):
        assert attempt(sql, copy.format(chosen), proposal.pk) == "proposal-digest-differs"


def test_no_other_isolation_level(council: Council) -> None:
    """Under REPEATABLE READ an old snapshot could miss a rejection: decisions are counted under READ COMMITTED only."""
    url = connection.settings_dict
    with psycopg.connect(
        dbname=url["NAME"], user=url["USER"], password=url["PASSWORD"], host=url["HOST"], port=url["PORT"] or None
    ) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.errors.ActiveSqlTransaction):
            other.execute("SELECT sluicegate_lock(gen_random_uuid())")


def test_every_table_has_its_privileges_written_down() -> None:
    """What the application's role may do is one explicit list; a table without a row there cannot be installed."""
    assert set(PRIVILEGES) == set(connection.introspection.table_names())


def test_a_voice_is_never_taken_back_after_activation(council: Council) -> None:
    """A withdrawal or rejection that comes too late is refused."""
    proposal = council.propose()
    for person in (council.ada, council.bob):
        council.decide(proposal, person)
    with pytest.raises(Exception, match="decided already"):
        council.decide(proposal, council.bob, Voice.REJECT)
    assert Decision.objects.filter(proposal=proposal).count() == 2


INSERT_GRANT = (
    "INSERT INTO expectations_grant (package_id, person_id, role, given, founding, proposal_id, created_at)"
    " VALUES (%s, %s, 'maintainer', true, %s, %s, now())"
)


def test_a_proposal_of_another_package_gives_no_role(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """Two people who agree on their own package cannot make themselves maintainers of another's."""
    evil = new_council("evil")
    proposal = evil.propose()
    for person in (evil.ada, evil.bob):
        evil.decide(proposal, person)
    values = (council.package.pk, evil.ada.person_id, False, proposal.pk)
    assert attempt(sql, INSERT_GRANT, *values) == "42501"


def test_nobody_joins_the_founders_later(template: Database, administration: Administration) -> None:
    """Founding grants stand from the transaction that creates the name; a second person cannot be brought along later."""
    name = template.name.replace("template", "founders")
    database = administration.clone_database(template, name)
    try:
        with psycopg.connect(database.app_url, autocommit=True) as connection:
            person = "INSERT INTO registry_person (id, created_at) VALUES (gen_random_uuid(), now()) RETURNING id"
            ((ada,), (eve,)) = (connection.execute(person).fetchone() for _ in range(2))  # type: ignore[misc]  # each query finds its row
            package = connection.execute(
                "INSERT INTO registry_package (id, name, display_name, created_at, created_by_id, lock_seq)"
                " VALUES (gen_random_uuid(), 'late', 'late', now(), %s, 0) RETURNING id",
                [ada],
            ).fetchone()
            assert package is not None
            roster = Members({ada: Role.OWNER, eve: Role.MAINTAINER}).canonical.decode()
            with pytest.raises(psycopg.Error, match="not-a-maintainer"):
                connection.execute("SELECT sluicegate_found(%s, %s)", [package[0], roster])
    finally:
        administration.drop_database(name)


def test_a_new_function_is_nobodys_until_it_is_granted(template: Database, administration: Administration) -> None:
    """Threat: while an upgrade runs, the application's role calls the owner's new functions, as PostgreSQL lets everybody."""
    name = template.name.replace("template", "upgrade")
    database = administration.clone_database(template, name)
    try:
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            owner.execute("CREATE FUNCTION public.sluicegate_next() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        with psycopg.connect(database.app_url, autocommit=True) as app, pytest.raises(psycopg.Error) as caught:
            app.execute("SELECT sluicegate_next()")
        assert caught.value.sqlstate == "42501"
    finally:
        administration.drop_database(name)


@pytest.mark.parametrize(
    "event",
    [
        *("bootstrap", "stewards-named", "package-founded", "expectation-bound", "proposed", "decided"),
        *("proposal-activated", "package-closed", "factor-changed", "security-key-known", "security-key-forgotten"),
        *("release-yanked", "release-unyanked"),
    ],
)
def test_leaves_of_promises_are_the_databases_own(sql: psycopg.Cursor[tuple[object, ...]], event: str) -> None:
    """The application can neither tell of a voice that was never given, nor give one untold."""
    assert attempt(sql, "SELECT sluicegate_record(%s)", f'{{"event":"{event}"}}') == "42501"
    assert attempt(sql, "SELECT sluicegate_append(%s)", '{"event":"x"}') == "42501"


@pytest.mark.parametrize(
    "leaf", ['{"event":"decided","event":"x"}', '{"event":"x","person":"a","person":"b"}', '{"event":["decided"]}']
)
def test_a_leaf_says_one_thing_to_every_reader(sql: psycopg.Cursor[tuple[object, ...]], leaf: str) -> None:
    """Of a member that stands twice PostgreSQL takes the last; a reader who takes the first would see a voice never given."""
    assert attempt(sql, "SELECT sluicegate_record(%s)", leaf) == "22023"


def test_an_account_is_never_brought_back(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """The application may deactivate an account, which only closes, and never activate one."""
    sql.execute("UPDATE registry_account SET is_active = false WHERE id = %s", [council.cleo.pk])
    assert attempt(sql, "UPDATE registry_account SET is_active = true WHERE id = %s", council.cleo.pk) == "23001"


def test_a_new_account_is_a_new_persons(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """A second account for ada, whose password somebody else knows, would lend her voice."""
    statement = (
        "INSERT INTO registry_account (password, is_superuser, username, email, kind, person_id, is_active, date_joined)"
        " VALUES ('', false, 'ada-again', '', 'person', %s, true, now())"
    )
    assert attempt(sql, statement, council.ada.person_id) == "23001"


def test_a_token_is_never_brought_back(sql: psycopg.Cursor[tuple[object, ...]], council: Council) -> None:
    """A revoked token stays revoked, and none is handed to another account."""
    token, _ = create_token(council.ada, name="test")
    revoke_token(token, by=council.ada)
    assert attempt(sql, "UPDATE registry_token SET revoked_at = NULL") == "23001"
    assert attempt(sql, "UPDATE registry_token SET account_id = %s", council.bob.pk) == "23001"


def test_the_source_of_a_release_stays(sql: psycopg.Cursor[tuple[object, ...]]) -> None:
    """Which commit a release is of decides about every further file of it."""
    assert attempt(sql, "UPDATE registry_release SET source_commit = 'x'") == "42501"
