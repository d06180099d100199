"""``manage.py verify_audit`` and the consumer's check: an honest log proves itself, and a tampered one is found out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

from expectations import actions, closing, trusted
from expectations.audit_lines import lines
from expectations.documents import PackageState, Status
from expectations.documents.policy import DEFAULT_POLICY
from expectations.models import Decision, Voice
from expectations.second_factor import Factor, webauthn
from registry.models import Account, Package
from registry.postgres import Database
from registry.postgres.urls import url_of_database
from registry.settings import database_from_url
from tests.support.agreement import steward
from tests.support.security_key import SecurityKey, enrol
from tests.support.stewards import STEWARDS
from tests.support.voices import new_council
from verification.audit_log import AuditCheck, Flaw, Line
from verification.canonical import canonical, parse_strict, sha256_hex
from verification.client.commands import main
from verification.decision import CLOSE, KeptAssertion, decision_challenge
from verification.webauthn import read_response

pytestmark = pytest.mark.django_db

POLICY = parse_strict(replace(DEFAULT_POLICY, proposal_days=20).canonical)


@pytest.fixture(scope="module", autouse=True)
def _as_owner(django_db_setup: None, django_db_blocker: Any, template: Database, slot: int) -> Iterator[None]:
    """Who owns the tables can switch their guards off: the log is what finds that out."""
    own = connections["default"]
    before = dict(own.settings_dict)
    with django_db_blocker.unblock():
        own.close()
    own.settings_dict.update(database_from_url(url_of_database(template.owner_url, f"sluicegate_test_{slot}")))
    with pytest.MonkeyPatch.context() as here_alone:
        # Anywhere else a connection of this name is refused to the owner.
        here_alone.setattr("registry.database.base.APPLICATION", "another")
        yield
    with django_db_blocker.unblock():
        own.close()
    own.settings_dict.update(before)


class Story:
    """A registry whose people have decided: by code and by key, about a package and about the registry."""

    def __init__(self) -> None:
        self.keys: dict[str, SecurityKey] = {}
        for name in STEWARDS:
            self.enrol(steward(name))
        self.council = new_council(with_each=self.enrol)
        self.first = self.council.propose()
        self.decide(self.first, self.council.ada)
        self.council.decide(self.first, self.council.bob)
        self.second = actions.propose(trusted.policy(), content=POLICY, reason="Longer.", by=steward())
        for name in STEWARDS[:2]:
            self.decide(self.second, steward(name))
        asked = closing.following(self.council.package, Status(PackageState.FROZEN, "Stolen."))
        factor = closing.factor_of(steward(), asked, self.keys[steward().username].sign(close_challenge(asked.digest)))
        close(self.council.package, steward(), factor, number=asked.number)

    def enrol(self, account: Account) -> None:
        """Give an account a key."""
        self.keys[account.username] = enrol(account)

    def decide(self, proposal: Any, by: Account) -> None:
        """Agree to a proposal by key."""
        answer = self.keys[by.username].decide(proposal.digest)
        factor = webauthn.check_decision_key(by, answer, voice=Voice.APPROVE, digest=proposal.digest)
        actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=by, factor=factor)


def close_challenge(digest: str) -> bytes:
    """What a key signs to close a package."""
    return decision_challenge(CLOSE, digest)


def close(package: Package, by: Account, factor: Factor, **about: Any) -> None:
    """Freeze a package."""
    actions.close_package(package, state=PackageState.FROZEN, note="Stolen.", by=by, factor=factor, **about)


def verify() -> tuple[int, dict[str, Any]]:
    """Run the command; return its exit code and what it found."""
    out = io.StringIO()
    try:
        call_command("verify_audit", "--json", stdout=out)
    except SystemExit as end:
        return int(end.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


@pytest.fixture
def story() -> Story:
    """An honest registry."""
    return Story()


def check(log: list[Line]) -> list[Flaw]:
    """What the consumer's check finds in a log."""
    checking = AuditCheck()
    for line in log:
        checking.feed_text(line.written())
    return [finding.flaw for finding in checking.report().findings]


