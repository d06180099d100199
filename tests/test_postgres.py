"""The PostgreSQL of the demo and the tests: it starts anywhere, guards its logins, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from registry.postgres import Administration, Database, PostgresError, server
from registry.postgres.cluster import Cluster, server_process
from registry.postgres.urls import url_for, url_of_database

_CHECKOUT = Path(__file__).parents[1]
_NOBODY = 65534
_as_root = pytest.mark.roots_business
_with_namespaces = pytest.mark.skipif(
    subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode != 0,
    reason="only root with CAP_SYS_ADMIN makes a mount namespace",
)


@pytest.fixture(autouse=True)
def _no_external_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about the embedded server, wherever the rest of the suite runs."""
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that everybody can enter; pytest's own are closed to all but their owner."""
    with tempfile.TemporaryDirectory(prefix="sluicegate-tests-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def var(open_folder: Path) -> Path:
    """A folder for the clusters of one test, which the server's user can enter without a mount namespace."""
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def admin(open_folder: Path) -> Iterator[Administration]:
    """One server for all the tests that do not end it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        with server(open_folder / "var", "shared") as administration:
            yield administration


@pytest.fixture(scope="module")
def database(admin: Administration) -> Database:
    """A database with one table of its owner's."""
    made = admin.create_database("sluicegate_roles")
    with psycopg.connect(made.owner_url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")
        connection.execute("GRANT SELECT, INSERT ON kept TO sluicegate_roles_app")
    return made


def _cluster(var: Path, purpose: str) -> Cluster:
    return Cluster(var.resolve() / f"pg-{purpose}")


def _pid_of(cluster: Cluster) -> int:
    pid = server_process(cluster)
    assert pid is not None
    return pid


def _processes_of(folder: Path) -> list[int]:
    """The processes, whoever's, whose command line names the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            named = os.fsencode(folder) in (process / "cmdline").read_bytes()
        except OSError:
            continue
        if named:
            found.append(int(process.name))
    return found


def _wait_until_gone(folder: Path) -> bool:
    deadline = time.monotonic() + 20
    while _processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _processes_of(folder)


def _with_password(url: str, password: str) -> str:
    known = conninfo_to_dict(url)
    return url_for(known, str(known["user"]), password, str(known["dbname"]))


def _one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


class TestLogins:
    """Who may do what in a database."""

    def test_the_application_makes_no_database(self, database: Database) -> None:
        """Nor a database of its own, where it would be the owner. (CREATE DATABASE needs a session of its own.)"""
        with (
            psycopg.connect(database.app_url, autocommit=True) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE DATABASE another")

    def test_each_url_logs_in_as_its_own_role(self, database: Database) -> None:
        """The application never holds the owner's login."""
        assert _one(database.owner_url, "SELECT current_user") == "sluicegate_roles_owner"
        assert _one(database.app_url, "SELECT current_user") == "sluicegate_roles_app"

    def test_the_server_holds_a_scram_verifier_only(self, admin: Administration, database: Database) -> None:
        """A password in clear could be read from the server's log or its tables."""
        query = "SELECT rolpassword FROM pg_authid WHERE rolname = 'sluicegate_roles_app'"
        assert str(_one(admin._url, query)).startswith("SCRAM-SHA-256$")

    @pytest.mark.parametrize("role", ["owner_url", "app_url"])
    def test_a_wrong_password_is_refused(self, database: Database, role: str) -> None:
        """Reaching the socket is not enough: nobody is trusted for being local."""
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(_with_password(getattr(database, role), "guessed"))

    def test_passwords_are_not_shown(self, database: Database, admin: Administration) -> None:
        """A database in a traceback or a log must not give its logins away."""
        password = conninfo_to_dict(database.app_url)["password"]
        assert str(password) not in repr(database) + repr(admin) + admin.description

    def test_the_server_listens_on_no_address(self, admin: Administration) -> None:
        """Other machines and other users' processes have no way in."""
        assert _one(admin._url, "SHOW listen_addresses") == ""

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE mine (word text)",
            "CREATE TEMPORARY TABLE kept (word text)",
            "CREATE SCHEMA mine",
            "TRUNCATE kept",
            "DELETE FROM kept",
            "UPDATE kept SET word = 'gone'",
            "DROP TABLE kept",
            "ALTER TABLE kept DISABLE TRIGGER ALL",
            "ALTER TABLE kept OWNER TO sluicegate_roles_app",
            "SET ROLE sluicegate_roles_owner",
            "SET SESSION AUTHORIZATION sluicegate_roles_owner",
            "SET session_replication_role = replica",
            "GRANT sluicegate_roles_owner TO sluicegate_roles_app",
            "ALTER ROLE sluicegate_roles_app CREATEDB",
            "CREATE ROLE another",
        ],
    )
    def test_the_application_gets_around_no_guard(self, database: Database, statement: str) -> None:
        """A taken-over application can neither change tables nor become somebody who can."""
        with psycopg.connect(database.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())

    @pytest.mark.parametrize("name", ["postgres", "template1"])
    def test_the_application_enters_its_own_databases_only(self, database: Database, name: str) -> None:
        """The databases that a cluster begins with are closed to it."""
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(url_of_database(database.app_url, name))

    def test_the_owner_has_no_power_over_the_server(self, database: Database) -> None:
        """A mistake in a migration stays inside its database."""
        with psycopg.connect(database.owner_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE ROLE another")

    def test_a_role_with_powers_is_not_taken(self, admin: Administration) -> None:
        """A role of the right name that somebody made a superuser must not become the application's."""
        with psycopg.connect(admin._url) as connection:
            connection.execute("CREATE ROLE sluicegate_strong_app SUPERUSER")
        with pytest.raises(PostgresError, match="sluicegate_strong_app exists with more rights"):
            admin.create_database("sluicegate_strong")

    def test_a_foreign_database_is_not_taken(self, admin: Administration) -> None:
        """Whoever owns the database could change what the application relies on."""
        with psycopg.connect(admin._url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE sluicegate_foreign")
        with pytest.raises(PostgresError, match="belongs to postgres"):
            admin.create_database("sluicegate_foreign")


class TestDatabases:
    """Made, copied and dropped."""

    def test_what_is_there_stays_unless_fresh(self, admin: Administration) -> None:
        """`fresh` empties a database, though somebody is connected; without it nothing is lost."""
        made = admin.create_database("sluicegate_again")
        with psycopg.connect(made.owner_url) as connection:
            connection.execute("CREATE TABLE kept ()")
        assert admin.create_database("sluicegate_again") == made
        assert _one(made.owner_url, "SELECT to_regclass('kept')::text") == "kept"
        with psycopg.connect(made.app_url):
            admin.create_database("sluicegate_again", fresh=True)
        assert _one(made.owner_url, "SELECT to_regclass('kept')::text") is None

    def test_a_clone_is_as_guarded_as_its_source(self, admin: Administration, database: Database) -> None:
        """Tests on a copy must meet the guards that production has."""
        clone = admin.clone_database(database, "sluicegate_roles_2")
        assert _one(clone.app_url, "SELECT word FROM kept") == "here"
        for refused in ("CREATE TEMPORARY TABLE kept ()", "CREATE TABLE mine ()", "TRUNCATE kept"):
            with psycopg.connect(clone.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused.encode())
        admin.drop_database(clone.name)
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(clone.app_url)

    def test_workers_at_the_same_time(self, admin: Administration) -> None:
        """Parallel test workers prepare the same roles without disturbing each other."""
        with ThreadPoolExecutor(max_workers=8) as workers:
            made = list(workers.map(admin.create_database, ["sluicegate_many"] * 16))
        assert made == [made[0]] * 16

    @pytest.mark.parametrize("name", ["", "Upper", "a-b", 'a"b', "1st", "x" * 60])
    def test_only_plain_names(self, admin: Administration, name: str) -> None:
        """Names that need quoting, or whose roles' names would be cut off, are refused before anything is done."""
        with pytest.raises(ValueError, match="database's name"):
            admin.create_database(name)


class TestLife:
    """Started, shared, killed, started again, ended."""

    def test_ends_without_a_trace(self, var: Path) -> None:
        """A demo that ended leaves no process, and its passwords to its owner alone."""
        with server(var, "life") as admin:
            admin.create_database("sluicegate_life")
            assert _processes_of(var)
        assert _wait_until_gone(var)
        folder = _cluster(var, "life").folder
        for name in ("secrets.json", "log"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        assert not list(folder.glob("**/password"))

    def test_passwords_are_in_no_command_line_and_no_log(self, var: Path) -> None:
        """Every user of the machine can read command lines."""
        with server(var, "quiet") as admin:
            admin.create_database("sluicegate_quiet")
            lines = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _processes_of(var))
        cluster = _cluster(var, "quiet")
        for password in json.loads(cluster.secrets.read_text()).values():
            assert password.encode() not in lines + cluster.log.read_bytes()

    def test_the_last_user_ends_it(self, var: Path) -> None:
        """A second user joins the server, and keeps it when the one that started it leaves first."""
        first = server(var, "joined")
        database = first.__enter__().create_database("sluicegate_joined")
        pid = _pid_of(_cluster(var, "joined"))
        with server(var, "joined"):
            first.__exit__(None, None, None)
            assert _pid_of(_cluster(var, "joined")) == pid
            assert _one(database.app_url, "SELECT 1") == 1
        assert _wait_until_gone(var)

    def test_ends_when_its_user_is_killed(self, var: Path) -> None:
        """kill -9 of the demo or of make leaves no server behind."""
        with _running_command(var, ["sleep", "60"]) as user:
            user.kill()
            user.wait()
            # The command itself is an orphan now and no part of the room.
            assert _wait_until_gone(_cluster(var, "killed").folder)

    def test_ends_when_its_keeper_is_killed(self, var: Path) -> None:
        """The kernel ends the server when the process that watches over it is gone."""
        with server(var, "kept"):
            for pid in _processes_of(var):
                if b"registry.postgres.keeper" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
            assert _wait_until_gone(var)

    def test_starts_again_after_a_kill(self, var: Path) -> None:
        """A crash loses nothing that was committed and does not block the next start, though sessions still run."""
        with server(var, "crash") as admin:
            url = admin.create_database("sluicegate_crash").owner_url
            with psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
            os.kill(_pid_of(_cluster(var, "crash")), signal.SIGKILL)
        with server(var, "crash") as admin:
            url = admin.create_database("sluicegate_crash").owner_url
            assert _one(url, "SELECT number FROM kept") == 7

    def test_an_interrupted_initdb_does_not_block(self, var: Path) -> None:
        """Half a cluster is thrown away, never used."""
        folder = _cluster(var, "half").folder
        (folder / "data.unfinished" / "base").mkdir(parents=True)
        (folder / "data.unfinished" / "PG_VERSION").write_text("18\n")
        with server(var, "half") as admin:
            assert _one(admin._url, "SELECT 1") == 1

    def test_a_recycled_process_id_does_not_block(self, var: Path) -> None:
        """After a power cut the id in postmaster.pid may be another process's of the same user."""
        with server(var, "recycled"):
            pass
        cluster = _cluster(var, "recycled")
        user = _NOBODY if os.geteuid() == 0 else None
        with subprocess.Popen(["sleep", "60"], user=user) as unrelated:
            (cluster.data / "postmaster.pid").write_text(f"{unrelated.pid}\n{cluster.data}\n")
            (cluster.run / ".s.PGSQL.5432.lock").write_text(f"{unrelated.pid}\n{cluster.data}\n")
            with server(var, "recycled") as admin:
                assert _one(admin._url, "SELECT 1") == 1
            assert unrelated.poll() is None
            unrelated.kill()

    def test_a_long_path(self, open_folder: Path) -> None:
        """A checkout may lie deeper than a socket's address can say."""
        deep = open_folder / ("deep-" + "x" * 100) / "var, with a comma"
        deep.mkdir(parents=True)
        with server(deep, "deep") as admin:
            assert _one(admin.create_database("sluicegate_deep").app_url, "SELECT 1") == 1

    def test_lost_passwords_are_said_plainly(self, var: Path) -> None:
        """Without its passwords a cluster is of no use, and is not silently replaced."""
        with server(var, "lost"):
            pass
        _cluster(var, "lost").secrets.unlink()
        with (
            pytest.raises(PostgresError, match=r"secrets\.json is lost.*Remove .*DATABASE_URL"),
            server(var, "lost"),
        ):
            pass


class TestStanding:
    """As which user it runs, and what it leaves alone."""

    @_as_root
    @_with_namespaces
    def test_root_below_a_closed_folder(self, tmp_path: Path) -> None:
        """Root's checkout below a folder that only root enters: it runs unprivileged, and no permission changes."""
        closed = tmp_path / "closed"
        var = closed / "checkout" / "var"
        var.mkdir(parents=True)
        closed.chmod(0o700)
        before = _permissions(var)
        with server(var, "closed") as admin:
            assert _one(admin.create_database("sluicegate_closed").app_url, "SELECT 1") == 1
            assert Path(f"/proc/{_pid_of(_cluster(var, 'closed'))}").stat().st_uid == _NOBODY
        assert _permissions(var) == before
        assert _wait_until_gone(var)

    @_as_root
    def test_root_without_namespaces_is_told_why(self, tmp_path: Path) -> None:
        """In a container that refuses mounts the way out is named: one line, exit code 2, no traceback."""
        tmp_path.chmod(0o700)
        dropped = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
        asked = _finished([*dropped, *_module("--var", str(tmp_path), "check")])
        assert asked.returncode == 2
        assert len(asked.stderr.splitlines()) == 1
        assert "cannot enter" in asked.stderr
        assert "DATABASE_URL" in asked.stderr

    def test_an_open_folder_needs_no_namespace(self, admin: Administration, open_folder: Path) -> None:
        """Where the server's user can enter, nothing special is done; as an ordinary user it is that user."""
        uid = _NOBODY if os.geteuid() == 0 else os.geteuid()
        assert f"as uid {uid}, in {open_folder.resolve()}" in admin.description
        assert Path(f"/proc/{_pid_of(_cluster(open_folder / 'var', 'shared'))}").stat().st_uid == uid

    @_as_root
    @_with_namespaces
    def test_an_ordinary_user_needs_nothing(self, open_folder: Path) -> None:
        """No privilege is needed: here a user without any makes, uses and ends a server in a folder of its own."""
        var = open_folder / "ordinary"
        var.mkdir(mode=0o700)
        os.chown(var, _NOBODY, _NOBODY)
        asked = _finished([*_as_ordinary_user(), "--var", str(var), "check"])
        assert (asked.returncode, asked.stderr) == (0, "")
        assert f"as uid {_NOBODY}, in" in asked.stdout
        assert _wait_until_gone(var)

    @_as_root
    @_with_namespaces
    def test_an_ordinary_user_is_told_what_is_not_writable(self, open_folder: Path) -> None:
        """A var/ that root made is said in one line."""
        var = open_folder / "roots"
        var.mkdir(mode=0o755)
        asked = _finished([*_as_ordinary_user(), "--var", str(var), "check"])
        assert asked.returncode == 2
        assert len(asked.stderr.splitlines()) == 1
        assert "pg-check cannot be made (Permission denied)" in asked.stderr

    @_as_root
    def test_another_users_cluster_is_left_alone(self, tmp_path: Path) -> None:
        """Root does not take over the cluster that an ordinary user made, which that user could then not use."""
        folder = _cluster(tmp_path, "theirs").folder
        folder.mkdir()
        os.chown(folder, 1234, 1234)
        with pytest.raises(PostgresError, match="made by another user"), server(tmp_path, "theirs"):
            pass


class TestExternal:
    """With DATABASE_URL in the environment no server is started."""

    @pytest.fixture
    def elsewhere(self, admin: Administration) -> str:
        """A login of a server that is not ours to end, with no more rights than it needs."""
        with psycopg.connect(admin._url) as connection:
            connection.execute("DROP ROLE IF EXISTS deputy")
            connection.execute("CREATE ROLE deputy LOGIN CREATEDB CREATEROLE PASSWORD 'of the deputy'")
            connection.execute("GRANT CONNECT ON DATABASE postgres TO deputy")
        return url_for(conninfo_to_dict(admin._url), "deputy", "of the deputy", "postgres")

    def test_the_same_databases_on_another_server(
        self, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, admin: Administration
    ) -> None:
        """A login with CREATEDB and CREATEROLE is enough, and the roles are guarded the same."""
        monkeypatch.setenv("DATABASE_URL", elsewhere)
        with server(tmp_path, "unused") as external:
            made = external.create_database("elsewhere")
            assert external.create_database("elsewhere", fresh=True) == made
            clone = external.clone_database(made, "elsewhere_2")
            assert _one(clone.app_url, "SELECT current_user") == "elsewhere_app"
            with psycopg.connect(clone.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TEMPORARY TABLE mine ()")
            with psycopg.connect(clone.app_url):
                external.drop_database(clone.name)
            external.drop_database(made.name)
        assert [path.name for path in tmp_path.glob("*.json")] == ["external-secrets.json"]
        assert not (tmp_path / "pg-unused").exists()
        with psycopg.connect(admin._url) as connection:
            connection.execute("DROP ROLE elsewhere_app, elsewhere_owner")

    def test_a_login_without_the_rights_is_told_which(
        self, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The application's own URL is the likeliest mistake."""
        monkeypatch.setenv("DATABASE_URL", database.app_url)
        with pytest.raises(PostgresError, match="needs CREATEDB and CREATEROLE"), server(tmp_path, "unused"):
            pass

    @pytest.mark.parametrize("url", ["postgres//user:hidden@host/db", "postgresql://user:hidden@/db?host=/nowhere"])
    def test_an_unusable_url_does_not_show_its_password(
        self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """libpq repeats what it could not read."""
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(PostgresError) as raised, server(tmp_path, "unused"):
            pass
        assert "hidden" not in str(raised.value)


class TestCommandLine:
    """`python -m registry.postgres run … -- COMMAND…`."""

    def test_gives_the_command_its_logins_and_passes_its_exit_code_on(self, var: Path) -> None:
        """What make and CI build upon."""
        script = "import os; print(os.environ['DATABASE_URL'], os.environ['DATABASE_OWNER_URL']); raise SystemExit(7)"
        with _running_command(var, [sys.executable, "-c", script]) as command:
            said, _ = command.communicate(timeout=20)
        assert command.returncode == 7
        users = [conninfo_to_dict(url)["user"] for url in said.split()]
        assert users == ["sluicegate_killed_app", "sluicegate_killed_owner"]
        assert _wait_until_gone(var)

    @pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
    def test_passes_signals_on(self, var: Path, sent: signal.Signals) -> None:
        """The command may end its own way, and the server is there until it has."""
        script = (
            f"import signal, sys, time; signal.signal({int(sent)}, lambda *_: sys.exit(5))\n"
            "print('up', flush=True); time.sleep(60)"
        )
        with _running_command(var, [sys.executable, "-c", script]) as command:
            assert command.stdout
            assert command.stdout.readline() == "up\n"
            command.send_signal(sent)
            assert command.wait(timeout=20) == 5
        assert _wait_until_gone(var)

    def test_no_such_command(self, var: Path) -> None:
        """A misspelt command is said in one line, and the server ends."""
        with _running_command(var, ["no-such-command"]) as command:
            _, said = command.communicate(timeout=20)
        assert command.returncode == 2
        assert said.startswith("registry.postgres: no-such-command cannot be run: ")
        assert len(said.splitlines()) == 1
        assert _wait_until_gone(var)


def _finished(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, cwd=_CHECKOUT, capture_output=True, text=True)


def _as_ordinary_user() -> list[str]:
    """The module, run without any privilege; root's interpreter and checkout may lie where that user cannot enter."""
    seen = {"python": Path(sys.base_prefix), "site": Path(psycopg.__file__).parents[1], "checkout": _CHECKOUT}
    mounts = [f"mkdir /mnt/{name}; mount --bind '{path}' /mnt/{name}" for name, path in seen.items()]
    script = "; ".join(["mount -t tmpfs -o mode=755 tmpfs /mnt", *mounts, 'cd /; exec "$@"'])
    ordinary = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--inh-caps=-all"]
    clean = ["env", "-i", f"PATH={os.defpath}", "PYTHONPATH=/mnt/checkout:/mnt/site", "PYTHONDONTWRITEBYTECODE=1"]
    clean.append("LD_LIBRARY_PATH=/mnt/python/lib")  # of an interpreter that was built with a shared library
    python = f"/mnt/python/bin/python3.{sys.version_info.minor}"
    namespace = ["unshare", "--mount", "--propagation", "private", "--", "sh", "-euc", script, "sh"]
    return [*namespace, *ordinary, *clean, python, "-m", "registry.postgres"]


def _module(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "registry.postgres", *arguments]


@contextmanager
def _running_command(var: Path, command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """The command line's `run`, once the command has its database."""
    asked = _module("--var", str(var), "run", "--purpose", "killed", "--database", "sluicegate_killed", "--", *command)
    pipe = subprocess.PIPE
    with subprocess.Popen(asked, cwd=_CHECKOUT, stdout=pipe, stderr=pipe, text=True) as process:
        deadline = time.monotonic() + 20
        while process.poll() is None and not _children_of(process.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield process


def _children_of(pid: int) -> list[str]:
    """The running commands that a process started, its keeper aside."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _permissions(folder: Path) -> list[tuple[str, int, int, int]]:
    statuses = [(str(path), path.stat()) for path in (folder, *folder.parents)]
    return [(name, status.st_mode, status.st_uid, status.st_gid) for name, status in statuses]
