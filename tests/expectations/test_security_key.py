"""Decisions by a security key: trust rules, "Two people" 3, and every way to answer that is not one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connection, transaction

from expectations import actions
from expectations.models import AuditLeaf, Decision, Proposal, Voice
from expectations.models import SecurityKey as KeyRow
from expectations.refusal import ChangeRefused
from expectations.second_factor import Factor, has_second_factor, webauthn
from registry.models import Account
from tests.support.rows import new_account
from tests.support.security_key import BS, UP, UV, SecurityKey, challenge_of, enrol
from tests.support.voices import Council, new_council
from verification.decision import check_decision, decision_challenge, parse_kept
from verification.reasons import Reason
from verification.strict_base64 import decode_url, encode_url
from verification.webauthn import AssertionInvalid

pytestmark = pytest.mark.django_db

DIGEST = "ab" * 32
OTHER = "cd" * 32


@pytest.fixture
def alice() -> Account:
    """A person's account."""
    return new_account("alice")


@pytest.fixture
def key(alice: Account) -> SecurityKey:
    """Her key."""
    return enrol(alice)


def check(account: Account, answer: str, voice: Voice = Voice.APPROVE, digest: str = DIGEST) -> Factor:
    return webauthn.check_decision_key(account, answer, voice=voice, digest=digest)


def refused(account: Account, answer: str, **about: Any) -> ChangeRefused:
    with pytest.raises(ChangeRefused) as caught:
        check(account, answer, **about)
    return caught.value


def test_the_challenge_is_of_voice_and_digest_alone() -> None:
    """The rule to the letter, so that anybody can compute it: the vector is by sha256sum."""
    written = b'sluicegate-decision-v1\n{"digest":"' + DIGEST.encode() + b'","voice":"approve"}'
    assert decision_challenge("approve", DIGEST) == hashlib.sha256(written).digest()


def test_a_decision_is_kept_so_that_anybody_can_check_it(alice: Account, key: SecurityKey) -> None:
    factor = check(alice, key.decide(DIGEST))
    assert factor.kind == "webauthn"
    kept = parse_kept(factor.assertion)
    assert kept.public_key == key.public_key
    assert check_decision(kept, voice="approve", digest=DIGEST) == 1
    for voice, digest in (("reject", DIGEST), ("approve", OTHER)):
        with pytest.raises(AssertionInvalid, match="another challenge"):
            check_decision(kept, voice=voice, digest=digest)


def test_another_digests_assertion(alice: Account, key: SecurityKey) -> None:
    assert "another challenge" in refused(alice, key.decide(OTHER)).detail


def test_another_voices_assertion(alice: Account, key: SecurityKey) -> None:
    """Who rejects cannot be made to approve."""
    assert "another challenge" in refused(alice, key.decide(DIGEST, Voice.REJECT)).detail


def test_another_persons_key(alice: Account, key: SecurityKey) -> None:
    bob = new_account("bob")
    enrol(bob)
    assert "not one of this account's" in refused(bob, key.decide(DIGEST)).detail


def test_another_key_under_this_ones_name(alice: Account, key: SecurityKey) -> None:
    forged = SecurityKey(credential=key.credential)
    assert "signature" in refused(alice, forged.decide(DIGEST)).detail


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"flags": UP}, "did not ask who uses it"),
        ({"flags": UV}, "Nobody touched"),
        ({"flags": UP | UV | BS}, "contradicts itself"),
        ({"rp_id": "example.org"}, "another site"),
        ({"origin": "http://localhost:9000"}, "another site"),
        ({"origin": "http://evil.localhost:8000"}, "another site"),
        ({"origin": "https://localhost:8000"}, "another site"),
        ({"client_extra": {"crossOrigin": True}}, "within a page"),
        ({"client_extra": {"crossOrigin": 1}}, "within a page"),
        ({"client_extra": {"topOrigin": "https://evil.example"}}, "within a page"),
    ],
)
def test_what_no_honest_browser_and_key_answer(
    alice: Account, key: SecurityKey, change: dict[str, Any], told: str
) -> None:
    """All of it really signed by the right key: the signature is not what is wrong."""
    refusal = refused(alice, replace(key, **change).decide(DIGEST))
    assert refusal.reason is Reason.ASSERTION_INVALID
    assert told in refusal.detail


def test_a_registration_is_no_assertion(alice: Account, key: SecurityKey) -> None:
    answer = key.sign(decision_challenge("approve", DIGEST), kind="webauthn.create")
    assert "something else" in refused(alice, answer).detail