def tamper(statement: str, *values: Any) -> None:
    """Change rows with their guards switched off, as only the tables' owner can."""
    table = next(word for word in statement.split() if word.startswith("expectations_"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def flaws() -> set[str]:
    """What the command finds; it has to exit with 1."""
    code, found = verify()
    assert code == 1
    return {finding["flaw"] for finding in found["findings"]}


class TestAnHonestLog:
    """Nothing is wrong with it, here and wherever it is downloaded to."""

    def test_the_command_says_so(self, story: Story) -> None:
        code, found = verify()
        assert (code, found["findings"]) == (0, [])
        assert found["decisions"] == {"webauthn": 4, "totp": 1}
        assert found["attested_by_the_server_alone"] == 1

    def test_in_words(self, story: Story) -> None:
        out = io.StringIO()
        call_command("verify_audit", stdout=out)
        assert "1 decision by totp codes, attested by the server alone." in out.getvalue()
        assert "4 decisions by security keys, whose assertions were checked again." in out.getvalue()
        assert "Nothing is wrong." in out.getvalue()

    def test_who_downloads_it_finds_the_same(
        self, story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answer = Client().get("/audit/log.jsonl")
        log = tmp_path / "log.jsonl"
        log.write_bytes(answer.getvalue())
        assert main(["audit", str(log)]) == 0
        assert "Nothing is wrong." in capsys.readouterr().out
        log.write_bytes(log.read_bytes().replace(b"approve", b"reject!"))
        assert main(["audit", str(log), "--json"]) == 1
        assert main(["audit", str(tmp_path / "none")]) == 2


# Rows that were tampered with, by whoever owns the database, with the guards off


def test_a_changed_leaf(story: Story) -> None:
    tamper(
        "UPDATE expectations_auditleaf SET leaf = replace(leaf, 'proposed', 'proposeD') WHERE index = (SELECT min(index) "
        'FROM expectations_auditleaf WHERE leaf LIKE \'%%"event":"proposed"%%\')'
    )
    assert {"hash-wrong", "decision-without-proposal", "activated-without-proposal"} <= flaws()


def test_a_leaf_taken_out(story: Story) -> None:
    tamper("DELETE FROM expectations_auditleaf WHERE index = 5")
    assert "number-gap" in flaws()


def test_a_decision_taken_out(story: Story) -> None:
    tamper("DELETE FROM expectations_decision WHERE id = (SELECT min(id) FROM expectations_decision)")
    assert {"leaf-without-row", "text-missing"} <= flaws()


def test_an_assertion_swapped_for_anothers(story: Story) -> None:
    one, other = Decision.objects.exclude(assertion="").order_by("pk")[:2]
    tamper("UPDATE expectations_decision SET assertion = %s WHERE id = %s", other.assertion, one.pk)
    assert "text-differs" in flaws()


def test_an_assertion_of_a_closing_taken_away(story: Story) -> None:
    """A closing by a key does not become one that the server alone attests."""
    tamper("UPDATE expectations_closing SET factor = 'totp', assertion = '' WHERE factor = %s", "webauthn")
    assert flaws() == {"row-differs", "text-missing", "assertion-invalid"}


def test_another_document_in_force(story: Story) -> None:
    tamper("UPDATE expectations_documentversion SET document = '{}' WHERE proposal_id = %s", story.first.pk)
    assert flaws() == {"row-differs"}


def test_a_version_that_nobody_agreed_to(story: Story) -> None:
    tamper(
        "INSERT INTO expectations_documentversion"
        " (kind, object, package_id, number, document, digest, source, activated_at)"
        " SELECT 'deletion', gen_random_uuid(), package_id, 1, '{}', encode(sha256('{}'), 'hex'), 'founding', now()"
        " FROM expectations_documentversion WHERE kind = 'roster'"
    )
    assert flaws() == {"row-without-leaf"}


def test_a_role_that_nobody_gave(story: Story) -> None:
    cleo = story.council.cleo.person_id
    tamper("UPDATE expectations_grant SET person_id = %s WHERE package_id IS NOT NULL AND role = 'maintainer'", cleo)
    assert flaws() == {"row-differs"}


def forge(
    story: Story, change: Callable[[dict[str, Any], dict[str, str]], None], event: str, number: int = -1
) -> list[Flaw]:
    """Rewrite one leaf, its hash and what it shows, as a wholly compromised registry could; return what is found."""
    log = list(lines())
    at = [line.index for line in log if json.loads(line.leaf)["event"] == event][number]
    leaf, shows = json.loads(log[at].leaf), dict(log[at].shows)
    change(leaf, shows)
    text = canonical(leaf)
    log[at] = replace(log[at], leaf=text.decode(), leaf_hash=sha256_hex(b"\0" + text), shows=shows)
    return check(log)


class TestLogsThatWereForged:
    """Leaves whose own hashes are right: what they tell does not fit together."""

    def test_an_honest_one_is_left_alone(self, story: Story) -> None:
        def nothing(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            pass

        assert forge(story, nothing, "decided") == []

    def test_a_voice_turned_around(self, story: Story) -> None:
        def turn(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            leaf["voice"] = "reject"

        assert {Flaw.ASSERTION_INVALID, Flaw.ACTIVATED_TOO_LATE, Flaw.ACTIVATED_WITHOUT_TWO} <= set(
            forge(story, turn, "decided")
        )

    def test_a_decision_by_a_key_of_the_forgers_own(self, story: Story) -> None:
        """The signature holds; the log never heard of the key."""
        digest = story.second.digest

        def sign(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            fresh = SecurityKey()
            kept = KeptAssertion(read_response(fresh.decide(digest)), fresh.public_key, webauthn.relying_party())
            shows["assertion"] = kept.canonical.decode()
            leaf["assertion"] = sha256_hex(kept.canonical)

        assert forge(story, sign, "decided") == [Flaw.KEY_UNKNOWN]

    def test_a_decision_about_the_registry_without_a_key(self, story: Story) -> None:
        def take(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            leaf.update(factor="totp", assertion=None)
            shows.clear()

        assert forge(story, take, "decided") == [Flaw.FACTOR_TOO_WEAK]

    def test_a_closing_by_a_key_of_the_forgers_own(self, story: Story) -> None:
        """The signature holds over this very closing; the log never heard of the key."""
        closed = closing.Closing(story.council.package, Status(PackageState.FROZEN, "Stolen."), 1)

        def sign(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            fresh = SecurityKey()
            answer = read_response(fresh.sign(close_challenge(closed.digest)))
            kept = KeptAssertion(answer, fresh.public_key, webauthn.relying_party())
            shows["assertion"] = kept.canonical.decode()
            leaf["assertion"] = sha256_hex(kept.canonical)

        assert forge(story, sign, "package-closed") == [Flaw.KEY_UNKNOWN]

    def test_a_closing_whose_note_was_changed(self, story: Story) -> None:
        """The key signed what everybody reads."""

        def rewrite(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            shows["document"] = shows["document"].replace("Stolen.", "Never mind.")
            leaf["digest"] = sha256_hex(shows["document"].encode())

        assert forge(story, rewrite, "package-closed") == [Flaw.ASSERTION_INVALID]

    def test_a_closing_for_another_package(self, story: Story) -> None:
        """What was signed for one package closes no other."""
        other = str(new_council("other").package.pk)

        def move(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            leaf["package"] = other

        assert forge(story, move, "package-closed") == [Flaw.ASSERTION_INVALID]

    def test_a_closing_that_opens(self, story: Story) -> None:
        """One person alone only closes."""

        def open_it(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            shows["document"] = shows["document"].replace("frozen", "active")
            leaf.update(digest=sha256_hex(shows["document"].encode()), state="active")

        assert set(forge(story, open_it, "package-closed")) == {Flaw.ASSERTION_INVALID, Flaw.ACTIVATED_WITHOUT_TWO}

    def test_a_closing_by_a_stranger(self, story: Story) -> None:
        def stranger(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            leaf.update(person=str(story.council.cleo.person_id), factor="totp", assertion=None)

        assert forge(story, stranger, "package-closed") == [Flaw.VOICE_NOT_ELIGIBLE]

    def test_one_person_twice(self, story: Story) -> None:
        first = story.council.ada

        def twice(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            leaf.update(person=str(first.person_id), account=first.pk)

        assert set(forge(story, twice, "decided", 1)) == {Flaw.DECISION_TWICE, Flaw.ACTIVATED_WITHOUT_TWO}

    def test_a_stranger_among_the_voices(self, story: Story) -> None:
        cleo = story.council.cleo

        def stranger(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            leaf["voices"] = [str(story.council.ada.person_id), str(cleo.person_id)]

        assert set(forge(story, stranger, "proposal-activated", 0)) == {
            Flaw.VOICE_NOT_ELIGIBLE,
            Flaw.ACTIVATED_WITHOUT_TWO,
            Flaw.PROPOSAL_DIFFERS,  # the next one was proposed when this leaf was the head
        }

    def test_other_content_in_force(self, story: Story) -> None:
        def other(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            leaf["digest"] = "ab" * 32

        assert Flaw.ACTIVATED_WITHOUT_PROPOSAL in forge(story, other, "proposal-activated")

    def test_other_content_under_the_same_agreement(self, story: Story) -> None:
        def other(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            shows["preimage"] = shows["preimage"].replace('"proposal_days":20', '"proposal_days":99')

        assert Flaw.TEXT_DIFFERS in forge(story, other, "proposed")

    def test_who_changed_a_factor_while_holding_a_role_does_not_count(self, story: Story) -> None:
        def late(leaf: dict[str, Any], shows: dict[str, str]) -> None:
            leaf["held_role"] = True

        log = [json.loads(line.leaf) for line in lines()]
        changes = [leaf for leaf in log if leaf["event"] == "factor-changed"]
        at = next(n for n, leaf in enumerate(changes) if leaf["person"] == str(story.council.ada.person_id))
        assert forge(story, late, "factor-changed", at) == [Flaw.VOICE_NOT_ELIGIBLE]

    def test_a_log_without_a_beginning(self, story: Story) -> None:
        log = list(lines())
        assert Flaw.BEGINNING_WRONG in check(log[1:])
        assert check([]) == [Flaw.BEGINNING_WRONG]

    @pytest.mark.parametrize(
        "text", ["", "null", "[]", "{", '{"index": true, "leaf": "", "leaf_hash": ""}', "[" * 9999]
    )
    def test_a_line_that_is_none(self, text: str) -> None:
        checking = AuditCheck()
        checking.feed_text(text)
        assert [finding.flaw for finding in checking.report().findings] == [Flaw.LINE_UNREADABLE]

    @pytest.mark.parametrize(
        "leaf", ["null", "{}", '{"at":1,"event":"decided"}', '{"event":"decided" }', '{"at":"x","event":[]}']
    )
    def test_a_leaf_that_is_none(self, leaf: str) -> None:
        checking = AuditCheck()
        checking.feed(Line(0, leaf, sha256_hex(b"\0" + leaf.encode()), {}))
        assert Flaw.LEAF_UNREADABLE in [finding.flaw for finding in checking.report().findings]
