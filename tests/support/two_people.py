"""The trust rules' section "Two people" as a model: what a registry has to answer, worked out without a database.

Written from the rules and not from the SQL, so that the two can be held against each other. People and things have plain
names here, time is counted in whole days, and a document is whatever value says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from verification.reasons import OPEN_IN_ALL, OPEN_ON_ONE_THING, Reason

REGISTRY = "the registry"
"""The scope of stewards and of what they decide on, beside the names of packages."""

CLOSING = ("frozen", "quarantined")
HOW_CLOSED = {"active": 0, "deprecated": 0, "archived": 1, "frozen": 2, "quarantined": 3}
OPEN_STATE = ("active", "")

Content = Any
Reasons = set[Reason]


@dataclass
class Account:
    """What somebody signs in with; a robot's is no person's. ``keys`` counts second factors."""

    name: str
    person: str | None
    active: bool = True
    keys: int = 0


@dataclass(frozen=True)
class Held:
    """A role held without a break since a day; founders do not wait."""

    role: str
    since: int
    founding: bool


@dataclass(frozen=True)
class Version:
    """A document that came into force, how, and by whose voices."""

    content: Content
    source: str
    voices: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PersonContent:
    """A person's accounts by name, whether the person may act, and how often factors were reset."""

    accounts: frozenset[str]
    active: bool
    resets: int


@dataclass(frozen=True)
class Policy:
    """The settings that the rules ask for."""

    newcomer_days: int = 7
    factor_days: int = 7
    proposal_days: int = 14
    steward_factor: str = "webauthn"


@dataclass
class Proposal:
    """A whole document that somebody wants in force."""

    kind: str
    about: str
    scope: str
    base: int
    content: Content
    proposer: str
    expires: int
    voices: list[tuple[str, str]] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    active: bool = False
    moves_before: int = 0

    def who_said(self, voice: str) -> set[str]:
        """Return the persons who gave this voice."""
        return {person for person, said in self.voices if said == voice}

    def by_account(self, voice: str) -> set[tuple[str, str]]:
        """Return the persons who gave this voice, each with the account that it was given by."""
        return {
            (person, account)
            for (person, said), account in zip(self.voices, self.accounts, strict=True)
            if said == voice
        }