def test_a_changed_counter_breaks_the_signature(alice: Account, key: SecurityKey) -> None:
    answer = json.loads(key.decide(DIGEST))
    data = decode_url(answer["response"]["authenticatorData"])
    answer["response"]["authenticatorData"] = encode_url(data[:-1] + b"\x09")
    assert "signature" in refused(alice, json.dumps(answer)).detail


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"rawId": 1}',
        '{"rawId": "AA", "response": {}}',
        "x" * 20_000,
        '{"a":1,"a":2}',
        "[" * 3000,
    ],
)
def test_what_is_no_answer(alice: Account, key: SecurityKey, answer: str) -> None:
    assert refused(alice, answer).reason is Reason.ASSERTION_INVALID


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
@pytest.mark.parametrize("value", ["", "AA", "A", "A===", "++", "!", encode_url(b"\xff" * 37), encode_url(b"{}")])
def test_a_mangled_part(alice: Account, key: SecurityKey, part: str, value: str) -> None:
    answer = json.loads(key.decide(DIGEST))
    answer["response"][part] = value
    assert refused(alice, json.dumps(answer)).reason is Reason.ASSERTION_INVALID


# The counter (WebAuthn 7.2 step 22): fido2 leaves it to us


def test_it_rises(alice: Account, key: SecurityKey) -> None:
    for count in (1, 2, 3):
        check(alice, key.decide(DIGEST))
        assert KeyRow.objects.get(account=alice).sign_count == count


def test_the_same_assertion_again_counts_no_further(alice: Account, key: SecurityKey) -> None:
    answer = key.decide(DIGEST)
    check(alice, answer)
    assert refused(alice, answer).reason is Reason.SECURITY_KEY_CLONED


def test_a_cloned_key_is_found_by_the_one_that_is_behind(alice: Account, key: SecurityKey) -> None:
    clone = replace(key)
    for _ in range(2):
        check(alice, key.decide(DIGEST))
    refusal = refused(alice, clone.decide(DIGEST))
    assert refusal.reason is Reason.SECURITY_KEY_CLONED
    assert "there may be a copy" in str(refusal)


def test_a_key_that_counted_once_never_answers_zero(alice: Account, key: SecurityKey) -> None:
    check(alice, key.decide(DIGEST))
    assert refused(alice, replace(key, counter=0, counts=False).decide(DIGEST)).reason is Reason.SECURITY_KEY_CLONED


def test_a_passkey_that_never_counts_is_taken(alice: Account) -> None:
    passkey = enrol(alice, SecurityKey(counts=False))
    for _ in range(2):
        assert check(alice, passkey.decide(DIGEST)).kind == "webauthn"


def test_a_wrong_answer_raises_nothing(alice: Account, key: SecurityKey) -> None:
    refused(alice, replace(key, counter=1000).decide(OTHER))
    assert KeyRow.objects.get(account=alice).sign_count == 0


def test_the_database_lets_it_only_rise(alice: Account, key: SecurityKey) -> None:
    check(alice, key.decide(DIGEST))
    for change in ("sign_count = 0", "sign_count = 1", "public_key = 'other', sign_count = 9"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE expectations_securitykey SET {change}")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM expectations_securitykey")


class TestEnrolment:
    """What a key has to show to become one."""

    def test_it_is_a_second_factor_and_in_the_log(self, alice: Account) -> None:
        assert not has_second_factor(alice)
        key = enrol(alice)
        assert has_second_factor(alice)
        leaf = json.loads(AuditLeaf.objects.order_by("-index")[0].leaf)
        assert leaf["event"] == "security-key-known"
        assert (leaf["credential"], leaf["public_key"]) == (encode_url(key.credential), encode_url(key.public_key))
        assert leaf["person"] == str(alice.person_id)

    @pytest.mark.parametrize(
        "change",
        [{"flags": UP}, {"rp_id": "example.org"}, {"origin": "http://evil.localhost:8000"}, {"credential": b""}],
    )
    def test_not_by_a_wrong_answer(self, alice: Account, change: dict[str, Any]) -> None:
        with pytest.raises(ChangeRefused) as caught:
            enrol(alice, SecurityKey(**change))
        assert caught.value.reason is Reason.ASSERTION_INVALID
        assert not has_second_factor(alice)

    def test_a_page_is_used_once(self, alice: Account) -> None:
        session: Any = {}
        made = SecurityKey().register(challenge_of(webauthn.ask_for_new(session, alice)))
        webauthn.check_new(session, made)
        with pytest.raises(ChangeRefused, match="used before"):
            webauthn.check_new(session, made)

    def test_nobody_registers_a_key_of_anothers(self, alice: Account, key: SecurityKey) -> None:
        with pytest.raises(ChangeRefused, match="registered already"):
            enrol(new_account("bob"), key)

    def test_a_removed_key_decides_no_more_and_never_comes_back(self, alice: Account, key: SecurityKey) -> None:
        Authenticator.objects.filter(user=alice).delete()
        told = [json.loads(leaf.leaf)["event"] for leaf in AuditLeaf.objects.order_by("-index")[:2]]
        assert "security-key-forgotten" in told
        assert refused(alice, key.decide(DIGEST)).reason is Reason.SECOND_FACTOR_MISSING
        with pytest.raises(ChangeRefused, match="registered already"):
            enrol(alice, key)

    def test_no_key_is_known_without_an_authenticator(self, alice: Account) -> None:
        """Raw SQL as the application's role: a key that skips the wait of who changes a factor."""
        with pytest.raises(DatabaseError), transaction.atomic():
            KeyRow.objects.create(credential="AAAA", account=alice, public_key="AA", sign_count=0)

    def test_a_deactivated_account_has_none(self, alice: Account, key: SecurityKey) -> None:
        Account.objects.filter(pk=alice.pk).update(is_active=False)
        assert refused(alice, key.decide(DIGEST)).reason is Reason.SECOND_FACTOR_MISSING


