"""Issue "Two people", "Told": who is told of what, by mail and by webhook, and what delivery can never do."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from expectations import actions, audit, queries, trusted
from expectations.documents import PackageState
from expectations.models import AuditLeaf
from registry.models import Account, Notice, Package, Refusal
from registry.notices.outbox import COLLECTED_FOR, RETRIES, collect, send_due
from registry.tokens import create_token
from tests.support.agreement import agree, roster, steward
from tests.support.people import Somebody
from tests.support.rows import Signing, accept, new_package
from tests.support.security_key import enrol
from tests.support.voices import FACTOR, Council, document, new_council

pytestmark = pytest.mark.django_db


@pytest.fixture
def council() -> Council:
    """A package with two maintainers; what came before is told already."""
    council = new_council()
    told()
    return council


def told() -> list[Any]:
    """Deliver what happened since the last time; return the mails."""
    mail.outbox = []
    call_command("deliver")
    return list(mail.outbox)


def to(mails: list[Any]) -> set[str]:
    return {message.to[0].partition("@")[0] for message in mails}


def test_maintainers_are_told_of_a_proposal_and_of_each_voice(council: Council) -> None:
    """Every maintainer is told of each proposal, decision and activation, in plain text with a link."""
    proposal = council.propose()
    (first, second) = told()
    assert to([first, second]) == {"ada-of-widget", "bob-of-widget"}
    assert "> We moved." in first.body
    assert f"/proposals/{proposal.pk}/" in first.body
    assert first.content_subtype == "plain"
    council.decide(proposal, council.ada)
    council.decide(proposal, council.bob)
    subjects = {message.subject for message in told()}
    assert subjects == {
        "[widget] ada-of-widget agreed to a proposal",
        "[widget] bob-of-widget agreed to a proposal",
        "[widget] In force: expectation of widget, version 2",
    }


def test_nothing_is_told_twice(council: Council) -> None:
    """Each event is told once, however often delivery runs."""
    council.propose()
    assert len(told()) == 2
    assert told() == []


def test_what_was_undone_is_told_to_nobody(council: Council) -> None:
    """Only what is committed is told: what is rolled back leaves no leaf."""
    before = AuditLeaf.objects.count()
    with transaction.atomic():
        council.propose()
        transaction.set_rollback(True)
    assert AuditLeaf.objects.count() == before
    assert told() == []


def test_a_steward_is_told_where_one_is_needed() -> None:
    """A package with one maintainer needs a steward, who has to hear of it."""
    council = new_council("lonely", founders=["ada"])
    told()
    council.propose()
    assert to(told()) == {"ada-of-lonely", "stella", "stefan", "stina"}


def test_stewards_are_told_of_the_registrys_changes() -> None:
    """Roots, policy and stewards are the stewards' matter."""
    told()
    actions.propose(trusted.policy(), content=_policy(level_floor=2), reason="Higher.", by=steward())
    mails = told()
    assert to(mails) == {"stella", "stefan", "stina"}
    assert mails[0].subject == "[registry] Proposal: policy of the registry"


def _policy(**changes: Any) -> Any:
    return {"schema": 1, **queries.read_policy(queries.active_policy_version()).members(), **changes}


def test_another_persons_words_cannot_pose_as_ours(council: Council) -> None:
    """A reason is quoted line by line in ASCII; no line of it stands by itself, and none becomes a header."""
    actions.propose(
        trusted.expectation_of(council.package),
        content=document("https://github.com/example/renamed"),
        reason="Fine.\r\n\r\nBcc: all@example.test\nOpen https://evil.example/ \u202enow",
        by=council.ada,
    )
    body = told()[0].body
    assert "\nBcc:" not in body
    assert "\n> Bcc: all@example.test" in body
    assert "\u202e" not in body


def test_freezing_is_told(council: Council) -> None:
    """Every maintainer is told of each freeze."""
    actions.close_package(council.package, state=PackageState.FROZEN, note="", by=council.ada, factor=FACTOR)
    assert {message.subject for message in told()} == {"[widget] The package is frozen"}


def test_an_acceptance_tells_commit_run_and_what_differs() -> None:
    """A hijacked run passes any gate: every acceptance tells commit, the run's link and what differs from the last release."""
    signing, package = Signing(), new_package()
    owner = Account.objects.get(person=package.created_by)
    for version in ("1.0", "1.1"):
        name, content = f"widget-{version}-py3-none-any.whl", version.encode()
        identity = Signing.release_of(version)
        evidence = [signing.provenance(name, content, identity)]
        file = accept(package, name, content, evidence, roots=signing.roots, version=version)
        audit.record("accepted", package=str(package.pk), file=str(file.pk), level=2, account=owner.pk)
    first, second = [message.body for message in told() if "Accepted" in message.subject]
    assert "It is the first release." in first
    assert "Run: https://github.com/example/widget/actions/runs/" in first
    assert "Built like widget-1.0-py3-none-any.whl of the release before" in second
    assert "freeze the package" in second


def test_refusals_are_collected(council: Council) -> None:
    """Refusals come in one mail, not one mail a refusal."""
    token, _ = create_token(council.ada, name="test")
    for number in range(3):
        refusal = Refusal.objects.create(
            package=council.package, account=council.ada, token=token, filename=f"f{number}", reason="not-authentic"
        )
        audit.record("refused", refusal=str(refusal.pk), package=str(council.package.pk), reason="not-authentic")
    assert told() == []
    Notice.objects.update(due_at=timezone.now())
    mails = told()
    assert (len(mails), to(mails)) == (2, {"ada-of-widget", "bob-of-widget"})
    assert mails[0].subject == "[widget] 3 upload(s) refused"
    assert timedelta(minutes=5) < COLLECTED_FOR


