"""Second factors: each code once, none older than the last, five wrong ones and then a pause, and never a robot's."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction

from expectations.models import TotpCounter
from expectations.refusal import ChangeRefused
from expectations.second_factor import (
    Factor,
    check_new_secret,
    check_sign_in,
    check_totp,
    codes,
    has_second_factor,
)
from registry.models import Account, Package
from verification.reasons import Reason

pytestmark = pytest.mark.django_db

NOW_STEP = 60_000_000
"""The step at which these tests begin; they set the clock and never wait."""


class Clock:
    """The time that second factors are judged by."""

    def __init__(self) -> None:
        """Begin in the middle of NOW_STEP."""
        self.now = float(NOW_STEP * 30 + 15)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock to set."""
    clock = Clock()
    monkeypatch.setattr(codes, "_now", lambda: clock.now)
    return clock


@pytest.fixture
def alice() -> Account:
    """A person's account without a second factor."""
    return Account.objects.create_person("alice", email="alice@example.org", password="correct horse battery")


@pytest.fixture
def secret(alice: Account) -> str:
    """The secret of an authenticator that alice has added."""
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    return str(secret)


def code_at(secret: str, step: int) -> str:
    """The code that an authenticator app shows in a step."""
    return str(format_hotp_value(hotp_value(secret, step)))


def wrong_code(secret: str) -> str:
    """A code that fits no step near the present."""
    near = {code_at(secret, step) for step in range(NOW_STEP - 5, NOW_STEP + 100)}
    return next(f"{guess:06}" for guess in range(1000) if f"{guess:06}" not in near)


def refusal(check: Any, *args: Any) -> ChangeRefused:
    """The refusal that a check raises."""
    with pytest.raises(ChangeRefused) as caught:
        check(*args)
    return caught.value


