"""The one closed list of what can be wrong with an audit log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """What is wrong; the word is for programs and tests, the sentence for people."""

    LINE_UNREADABLE = "line-unreadable"
    NUMBER_GAP = "number-gap"
    HASH_WRONG = "hash-wrong"
    LEAF_UNREADABLE = "leaf-unreadable"
    BEGINNING_WRONG = "beginning-wrong"
    TEXT_MISSING = "text-missing"
    TEXT_DIFFERS = "text-differs"
    PROPOSAL_DIFFERS = "proposal-differs"
    DECISION_WITHOUT_PROPOSAL = "decision-without-proposal"
    DECISION_TWICE = "decision-twice"
    ASSERTION_INVALID = "assertion-invalid"
    KEY_UNKNOWN = "key-unknown"
    COUNTER_NOT_RISEN = "counter-not-risen"
    FACTOR_TOO_WEAK = "factor-too-weak"
    VERSION_OUT_OF_ORDER = "version-out-of-order"
    ACTIVATED_WITHOUT_PROPOSAL = "activated-without-proposal"
    ACTIVATED_WITHOUT_TWO = "activated-without-two"
    ACTIVATED_TOO_LATE = "activated-too-late"
    VOICE_NOT_ELIGIBLE = "voice-not-eligible"
    ROW_WITHOUT_LEAF = "row-without-leaf"
    LEAF_WITHOUT_ROW = "leaf-without-row"
    ROW_DIFFERS = "row-differs"

    @property
    def sentence(self) -> str:
        """One plain sentence."""
        return _SENTENCES[self]


_SENTENCES = {
    Flaw.LINE_UNREADABLE: "The line is not one of an audit log.",
    Flaw.NUMBER_GAP: "Leaves are not numbered one after the other.",
    Flaw.HASH_WRONG: "The leaf is not what its hash is of.",
    Flaw.LEAF_UNREADABLE: "The leaf is not canonical JSON, or lacks what its event has to say.",
    Flaw.BEGINNING_WRONG: "A registry begins once, with its first leaf, and names its first stewards once.",
    Flaw.TEXT_MISSING: "The text that the leaf names by its digest is missing.",
    Flaw.TEXT_DIFFERS: "The text is not the one that the leaf names by its digest.",
    Flaw.PROPOSAL_DIFFERS: "What is agreed to is not what the leaf says was proposed.",
    Flaw.DECISION_WITHOUT_PROPOSAL: "The decision is on a digest that was never proposed.",
    Flaw.DECISION_TWICE: "One person gave the same voice twice.",
    Flaw.ASSERTION_INVALID: "The security key's assertion does not hold for this voice and digest.",
    Flaw.KEY_UNKNOWN: "The security key was not this account's at that time.",
    Flaw.COUNTER_NOT_RISEN: "The security key counted no further than in an earlier decision.",
    Flaw.FACTOR_TOO_WEAK: "A decision about the registry was taken without a security key.",
    Flaw.VERSION_OUT_OF_ORDER: "The version does not follow the one before it.",
    Flaw.ACTIVATED_WITHOUT_PROPOSAL: "What came into force is not what was proposed.",
    Flaw.ACTIVATED_WITHOUT_TWO: "Fewer than two persons agreed to what came into force.",
    Flaw.ACTIVATED_TOO_LATE: "It came into force though it was rejected, withdrawn or expired.",
    Flaw.VOICE_NOT_ELIGIBLE: "A voice was counted whose person could not decide there at that time.",
    Flaw.ROW_WITHOUT_LEAF: "A row has no leaf in the log.",
    Flaw.LEAF_WITHOUT_ROW: "What the leaf tells of has no row.",
    Flaw.ROW_DIFFERS: "A row is not what its leaf says.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong: which leaf (None: none in particular), what, and the particulars."""

    index: int | None
    flaw: Flaw
    detail: str = ""

    def __str__(self) -> str:
        where = "the log" if self.index is None else f"leaf {self.index}"
        return f"{where}: {self.flaw}: {self.flaw.sentence} {self.detail}".rstrip()