def test_a_changed_factor_is_told_to_whoever_decides_beside_it(council: Council) -> None:
    """Whoever changed a factor is told, and so are the co-maintainers."""
    Somebody(council.ada)
    mails = told()
    assert to(mails) == {"ada-of-widget", "bob-of-widget"}
    assert "propose but not decide" in mails[0].body


def test_what_changed_of_a_factor_is_told_in_words(council: Council) -> None:
    """An authenticator, a security key, the address: somebody who did not do it has to understand what was done."""
    ada = Somebody(council.ada)
    ada.lose_authenticator()
    enrol(council.ada)
    Authenticator.objects.filter(user=council.ada).delete()
    council.ada.email = "ada@elsewhere.example"
    council.ada.save(update_fields=["email"])
    changes = {message.subject.partition("ada-of-widget: ")[2] for message in told()}
    assert changes == {
        "an authenticator was added",
        "an authenticator was removed",
        "a security key was added",
        "a security key was removed",
        "the address was changed",
    }


def test_a_mail_server_that_is_down_is_tried_again(council: Council) -> None:
    """Delivery is tried again, later and later, and gives up with its failure kept; the decision stands all the while."""

    def down(_notice: Notice) -> None:
        raise ConnectionRefusedError("no mail server")

    proposal = council.propose()
    collect()
    for _ in range(len(RETRIES) + 3):
        send_due(down)
        Notice.objects.filter(sent_at=None).update(due_at=timezone.now())
    attempts = set(Notice.objects.filter(sent_at=None).values_list("attempts", "failure"))
    assert attempts == {(len(RETRIES) + 1, "ConnectionRefusedError: no mail server")}
    council.decide(proposal, council.ada)
    assert council.decide(proposal, council.bob) is not None


def test_whom_no_mail_can_be_made_out_to_holds_up_nobody(council: Council) -> None:
    """Threat: one account's address makes each mail to it fail in a way that nobody thought of, and nobody is told anything."""
    Account.objects.filter(pk=council.ada.pk).update(email=f"ada@{'ä' * 60}.org")
    council.propose()
    collect()
    Notice.objects.filter(account=council.ada).update(due_at=timezone.now() - timedelta(days=1))
    assert to(told()) == {"bob-of-widget"}
    untold = list(Notice.objects.filter(sent_at=None))
    assert {(notice.account, notice.attempts) for notice in untold} == {(council.ada, 1)}
    assert all(notice.failure.startswith("UnicodeError: ") for notice in untold)


def test_who_has_no_address_any_more_is_told_nothing(council: Council) -> None:
    """Addresses are looked up when a mail is sent, so an erased one is not written to."""
    council.propose()
    collect()
    Account.objects.update(email="")
    assert told() == []


class Receiver(BaseHTTPRequestHandler):
    """A webhook's receiver that keeps what it was sent."""

    calls: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    status: ClassVar[int] = 204

    def do_POST(self) -> None:
        """Keep the call and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.calls.append((dict(self.headers), body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook(settings: Any) -> Iterator[type[Receiver]]:
    """A receiver that the registry posts its events to."""
    Receiver.calls, Receiver.status = [], 204
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
        settings.WEBHOOK_SECRET = "s" * 32
        yield Receiver
        server.shutdown()


def test_the_webhook_carries_every_event_signed(hook: type[Receiver]) -> None:
    """Every leaf arrives as it stands in the log, under a signature that its receiver can check."""
    told()
    hook.calls.clear()
    council = new_council("hooked")
    council.propose()
    told()
    types = [json.loads(body)["type"] for _, body in hook.calls]
    assert types == ["package-founded", "expectation-bound", "proposed"]
    headers, body = hook.calls[-1]
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    mac = hmac.new(b"s" * 32, signed, hashlib.sha256).digest()
    assert b64decode(headers["webhook-signature"].removeprefix("v1,")) == mac
    leaf = json.loads(body)
    assert hashlib.sha256(b"\0" + leaf["leaf"].encode()).hexdigest() == leaf["leaf_hash"]


@pytest.mark.parametrize("status", [301, 404, 500])
def test_a_webhook_that_does_not_take_it_is_tried_again(hook: type[Receiver], status: int) -> None:
    """Only an answer of success counts; a redirect is not followed."""
    told()
    Receiver.status = status
    new_council("hooked")
    told()
    failed = Notice.objects.filter(channel="webhook", sent_at=None)
    assert {notice.failure for notice in failed} == {f"OSError: the webhook answered {status}"}
    assert Package.objects.filter(name="hooked").exists()


def test_a_change_of_roster_tells_the_new_maintainers(council: Council) -> None:
    """Whoever was added hears of it with the others."""
    agree(
        trusted.roster_of(council.package),
        roster(council.package, cleo_of_widget="maintainer"),
        by=[council.ada, council.bob],
    )
    in_force = [message for message in told() if "In force" in message.subject]
    assert to(in_force) == {"ada-of-widget", "bob-of-widget", "cleo-of-widget"}
