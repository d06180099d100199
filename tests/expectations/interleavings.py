"""Many persons who do everything in any order, on the real database and in the model of the rules at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from expectations import actions, queries, trusted
from expectations.audit_lines import lines
from expectations.audit_rows import check_rows
from expectations.documents import PackageState
from expectations.documents.policy import DEFAULT_POLICY
from expectations.models import AuditLeaf, Decision, DocumentVersion, Kind, Origin, Proposal, Source, Voice
from expectations.origin import From
from expectations.refusal import ChangeRefused
from expectations.second_factor import Factor, webauthn
from expectations.trusted import Trusted
from registry import names
from registry.models import Account, Package, PackageUserPermission, Person, Release
from tests.support import two_people
from tests.support.movable_clock import set_clock_ahead
from tests.support.rows import new_account
from tests.support.security_key import SecurityKey, enrol
from tests.support.stewards import STEWARDS
from tests.support.two_people import REGISTRY, PersonContent, Policy, TwoPeople
from tests.support.voices import document
from verification.audit_log import AuditCheck
from verification.canonical import canonical
from verification.decision import KeptAssertion
from verification.reasons import Reason
from verification.webauthn import read_response

PEOPLE = ("ada", "bob", "cleo", "dan", "eve", "fay", "ada-at-work")
ROBOT = "release-robot"
FOUNDED = {"old": ("ada", "bob", "cleo"), "pair": ("dan", "ada"), "lone": ("eve",)}
LATER = ("young", "younger")
DAYS = st.sampled_from([1, 3, 7, 14])

OF_PACKAGES = ("expectation", "roster", "status", "deletion")
OF_REGISTRY = ("roots", "policy", "stewards", "person")
FROM = From("203.0.113.7", "a browser")

CONTENTS: dict[str, st.SearchStrategy[Any]] = {
    "expectation": st.tuples(
        st.sampled_from(["first", "moved", "moved-again"]), st.sampled_from([*["two-person"] * 9, "immutable"])
    ),
    "status": st.tuples(st.sampled_from([state.value for state in PackageState]), st.just("")),
    "deletion": st.just(True),
    "roots": st.integers(0, 2),
    "policy": st.builds(
        Policy,
        newcomer_days=st.sampled_from([7, 7, 0]),
        factor_days=st.sampled_from([7, 7, 0]),
        proposal_days=st.sampled_from([14, 3]),
        steward_factor=st.sampled_from(["webauthn", "webauthn", "any"]),
    ),
}
"""What may be proposed of the kinds whose documents do not depend on who is who; roots with so many builders less."""


class Interleavings(RuleBasedStateMachine):
    """Each rule does one thing on both sides and holds the answers against each other; the invariants hold the rest."""

    steps = 0
    activated = 0

    # The beginning

    @initialize()
    def begin(self) -> None:
        """Three stewards, a package of three founders, one of two and one of one; a stranger, a robot, and a second account."""
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        self._leaves = AuditLeaf.objects.count()
        self.model = TwoPeople(STEWARDS)
        self.proposals: list[Proposal] = []
        self.persons: dict[str, UUID] = {}
        self.account_ids: dict[str, int] = {}
        self._numbers = count()
        self._begun = False
        self.keys: dict[str, list[SecurityKey]] = {}
        self.packages: dict[str, Package] = {}
        self.releases: dict[str, tuple[Release, Package]] = {}
        self.roots = json.loads(queries.active_roots_version().document)
        self._expected: list[dict[str, Any]] = []
        self._set_clock(0)
        for name in STEWARDS:
            self._sign_up(Account.objects.get(username=name))
        for name in PEOPLE:
            self._sign_up(new_account(name))
        for name, (owner, *others) in FOUNDED.items():
            self._found(name, owner, others)
            self._bind(name, "first", "explicit")
        robot = Account.objects.create_robot(ROBOT, package=self.packages["old"])
        self.model.accounts[robot.username] = two_people.Account(robot.username, None)
        self.account_ids[robot.username] = robot.pk
        self._skip_leaves()

    def teardown(self) -> None:
        """The whole log proves what the registry says; then everything is as before."""
        if not hasattr(self, "_atomic"):
            return
        try:
            check = AuditCheck()
            for line in lines():
                check.feed(line)
            check.findings.extend(check_rows(check))
            assert check.report().findings == ()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        finally:
            self._clock.stop()
            transaction.set_rollback(True)
            self._atomic.__exit__(None, None, None)

    # What people do

    @rule(data=st.data())
    def propose_about_a_package(self, data: st.DataObject) -> None:
        """Anybody proposes anything about a package; mostly somebody who may."""
        package = data.draw(st.sampled_from(sorted(self.packages)))
        kind = data.draw(st.sampled_from(OF_PACKAGES))
        about = package
        if kind == "deletion":
            about = data.draw(st.sampled_from(sorted(r for r, (_, p) in self.releases.items() if p.name == package)))
        content = self._draw_content(data, kind, about)
        self._propose(kind, about, package, content, self._draw_account(data, self.model.proposers(package)))

    @rule(data=st.data())
    def propose_about_the_registry(self, data: st.DataObject) -> None:
        """The same about roots, policy, stewards or somebody's accounts."""
        kind = data.draw(st.sampled_from(OF_REGISTRY))
        about = data.draw(st.sampled_from(sorted(self.persons))) if kind == "person" else REGISTRY
        content = self._draw_content(data, kind, about)
        self._propose(kind, about, REGISTRY, content, self._draw_account(data, self.model.proposers(REGISTRY)))

    @precondition(lambda self: self.proposals)
    @rule(data=st.data())
    def agree(self, data: st.DataObject) -> None:
        """Somebody who has a voice on something open agrees, as most do most of the time."""
        waiting = [n for n, proposal in enumerate(self.model.proposals) if self.model.standing(proposal) == "open"]
        number = data.draw(st.sampled_from(waiting or range(len(self.proposals))))
        proposal = self.model.proposals[number]
        may = self.model.voters(proposal).keys() - proposal.who_said("approve")
        by_key = data.draw(st.sampled_from([True, True, True, False]))
        self._decide(number, "approve", self._draw_account(data, may), same_digest=True, by_key=by_key)

    @precondition(lambda self: self.proposals)
    @rule(
        data=st.data(),
        voice=st.sampled_from(["approve", "reject", "withdraw"]),
        same_digest=st.sampled_from([True, True, True, False]),
        by_key=st.booleans(),
    )
    def say(self, data: st.DataObject, voice: str, *, same_digest: bool, by_key: bool) -> None:
        """Anybody says anything to any proposal, open or not; who ends one is mostly somebody who may."""
        number = data.draw(st.integers(0, len(self.proposals) - 1))
        proposal = self.model.proposals[number]
        likely: Collection[str] = ()
        match voice:
            case "withdraw":
                likely = {proposal.proposer}
            case "reject":
                likely = self.model.voters(proposal).keys()
        self._decide(number, voice, self._draw_account(data, likely), same_digest=same_digest, by_key=by_key)

    @rule(data=st.data(), state=st.sampled_from(["frozen", "quarantined", "frozen", "active", "archived"]))
    def close(self, data: st.DataObject, state: str) -> None:
        """Somebody pulls the one lever that one person has."""
        package = data.draw(st.sampled_from(sorted(self.packages)))
        by = self._draw_account(data, self.model.proposers(package))
        account = Account.objects.get(username=by)
        reasons = self.model.close(package, (state, "closed"), by)
        event = {"event": "package-closed", "person": str(account.person_id), "account": account.pk, "factor": "totp"}

        def act() -> None:
            said: dict[str, Any] = {"state": PackageState(state), "note": "closed", "factor": self._code()}
            closing = actions.close_package(self.packages[package], **said, by=account, origin=FROM)
            assert Origin.objects.get(closing__version=closing).address == FROM.address

        self._hold(reasons, act, event)

    @rule(data=st.data(), name=st.sampled_from(LATER), bind=st.sampled_from(["explicit", "first-use", None]))
    def found(self, data: st.DataObject, name: str, bind: str | None) -> None:
        """A person creates a name, once, with whoever founds it; or tries to be a founder later."""
        people = sorted(account.name for account in self.model.accounts.values() if account.person and account.active)
        owner, *others = data.draw(st.lists(st.sampled_from(people), min_size=1, max_size=3, unique=True))
        if name not in self.packages:
            self._found(name, owner, others)
            if bind is not None and name in self.packages:
                self._bind(name, "first", bind)
            self._skip_leaves()
        else:
            package, person = self.packages[name], Person.objects.get(accounts__username=owner)
            founding = lambda: actions.found_package(package, owner=person, maintainers=[])  # noqa: E731  one call, late
            self._hold({Reason.EXPECTATION_EXISTS}, founding)

    @rule(data=st.data(), source=st.sampled_from(["explicit", "first-use"]))
    def bind_first(self, data: st.DataObject, source: str) -> None:
        """A first use, or a creator's own word, where nothing or something stands."""
        self._bind(data.draw(st.sampled_from(sorted(self.packages))), "used", source)

    @rule(data=st.data(), address=st.booleans())
    def change_factor(self, data: st.DataObject, *, address: bool) -> None:
        """Somebody adds a key, or has another address."""
        name = data.draw(st.sampled_from(sorted([*STEWARDS, *PEOPLE])))
        account = Account.objects.get(username=name)
        self.model.change_factor(name)
        if address:
            account.email = f"{next(self._numbers)}@example.test"
            account.save(update_fields=["email"])
        else:
            self.keys[name].append(enrol(account))
            self.model.accounts[name].keys += 1
        self._skip_leaves()

    @rule(name=st.sampled_from(PEOPLE))
    def deactivate(self, name: str) -> None:
        """The application locks somebody out: it only closes."""
        Account.objects.filter(username=name).update(is_active=False)
        self.model.accounts[name].active = False

    @rule(days=DAYS)
    def wait(self, days: int) -> None:
        """Time passes."""
        self._clock.stop()
        self._set_clock(self.model.day + days)

    # What always holds, after each step

    @invariant()
    def one_more_step(self) -> None:
        """Count; the beginning is none."""
        Interleavings.steps += bool(self._begun)
        self._begun = True

    @invariant()
    def versions_are_those_of_the_rules(self) -> None:
        """Consecutive from 1, the last one in force, each as two agreed or as one person may; never active without two."""
        found: dict[tuple[str, UUID], list[tuple[int, str, str]]] = {}
        # Nobody here changes whose identities are exchanged for tokens: it stays as the registry began with it.
        assert DocumentVersion.objects.filter(kind=Kind.ISSUERS).count() == 1
        for row in DocumentVersion.objects.exclude(kind=Kind.ISSUERS).order_by("kind", "object", "number"):
            found.setdefault((row.kind, row.object), []).append((row.number, row.document, row.source))
        expected = {
            (kind, self._about(kind, about).object): [
                (number, canonical(self._write(kind, version.content)).decode(), version.source)
                for number, version in enumerate(versions, start=1)
            ]
            for (kind, about), versions in self.model.versions.items()
        }
        assert found == expected

    @invariant()
    def nothing_is_active_without_two(self) -> None:
        """Each agreed version names a proposal on whose very digest two different persons agreed."""
        activations = [
            json.loads(leaf)["voices"]
            for leaf in AuditLeaf.objects.filter(leaf__contains='"event":"proposal-activated"').values_list(
                "leaf", flat=True
            )
        ]
        agreed = [v.voices for versions in self.model.versions.values() for v in versions if v.source == "proposal"]
        assert len(activations) == len(agreed)
        assert all(len(set(voices)) >= 2 for voices in activations)
        for version in DocumentVersion.objects.filter(source=Source.PROPOSAL).select_related("proposal"):
            proposal = version.proposal
            assert proposal is not None
            agreeing = Decision.objects.filter(proposal=proposal, digest=proposal.digest, voice=Voice.APPROVE)
            assert agreeing.values("person").distinct().count() >= 2

    @invariant()
    def each_change_has_its_leaves(self) -> None:
        """One leaf an act, numbered without a gap, hashed, in order of time, with who, by which account and second factor."""
        new = list(AuditLeaf.objects.filter(index__gte=self._leaves).order_by("index"))
        assert [leaf.index for leaf in new] == list(range(self._leaves, self._leaves + len(new)))
        for leaf in new:
            assert leaf.leaf_hash == hashlib.sha256(b"\0" + leaf.leaf.encode()).hexdigest()
        told = [json.loads(leaf.leaf) for leaf in new]
        told = [fact for fact in told if fact["event"] != "factor-changed" and "key" not in fact["event"]]
        assert len(told) == len(self._expected)
        for fact, expected in zip(told, self._expected, strict=True):
            assert expected.items() <= fact.items()
            assert datetime.fromisoformat(fact["at"]) <= self._now()
        assert [fact["at"] for fact in told] == sorted(fact["at"] for fact in told)
        self._leaves += len(new)
        self._expected = []

    @invariant()
    def standing_and_voices_are_those_of_the_rules(self) -> None:
        """How each proposal stands and who may say something to it: the database's answer is the model's."""
        with connection.cursor() as cursor:
            ids = [proposal.pk for proposal in self.proposals]
            cursor.execute(
                "SELECT sluicegate_standing(p) FROM unnest(%s::uuid[]) WITH ORDINALITY q(p, n) ORDER BY n", [ids]
            )
            standing = [row[0] for row in cursor.fetchall()]
            assert standing == [self.model.standing(proposal) for proposal in self.model.proposals]
            waiting = [n for n, stands in enumerate(standing) if stands == "open"]
            cursor.execute(
                "SELECT p, v.person, v.side FROM unnest(%s::uuid[]) p, sluicegate_proposal_voters(p) v",
                [[ids[n] for n in waiting]],
            )
            voters = set(cursor.fetchall())
        assert voters == {
            (ids[n], self.persons[person], side)
            for n in waiting
            for person, side in self.model.voters(self.model.proposals[n]).items()
        }

    @invariant()
    def rows_beside_the_documents_say_the_same(self) -> None:
        """A package's state, whose each account is, and guardian's rows, which are a projection for the pages."""
        for name, package in self.packages.items():
            state, note = self.model.content("status", name) or two_people.OPEN_STATE
            assert Package.objects.filter(pk=package.pk, state=state, state_note=note).exists()
            maintainers = self.model.maintainers(name)
            assert queries.maintainers(package) == {self.persons[person] for person in maintainers}
            projected = PackageUserPermission.objects.filter(content_object=package, user__is_active=True)
            assert set(projected.values_list("user__username", flat=True)) == {
                account.name
                for account in self.model.accounts.values()
                if account.active and account.person in maintainers
            }
        for account in Account.objects.filter(username__in=self.model.accounts):
            expected = self.model.accounts[account.username]
            assert account.is_active == expected.active
            assert account.person_id == (self.persons[expected.person] if expected.person else None)
        for deleted, (release, _) in self.releases.items():
            is_deleted = Release.objects.filter(pk=release.pk, deleted_at__isnull=False).exists()
            assert is_deleted == (self.model.content("deletion", deleted) is not None)

    # Both sides of each act

    def _propose(self, kind: str, about: str, scope: str, content: Any, by: str) -> None:
        account = Account.objects.get(username=by)
        reasons = self.model.propose(kind, about, scope, content, by)
        thing, sent = self._about(kind, about), self._write(kind, content)

        def act() -> None:
            made = actions.propose(thing, content=sent, reason="Why not?", by=account, origin=FROM)
            self.proposals.append(made)
            assert Origin.objects.get(proposal=made).address == FROM.address

        self._hold(reasons, act, {"event": "proposed", "kind": kind, "proposer": str(account.person_id)})

    def _decide(self, number: int, voice: str, by: str, *, same_digest: bool, by_key: bool) -> None:
        account, proposal, expected = (
            Account.objects.get(username=by),
            self.proposals[number],
            self.model.proposals[number],
        )
        digest = proposal.digest if same_digest else "f" * 64
        factor = self._touch(by, voice, digest) if by_key and self.keys.get(by) else self._code()
        before = sum(len(versions) for versions in self.model.versions.values())
        reasons = self.model.decide(expected, voice, by, same_digest=same_digest, factor=factor.kind)
        comes = sum(len(versions) for versions in self.model.versions.values()) > before
        said = {
            "event": "decided",
            "voice": voice,
            "person": str(account.person_id),
            "account": account.pk,
            "factor": factor.kind,
            "proposal_digest": proposal.digest,
        }
        events = [said]
        if comes:
            Interleavings.activated += 1
            voices = self.model.versions[expected.kind, expected.about][-1].voices
            named = sorted(str(self.persons[person]) for person in voices)
            events.append({"event": "proposal-activated", "proposal": str(proposal.pk), "voices": named})

        def act() -> None:
            version = actions.decide(
                proposal, voice=Voice(voice), digest=digest, by=account, factor=factor, origin=FROM
            )
            assert (version is not None) is comes
            assert Origin.objects.get(
                decision__proposal=proposal, decision__person=account.person, decision__voice=voice
            )

        self._hold(reasons, act, *events)
        if comes and expected.kind == "person":
            self._learn_persons()

    def _hold(self, reasons: set[Reason], act: Callable[[], object], *events: dict[str, Any]) -> None:
        """Do it, and hold the answer against the model's forecast: refused for one of these reasons, or done."""
        refused = _refusal_of(act)
        foreseen: set[Reason | None] = {*reasons} or {None}
        assert refused in foreseen, f"came to {refused or 'done'}, foreseen: {sorted(reasons) or 'done'}"
        if refused is None:
            self._expected.extend(events)

    def _found(self, name: str, owner: str, others: list[str]) -> None:
        accounts = [Account.objects.get(username=other) for other in others]
        by = Account.objects.get(username=owner)
        people = [self.model.accounts[other].person for other in others]
        founder = self.model.accounts[owner].person
        if not self.keys[owner]:
            return
        package = names.create_package(name, by=by, maintainers=accounts)
        assert founder is not None
        self.packages[name] = package
        self.model.found(name, founder, [person for person in people if person is not None and person != founder])
        for version in ("1", "2"):
            made = Release.objects.create(package=package, version=f"{version}.0", canonical_version=version)
            self.releases[f"{name} {version}"] = (made, package)

    def _bind(self, name: str, repository: str, source: str) -> None:
        content = (repository, "two-person")
        first = actions.read_expectation(self._write("expectation", content))
        reasons = self.model.bind(name, content, source)
        bind = lambda: actions.bind_first(self.packages[name], first, source=Source(source))  # noqa: E731  one call, late
        self._hold(reasons, bind, {"event": "expectation-bound", "source": source})

    def _sign_up(self, account: Account) -> None:
        name = account.username
        self.model.sign_up(name)
        self.keys[name] = [enrol(account)]
        self.account_ids[name] = account.pk
        assert account.person_id is not None
        self.persons[name] = account.person_id

    def _learn_persons(self) -> None:
        """Whoever was split off is a new person; whose factors were reset has no key."""
        for account in Account.objects.filter(username__in=self.model.accounts):
            expected = self.model.accounts[account.username]
            if expected.person is not None and account.person_id is not None:
                self.persons.setdefault(expected.person, account.person_id)
            if not expected.keys:
                self.keys[account.username] = []

    def _touch(self, by: str, voice: str, digest: str) -> Factor:
        """What the second factor's own adapter gives for a key's answer; it is tested there."""
        key = self.keys[by][-1]
        answer = read_response(key.decide(digest, Voice(voice)))
        kept = KeptAssertion(answer, key.public_key, webauthn.relying_party())
        return Factor("webauthn", "a security key", assertion=kept.canonical.decode())

    @staticmethod
    def _code() -> Factor:
        return Factor("totp", "attested by the server alone")

    # What is said, in both languages

    def _draw_account(self, data: st.DataObject, likely: Collection[str]) -> str:
        """Return an account: mostly of one of these persons, and now and then anybody's, a robot's and a stranger's too."""
        accounts = sorted(account.name for account in self.model.accounts.values() if account.person in likely)
        strange = data.draw(st.sampled_from([False, False, False, False, True]))
        return data.draw(st.sampled_from(sorted(self.model.accounts) if strange or not accounts else accounts))

    def _draw_content(self, data: st.DataObject, kind: str, about: str) -> Any:
        match kind:
            case "roster" | "stewards":
                return self._draw_members(data, kind, about)
            case "person":
                return self._draw_accounts(data, about)
        return data.draw(CONTENTS[kind])

    def _draw_members(self, data: st.DataObject, kind: str, about: str) -> dict[str, str]:
        """Somebody more, less, or in another role; now and then two at once."""
        roles = dict(self.model.content(kind, about) or {})
        wanted = ["steward", "steward", None] if kind == "stewards" else ["owner", "maintainer", None]
        for _ in range(data.draw(st.sampled_from([1, 1, 1, 2]))):
            person = data.draw(st.sampled_from(sorted(self.persons)))
            role = data.draw(st.sampled_from(wanted))
            roles.pop(person, None)
            if role is not None:
                roles[person] = role
        return roles

    def _draw_accounts(self, data: st.DataObject, about: str) -> PersonContent:
        """Another account linked, one split off, factors reset, everything deactivated or back."""
        now = self.model.content("person", about)
        accounts = {account.name for account in self.model.accounts.values() if account.person == about}
        other = data.draw(st.sampled_from(sorted(self.model.accounts)))
        before = set(now.accounts) if now else accounts
        changed = data.draw(st.sampled_from([accounts, before, accounts ^ {other}, accounts | {"ada-at-work"}]))
        resets = (now.resets if now else 0) + data.draw(st.sampled_from([0, 0, 1]))
        return PersonContent(frozenset(changed or {other}), data.draw(st.sampled_from([True, True, False])), resets)

    def _write(self, kind: str, content: Any) -> dict[str, Any]:
        """Return the JSON document of a content."""
        if kind == "expectation":
            return {**document(f"https://github.com/example/{content[0]}"), "change_control": content[1]}
        if kind == "roots":
            builders = self.roots["builders"]
            return {**self.roots, "builders": builders[: len(builders) - content]}
        return {"schema": 1, **self._members(kind, content)}

    def _members(self, kind: str, content: Any) -> dict[str, Any]:
        match kind:
            case "roster" | "stewards":
                return {"members": {str(self.persons[person]): role for person, role in content.items()}}
            case "status":
                return {"state": content[0], "note": content[1]}
            case "policy":
                return {**DEFAULT_POLICY.members(), **asdict(content)}
            case "person":
                listed = sorted(self.account_ids[name] for name in content.accounts)
                state = "active" if content.active else "deactivated"
                return {"accounts": listed, "state": state, "factors_reset": content.resets}
        return {"deleted": content}

    def _about(self, kind: str, about: str) -> Trusted:
        match kind:
            case "deletion":
                return trusted.deletion_of(*self.releases[about])
            case "person":
                return trusted.accounts_of(Person(self.persons[about]))
            case "roots" | "policy" | "stewards":
                return {"roots": trusted.roots, "policy": trusted.policy, "stewards": trusted.stewards}[kind]()
        package = self.packages[about]
        of_package = {"expectation": trusted.expectation_of, "roster": trusted.roster_of, "status": trusted.status_of}
        return of_package[kind](package)

    # The clock and the log

    def _set_clock(self, day: int) -> None:
        """Let it be another day, for the database and for the application."""
        self.model.day = day
        set_clock_ahead(day)
        self._clock = patch("django.utils.timezone.now", self._now)
        self._clock.start()

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=self.model.day)

    def _skip_leaves(self) -> None:
        """What somebody did alone to begin with, and what is told of factors, is held elsewhere."""
        self._leaves = AuditLeaf.objects.count()
        self._expected = []


def _refusal_of(act: Callable[[], object]) -> Reason | None:
    try:
        act()
    except ChangeRefused as refused:
        return refused.reason
    return None