def test_rfc_6238_appendix_b() -> None:
    """The test vectors of RFC 6238, cut to six digits: the internals that we lean on still compute what they did."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    vectors = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: code_at(secret, at // 30) for at in vectors} == vectors


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_a_code_of_this_step_or_a_neighbour_is_taken(alice: Account, secret: str, clock: Clock, drift: int) -> None:
    step = NOW_STEP + drift
    assert check_totp(alice, code_at(secret, step)) == Factor("totp", f"step {step} attested by the server alone")
    assert TotpCounter.objects.get(account=alice).last_step == step


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_code_further_off_is_wrong(alice: Account, secret: str, clock: Clock, drift: int) -> None:
    assert refusal(check_totp, alice, code_at(secret, NOW_STEP + drift)).reason is Reason.SECOND_FACTOR_WRONG


def test_a_code_typed_with_a_space_is_taken(alice: Account, secret: str, clock: Clock) -> None:
    code = code_at(secret, NOW_STEP)
    assert check_totp(alice, f" {code[:3]} {code[3:]} ").kind == "totp"


@pytest.mark.parametrize("code", ["", "      ", "\u0660" * 6, "1", "0" * 400, "\x00" * 6])
def test_what_is_no_code_is_wrong(alice: Account, secret: str, clock: Clock, code: str) -> None:
    assert refusal(check_totp, alice, code).reason is Reason.SECOND_FACTOR_WRONG


def test_no_code_works_twice(alice: Account, secret: str, clock: Clock) -> None:
    check_totp(alice, code_at(secret, NOW_STEP))
    assert refusal(check_totp, alice, code_at(secret, NOW_STEP)).reason is Reason.SECOND_FACTOR_WRONG


def test_an_older_code_never_works_after_a_newer_one(alice: Account, secret: str, clock: Clock) -> None:
    check_totp(alice, code_at(secret, NOW_STEP + 1))
    for step in (NOW_STEP - 1, NOW_STEP):
        assert refusal(check_totp, alice, code_at(secret, step)).reason is Reason.SECOND_FACTOR_WRONG


def test_a_code_that_signed_in_never_decides(alice: Account, secret: str, clock: Clock) -> None:
    assert check_sign_in(alice, code_at(secret, NOW_STEP)).type == "totp"
    assert refusal(check_totp, alice, code_at(secret, NOW_STEP)).reason is Reason.SECOND_FACTOR_WRONG


def test_a_code_that_enrolled_never_decides(alice: Account, clock: Clock) -> None:
    secret = generate_totp_secret()
    check_new_secret(alice, secret, code_at(secret, NOW_STEP))
    TOTP.activate(alice, secret)
    assert refusal(check_totp, alice, code_at(secret, NOW_STEP)).reason is Reason.SECOND_FACTOR_WRONG
    assert check_totp(alice, code_at(secret, NOW_STEP + 1)).kind == "totp"


def test_a_new_authenticator_does_not_turn_the_counter_back(alice: Account, secret: str, clock: Clock) -> None:
    check_totp(alice, code_at(secret, NOW_STEP + 1))
    Authenticator.objects.filter(user=alice).delete()
    other = generate_totp_secret()
    assert refusal(check_new_secret, alice, other, code_at(other, NOW_STEP)).reason is Reason.SECOND_FACTOR_WRONG


def test_another_persons_code_is_wrong(alice: Account, secret: str, clock: Clock) -> None:
    bob = Account.objects.create_person("bob", email="bob@example.org", password=None)
    TOTP.activate(bob, generate_totp_secret())
    assert refusal(check_totp, bob, code_at(secret, NOW_STEP)).reason is Reason.SECOND_FACTOR_WRONG


def test_after_five_wrong_codes_even_the_right_one_waits(alice: Account, secret: str, clock: Clock) -> None:
    for _ in range(5):
        assert refusal(check_totp, alice, wrong_code(secret)).detail == ""
    refused = refusal(check_totp, alice, code_at(secret, NOW_STEP))
    assert refused.reason is Reason.SECOND_FACTOR_WRONG
    assert "15 min" in refused.detail
    clock.now += 14 * 60
    assert refusal(check_totp, alice, code_at(secret, NOW_STEP + 28)).reason is Reason.SECOND_FACTOR_WRONG
    clock.now += 61
    assert check_totp(alice, code_at(secret, NOW_STEP + 30)).kind == "totp"


def test_a_right_code_in_between_does_not_give_back_the_wrong_ones(alice: Account, secret: str, clock: Clock) -> None:
    for _ in range(4):
        refusal(check_totp, alice, wrong_code(secret))
    check_totp(alice, code_at(secret, NOW_STEP))
    refusal(check_totp, alice, wrong_code(secret))
    assert refusal(check_totp, alice, code_at(secret, NOW_STEP + 1)).detail


def test_sending_a_used_code_again_counts_as_no_guess(alice: Account, secret: str, clock: Clock) -> None:
    check_totp(alice, code_at(secret, NOW_STEP))
    for _ in range(6):
        refusal(check_totp, alice, code_at(secret, NOW_STEP))
    assert check_totp(alice, code_at(secret, NOW_STEP + 1)).kind == "totp"


def test_wrong_recovery_codes_count_as_well(alice: Account, secret: str, clock: Clock) -> None:
    RecoveryCodes.activate(alice)
    for _ in range(5):
        refusal(check_sign_in, alice, "no-such-code")
    assert refusal(check_totp, alice, code_at(secret, NOW_STEP)).detail


def test_a_recovery_code_signs_in_once_and_never_decides(alice: Account, secret: str, clock: Clock) -> None:
    code = RecoveryCodes.activate(alice).get_unused_codes()[0]
    assert refusal(check_totp, alice, code).reason is Reason.SECOND_FACTOR_WRONG
    assert check_sign_in(alice, code).type == "recovery_codes"
    assert refusal(check_sign_in, alice, code).reason is Reason.SECOND_FACTOR_WRONG


def test_without_an_authenticator_it_is_missing(alice: Account, clock: Clock) -> None:
    RecoveryCodes.activate(alice)
    assert not has_second_factor(alice)
    assert refusal(check_totp, alice, "123456").reason is Reason.SECOND_FACTOR_MISSING


def test_a_deactivated_account_has_none(alice: Account, secret: str, clock: Clock) -> None:
    assert has_second_factor(alice)
    Account.objects.filter(pk=alice.pk).update(is_active=False)
    assert alice.is_active, "the object at hand does not know yet"
    assert not has_second_factor(alice)
    assert refusal(check_totp, alice, code_at(secret, NOW_STEP)).reason is Reason.SECOND_FACTOR_MISSING


def test_a_robot_has_none(alice: Account, clock: Clock) -> None:
    assert alice.person is not None
    package = Package.objects.create(name="widget", display_name="widget", created_by=alice.person)
    robot = Account.objects.create_robot("widget-robot", package=package)
    secret = generate_totp_secret()
    TOTP.activate(robot, secret)
    assert not has_second_factor(robot)
    assert refusal(check_totp, robot, code_at(secret, NOW_STEP)).reason is Reason.SECOND_FACTOR_MISSING


def test_allauths_bypass_code_opens_nothing(alice: Account, secret: str, clock: Clock, settings: Any) -> None:
    settings.DEBUG = True
    settings.MFA_TOTP_INSECURE_BYPASS_CODE = "424242"
    assert refusal(check_totp, alice, "424242").reason is Reason.SECOND_FACTOR_WRONG
    assert refusal(check_sign_in, alice, "424242").reason is Reason.SECOND_FACTOR_WRONG


def test_the_counter_is_raised_by_one_of_two_who_come_at_once(alice: Account, clock: Clock) -> None:
    """Both have judged the code by then; the row decides."""
    assert codes._raise_counter(alice, NOW_STEP)
    assert not codes._raise_counter(alice, NOW_STEP)
    assert not codes._raise_counter(alice, NOW_STEP - 1)


def test_no_transaction_around_it_can_take_a_wrong_code_back(alice: Account, secret: str, clock: Clock) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        check_totp(alice, code_at(secret, NOW_STEP))