class TwoPeople:
    """A registry as the rules describe it."""

    def __init__(self, stewards: Collection[str]) -> None:
        self.day = 0
        self.accounts: dict[str, Account] = {}
        self.members: dict[str, dict[str, Held]] = {}
        self.versions: dict[tuple[str, str], list[Version]] = {}
        self.proposals: list[Proposal] = []
        self._held_a_role: set[str] = set()
        self._operators: set[str] = set(stewards)
        self._touched: set[str] = set()
        self._changed: list[tuple[str, int]] = []
        self._changed_of_account: list[tuple[str, str, int]] = []
        self._moves: list[tuple[str, str | None]] = []
        self._begin("stewards", REGISTRY, dict.fromkeys(stewards, "steward"), "bootstrap")
        self._begin("policy", REGISTRY, Policy(), "bootstrap")
        self._begin("roots", REGISTRY, 0, "bootstrap")
        self.members[REGISTRY] = {person: Held("steward", 0, founding=True) for person in stewards}

    # People

    def sign_up(self, account: str) -> None:
        """A new person with an account of the same name and a second factor."""
        self.accounts[account] = Account(account, account)
        self.change_factor(account)
        self.accounts[account].keys = 1

    def is_active(self, person: str) -> bool:
        """A person acts by an account that is not deactivated."""
        return any(account.person == person and account.active for account in self.accounts.values())

    def change_factor(self, account: str) -> None:
        """Rule 4: whoever changed a factor or address while holding a role does not decide for a while.

        Whoever once held a role counts as holding one. The first factor of a steward whom the operator named is no change.
        """
        person = self.accounts[account].person
        assert person is not None
        first = person in self._operators and person not in self._touched
        if person in self._held_a_role or (person in self._operators and not first):
            self._changed.append((person, self.day))
        self._touched.add(person)
        self._changed_of_account.append((account, person, self.day))

    def waits(self, scope: str, person: str) -> bool:
        """Rules 4 and 5: newcomers wait, and so does whoever changed a factor, or was given an account with a changed one."""
        held, policy = self.members[scope].get(person), self.policy
        new = held is not None and not held.founding and self.day < held.since + policy.newcomer_days
        own = [day for who, day in self._changed if who == person]
        brought = [
            day
            for account, who, day in self._changed_of_account
            if who != person and self.accounts[account].person == person
        ]
        return new or any(self.day < day + policy.factor_days for day in (*own, *brought))

    def maintainers(self, scope: str) -> set[str]:
        """Who holds a role there and can act."""
        return {person for person in self.members[scope] if self.is_active(person)}

    def proposers(self, scope: str) -> set[str]:
        """Who may propose: a package's maintainers, and stewards everywhere."""
        return self.maintainers(scope) | self.maintainers(REGISTRY)

    @property
    def policy(self) -> Policy:
        """What is in force for every package."""
        policy = self.content("policy", REGISTRY)
        assert isinstance(policy, Policy)
        return policy

    # Documents

    def content(self, kind: str, about: str) -> Content | None:
        """Return what is in force, or None before the first version."""
        versions = self.versions.get((kind, about))
        return versions[-1].content if versions else None

    def found(self, package: str, owner: str, maintainers: Collection[str]) -> None:
        """A new name with its founders."""
        roles = {**dict.fromkeys(maintainers, "maintainer"), owner: "owner"}
        self._begin("roster", package, roles, "founding")
        self.members[package] = {person: Held(role, self.day, founding=True) for person, role in roles.items()}
        self._held_a_role |= roles.keys()

    def bind(self, package: str, content: Content, source: str) -> Reasons:
        """A first expectation, by one person; where one stands, two are needed."""
        if ("expectation", package) in self.versions:
            return {Reason.EXPECTATION_EXISTS}
        self._begin("expectation", package, content, source)
        return set()

    def close(self, package: str, state: tuple[str, str], by: str) -> Reasons:
        """Rule 7: what only closes one person may do, a newcomer too."""
        account = self.accounts[by]
        now = self.content("status", package) or OPEN_STATE
        reasons: Reasons = set()
        if account.person is None or not account.active:
            reasons.add(Reason.NOT_A_PERSON)
        elif account.person not in self.proposers(package):
            reasons.add(Reason.NOT_A_MAINTAINER)
        if state[0] not in CLOSING:
            reasons.add(Reason.DOCUMENT_INVALID)
        if HOW_CLOSED[state[0]] <= HOW_CLOSED[now[0]]:
            reasons.add(Reason.DOCUMENT_UNCHANGED)
        if not reasons:
            self._begin("status", package, state, "closing")
        return reasons

    # Proposals

    def propose(self, kind: str, about: str, scope: str, content: Content, by: str) -> Reasons:
        """Take a proposal; return why not, where it is refused."""
        account = self.accounts[by]
        if account.person is None or not account.active:
            return {Reason.NOT_A_PERSON}
        reasons = self._why_no_document(kind, about, content)
        if account.person not in self.proposers(scope):
            reasons.add(Reason.NOT_A_STEWARD if scope == REGISTRY else Reason.NOT_A_MAINTAINER)
        members = set(self.members[scope])
        left = members - self._concerned(kind, about, scope, content)
        if (len(left) < 2) if scope == REGISTRY else (len(members) > 1 and not left):
            reasons.add(Reason.NOBODY_MAY_DECIDE)
        waiting = [p for p in self.proposals if p.proposer == account.person and self.standing(p) == "open"]
        of_this = [p for p in waiting if (p.kind, p.about) == (kind, about)]
        if len(waiting) >= OPEN_IN_ALL or len(of_this) >= OPEN_ON_ONE_THING:
            reasons.add(Reason.TOO_MANY_PROPOSALS)
        if not reasons:
            base = len(self.versions.get((kind, about), []))
            expires = self.day + self.policy.proposal_days
            made = Proposal(kind, about, scope, base, content, account.person, expires, moves_before=len(self._moves))
            self.proposals.append(made)
        return reasons

    def standing(self, proposal: Proposal) -> str:
        """How a proposal stands today."""
        if proposal.active:
            return "active"
        if proposal.who_said("withdraw"):
            return "withdrawn"
        if proposal.who_said("reject"):
            return "rejected"
        if len(self.versions.get((proposal.kind, proposal.about), [])) != proposal.base or self._accounts_moved(
            proposal
        ):
            return "stale"
        return "expired" if self.day >= proposal.expires else "open"

    def _accounts_moved(self, proposal: Proposal) -> bool:
        """Whether another person's document has disposed of an account since, which this one would dispose of too."""
        if proposal.kind != "person":
            return False
        since = self._moves[proposal.moves_before :]
        return any(name in proposal.content.accounts and by != proposal.about for name, by in since)

    def voters(self, proposal: Proposal) -> dict[str, str]:
        """Rule 5, and the issue: a package's maintainers whom it does not concern, and stewards where they are too few."""
        concerned = self.concerned(proposal)
        members = set(self.members[proposal.scope])
        left = members - concerned
        own = "steward" if proposal.scope == REGISTRY else "maintainer"
        sides = {person: own for person in left if self._may_decide(proposal.scope, person)}
        if proposal.scope != REGISTRY and (len(left) == 1 or (not left and len(members) <= 1)):
            others = set(self.members[REGISTRY]) - concerned - members
            sides |= {person: "steward" for person in others if self._may_decide(REGISTRY, person)}
        return sides

    def concerned(self, proposal: Proposal) -> set[str]:
        """Whom a change is about."""
        return self._concerned(proposal.kind, proposal.about, proposal.scope, proposal.content)

    def decide(self, proposal: Proposal, voice: str, by: str, *, same_digest: bool, factor: str) -> Reasons:
        """Take a voice, and put the proposal in force where it is the last one needed; return why not."""
        reasons = self._why_no_voice(proposal, voice, by, factor)
        if not same_digest:
            reasons.add(Reason.PROPOSAL_DIGEST_DIFFERS)
        if reasons:
            return reasons
        person = self.accounts[by].person
        assert person is not None
        proposal.voices.append((person, voice))
        proposal.accounts.append(by)
        agreed = self._agreed(proposal) if voice == "approve" else frozenset()
        if agreed:
            reasons = self._why_not_applied(proposal)
            if reasons:
                proposal.voices.pop()  # the whole act is refused, the voice with it
                proposal.accounts.pop()
                return reasons
            self._apply(proposal, agreed)
        return set()

    def _agreed(self, proposal: Proposal) -> frozenset[str]:
        """Two distinct persons who may decide now, a maintainer among them wherever one is whom it does not concern.

        A voice by an account that was found to be another person's, or was locked, was not theirs.
        """
        voters = self.voters(proposal)
        theirs = {
            person
            for person, account in proposal.by_account("approve")
            if self.accounts[account].person == person and self.accounts[account].active
        }
        agreed = theirs & voters.keys()
        own = set(self.members[proposal.scope]) - self.concerned(proposal)
        if len(agreed) < 2 or (proposal.scope != REGISTRY and own and not agreed & own):
            return frozenset()
        return frozenset(agreed)

    def _why_no_voice(self, proposal: Proposal, voice: str, by: str, factor: str) -> Reasons:
        account = self.accounts[by]
        if account.person is None or not account.active:
            return {Reason.NOT_A_PERSON}
        reasons: Reasons = set()
        standing = self.standing(proposal)
        if standing != "open":
            closed = {"stale": Reason.PROPOSAL_STALE, "expired": Reason.PROPOSAL_EXPIRED}
            reasons.add(closed.get(standing, Reason.PROPOSAL_CLOSED))
        if (account.person, voice) in proposal.voices:
            reasons.add(Reason.ALREADY_DECIDED)
        if voice == "withdraw":
            return reasons | (set() if account.person == proposal.proposer else {Reason.NOT_A_MAINTAINER})
        if account.person not in self.voters(proposal):
            reasons.add(self._why_not_among(proposal, account.person))
        if proposal.scope == REGISTRY and factor != "webauthn" and self.policy.steward_factor != "any":
            reasons.add(Reason.SECOND_FACTOR_TOO_WEAK)
        return reasons

    def _why_not_among(self, proposal: Proposal, person: str) -> Reason:
        if person in self.concerned(proposal):
            return Reason.CONCERNS_YOURSELF
        if person in self.members[proposal.scope]:
            return Reason.WAITS_TO_DECIDE
        return Reason.NOT_A_STEWARD if proposal.scope == REGISTRY else Reason.NOT_A_MAINTAINER

    def _why_no_document(self, kind: str, about: str, content: Content) -> Reasons:
        versions = self.versions.get((kind, about), [])
        ownerless = kind == "roster" and "owner" not in content.values()
        if ownerless or (kind == "stewards" and len(content) < 2) or (kind == "expectation" and not versions):
            return {Reason.DOCUMENT_INVALID}
        if kind == "person" and any(self.accounts[name].person is None for name in content.accounts):
            return {Reason.DOCUMENT_INVALID}
        if kind == "expectation" and versions[-1].content[1] == "immutable":
            return {Reason.EXPECTATION_IMMUTABLE}
        if kind == "expectation" and versions[-1].source != "proposal":
            return set()  # the same again confirms what one person set
        if kind == "status" and not versions and content == OPEN_STATE:
            return {Reason.DOCUMENT_UNCHANGED}
        unchanged = bool(versions) and versions[-1].content == content
        return {Reason.DOCUMENT_UNCHANGED} if unchanged and self._is_so(kind, about, content) else set()

    def _is_so(self, kind: str, about: str, content: Content) -> bool:
        """Whether what a document says is so; accounts may have moved by another person's, or been deactivated, since."""
        if kind != "person":
            return True
        own = {account.name: account.active for account in self.accounts.values() if account.person == about}
        return own == dict.fromkeys(content.accounts, content.active)

    def _may_decide(self, scope: str, person: str) -> bool:
        return self.is_active(person) and not self.waits(scope, person)

    def _concerned(self, kind: str, about: str, scope: str, content: Content) -> set[str]:
        if kind == "person":
            moved = {self.accounts[name].person for name in content.accounts}
            return {about} | {person for person in moved if person is not None}
        if kind not in ("roster", "stewards"):
            return set()
        before: Mapping[str, str] = self.content(kind, about) or {}
        return {person for person in before.keys() | content.keys() if before.get(person) != content.get(person)}

    # What comes into force

    def _why_not_applied(self, proposal: Proposal) -> Reasons:
        """A change that can no longer be made: a role for nobody who could use it."""
        if proposal.kind in ("roster", "stewards"):
            new = proposal.content.keys() - self.members[proposal.scope].keys()
            if not all(self.is_active(person) for person in new):
                return {Reason.DOCUMENT_INVALID}
        return set()

    def _apply(self, proposal: Proposal, agreed: frozenset[str]) -> None:
        before = self.content(proposal.kind, proposal.about)
        proposal.active = True
        self._begin(proposal.kind, proposal.about, proposal.content, "proposal", agreed)
        if proposal.kind in ("roster", "stewards"):
            self._apply_members(proposal.scope, proposal.content)
        if proposal.kind == "person":
            self._apply_person(proposal.about, proposal.content, before.resets if before else 0)

    def _apply_members(self, scope: str, roles: Mapping[str, str]) -> None:
        held = self.members[scope]
        self.members[scope] = {
            person: replace(held[person], role=role) if person in held else Held(role, self.day, founding=False)
            for person, role in roles.items()
        }
        self._held_a_role |= roles.keys() - held.keys()

    def _apply_person(self, person: str, wanted: PersonContent, resets: int) -> None:
        """Accounts that are not listed go to a new person each, who holds nothing and waits."""
        for account in self.accounts.values():
            if account.person == person and account.name not in wanted.accounts:
                account.person = f"whoever {account.name} became on day {self.day}, after {len(self._changed)}"
                self._changed.append((account.person, self.day))
                self._touched.add(account.person)
                self._changed_of_account.append((account.name, account.person, self.day))
                self._moves.append((account.name, None))
        self._moves += [(name, person) for name in wanted.accounts]
        for name in wanted.accounts:
            self.accounts[name].person = person
        for account in self.accounts.values():
            if account.person == person:
                account.active = wanted.active
        if wanted.resets > resets:
            for name in wanted.accounts:
                for _ in range(self.accounts[name].keys):
                    self.change_factor(name)
                self.accounts[name].keys = 0

    def _begin(
        self, kind: str, about: str, content: Content, source: str, voices: frozenset[str] = frozenset()
    ) -> None:
        self.versions.setdefault((kind, about), []).append(Version(content, source, voices))