class TestAnswersOfASession:
    """Signing in and changing factors: a random challenge, asked in this session, used once."""

    def test_right(self, alice: Account, key: SecurityKey) -> None:
        session: Any = {}
        answer = key.sign(challenge_of(webauthn.ask(session, alice)))
        assert webauthn.check_answer(session, alice, answer).user == alice
        with pytest.raises(ChangeRefused, match="used before"):
            webauthn.check_answer(session, alice, answer)

    def test_a_passkey_says_whose_it_is(self, alice: Account, key: SecurityKey) -> None:
        session: Any = {}
        answer = key.sign(challenge_of(webauthn.ask(session, None)))
        assert webauthn.check_answer(session, None, answer).user == alice

    def test_an_unknown_passkey(self) -> None:
        session: Any = {}
        answer = SecurityKey().sign(challenge_of(webauthn.ask(session, None)))
        with pytest.raises(ChangeRefused, match="No account has this key"):
            webauthn.check_answer(session, None, answer)

    def test_a_decision_is_no_sign_in(self, alice: Account, key: SecurityKey) -> None:
        session: Any = {}
        webauthn.ask(session, alice)
        with pytest.raises(ChangeRefused, match="another challenge"):
            webauthn.check_answer(session, alice, key.decide(DIGEST))


class TestOnAProposal:
    """Through the action: the voice that counts, and the one that is carried elsewhere."""

    @pytest.fixture
    def keys(self) -> dict[str, SecurityKey]:
        return {}

    @pytest.fixture
    def council(self, keys: dict[str, SecurityKey]) -> Council:
        return new_council(with_each=lambda account: keys.setdefault(account.username, enrol(account)))

    def give(self, proposal: Proposal, by: Account, answer: str) -> Any:
        factor = check(by, answer, digest=proposal.digest)
        return actions.decide(proposal, voice=Voice.APPROVE, digest=proposal.digest, by=by, factor=factor)

    def test_two_keys_put_it_in_force(self, council: Council, keys: dict[str, SecurityKey]) -> None:
        proposal = council.propose()
        for account in (council.ada, council.bob):
            version = self.give(proposal, account, keys[account.username].decide(proposal.digest))
        assert version == council.in_force()
        for decision in Decision.objects.filter(proposal=proposal):
            check_decision(parse_kept(decision.assertion), voice="approve", digest=proposal.digest)

    def test_not_on_another_proposal(self, council: Council, keys: dict[str, SecurityKey]) -> None:
        """The same content proposed again is another digest: an agreement to the first says nothing of it."""
        first = council.propose()
        answer = keys[council.ada.username].decide(first.digest)
        again = council.propose()
        assert first.content == again.content
        with pytest.raises(ChangeRefused, match="another challenge"):
            self.give(again, council.ada, answer)

    def test_not_twice_on_the_same(self) -> None:
        """There is no nonce: who decides once on a digest has decided, whatever a copied assertion says."""
        keys: dict[str, SecurityKey] = {}
        council = new_council(with_each=lambda account: keys.update({account.username: enrol(account, passkey())}))
        proposal = council.propose()
        answer = keys[council.ada.username].decide(proposal.digest)
        self.give(proposal, council.ada, answer)
        with pytest.raises(ChangeRefused) as caught:
            self.give(proposal, council.ada, answer)
        assert caught.value.reason is Reason.ALREADY_DECIDED
        assert proposal.decisions.count() == 1


def passkey() -> SecurityKey:
    """A key that keeps no count, as passkeys that are on several devices do."""
    return SecurityKey(counts=False)
