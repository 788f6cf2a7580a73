"""The lock conformance probe: what is tried against a store's locks, and what follows from how it went. Pure.

Each trial is named after the attack, so `refused` is always the good outcome. A trial is judged by what is left of the
version, not by what the server says; and a refusal counts only where the same key may do the same thing to what is not
locked, since a key without rights is refused everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from storage.model import LockMode


class TrialName(StrEnum):
    """What is tried. Those with `bypass` carry the header that overrides governance, and must fail all the same, but
    for those on governance locks: they tell whether our own key has the right to bypass.
    """

    SINGLE_PUT_UNLOCKED = "single_put_unlocked"
    MULTIPART_HEADERS_IGNORED = "multipart_headers_ignored"
    DEFAULT_RETENTION_IGNORED = "default_retention_ignored"
    UPLOAD_UNLOCKED = "upload_unlocked"
    BACKDATED_LOCK = "backdated_lock"
    GOVERNANCE_DELETE = "governance_delete"
    GOVERNANCE_MULTI_DELETE = "governance_multi_delete"
    GOVERNANCE_SHORTEN = "governance_shorten"
    GOVERNANCE_REMOVE = "governance_remove"
    GOVERNANCE_DELETE_BYPASS = "governance_delete_bypass"
    GOVERNANCE_MULTI_DELETE_BYPASS = "governance_multi_delete_bypass"
    GOVERNANCE_SHORTEN_BYPASS = "governance_shorten_bypass"
    COMPLIANCE_DELETE = "compliance_delete"
    COMPLIANCE_DELETE_BYPASS = "compliance_delete_bypass"
    COMPLIANCE_MULTI_DELETE = "compliance_multi_delete"
    COMPLIANCE_MULTI_DELETE_BYPASS = "compliance_multi_delete_bypass"
    COMPLIANCE_SHORTEN = "compliance_shorten"
    COMPLIANCE_SHORTEN_BYPASS = "compliance_shorten_bypass"
    COMPLIANCE_REMOVE = "compliance_remove"
    COMPLIANCE_REMOVE_BYPASS = "compliance_remove_bypass"
    COMPLIANCE_WEAKEN = "compliance_weaken"
    COMPLIANCE_WEAKEN_BYPASS = "compliance_weaken_bypass"
    HOLD_LOST = "hold_lost"
    HELD_DELETE = "held_delete"
    HELD_DELETE_BYPASS = "held_delete_bypass"
    HELD_DELETE_AFTER_LOCK = "held_delete_after_lock"
    HELD_MULTI_DELETE_AFTER_LOCK = "held_multi_delete_after_lock"
    OVERWRITE = "overwrite"
    DELETE_WITHOUT_VERSION = "delete_without_version"
    LIFECYCLE_RULE = "lifecycle_rule"
    SUSPEND_VERSIONING = "suspend_versioning"
    DELETE_BUCKET = "delete_bucket"
    DISABLE_LOCK = "disable_lock"
    CHANGE_ON_DISK = "change_on_disk"


GOVERNANCE_BYPASSES = frozenset(
    {
        TrialName.GOVERNANCE_DELETE_BYPASS,
        TrialName.GOVERNANCE_MULTI_DELETE_BYPASS,
        TrialName.GOVERNANCE_SHORTEN_BYPASS,
    }
)
"""What a key with the right to bypass may do to a governance lock, by its very definition."""
_BYPASSES_OF_MORE = frozenset(
    {
        TrialName.COMPLIANCE_DELETE_BYPASS,
        TrialName.COMPLIANCE_MULTI_DELETE_BYPASS,
        TrialName.COMPLIANCE_SHORTEN_BYPASS,
        TrialName.COMPLIANCE_REMOVE_BYPASS,
        TrialName.COMPLIANCE_WEAKEN_BYPASS,
        TrialName.HELD_DELETE_BYPASS,
    }
)


class TrialOutcome(StrEnum):
    """`unclear` could not be tried, or says nothing: it is never taken for `refused`."""

    REFUSED = "refused"
    ALLOWED = "allowed"
    UNCLEAR = "unclear"


class Reply(StrEnum):
    """What a server answered: done, denied, or a fault that says nothing about the lock."""

    DONE = "done"
    DENIED = "denied"
    FAULT = "fault"


class Remains(StrEnum):
    """What is left of a version after the attack on it."""

    INTACT = "intact"
    CHANGED = "changed"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. `answer` is the server's own; one that does not `weigh` is told but decides nothing."""

    name: TrialName
    outcome: TrialOutcome
    answer: str
    weighs: bool = True


@dataclass(frozen=True, slots=True)
class Conformance:
    """All trials of one run, and how many versions of the probe stay behind until their locks end."""

    trials: tuple[Trial, ...]
    left_behind: int = 0

    @property
    def immutable(self) -> bool:
        weighing = [trial for trial in self.trials if trial.weighs]
        return bool(weighing) and not self.failing

    @property
    def failing(self) -> tuple[Trial, ...]:
        """What keeps the store from being called immutable."""
        return tuple(each for each in self.trials if each.weighs and each.outcome is not TrialOutcome.REFUSED)

    @property
    def bypassable(self) -> bool | None:
        """Whether the key that probed may bypass governance locks, None if that is not clear."""
        return bypassable_by({str(trial.name): str(trial.outcome) for trial in self.trials})


def bypassable_by(outcomes: Mapping[str, str]) -> bool | None:
    """Whether a key of these outcomes, by the name of the trial, may bypass governance locks; None if not clear."""
    found = {outcomes.get(name) for name in GOVERNANCE_BYPASSES}
    if TrialOutcome.ALLOWED in found:
        return True
    return False if found == {TrialOutcome.REFUSED} else None


def judged(reply: Reply, remains: Remains, *, may_otherwise: bool, in_time: bool) -> TrialOutcome:
    """The outcome of an attack on one locked version.

    `may_otherwise`: the same key could do the same to a version without lock. `in_time`: the lock had not ended by the
    time we looked.
    """
    match remains:
        case Remains.CHANGED | Remains.GONE:
            return TrialOutcome.ALLOWED if in_time else TrialOutcome.UNCLEAR
        case Remains.UNKNOWN:
            return TrialOutcome.UNCLEAR
        case Remains.INTACT:
            sure = may_otherwise and reply is not Reply.FAULT
            return TrialOutcome.REFUSED if sure else TrialOutcome.UNCLEAR


def weighed(
    trials: tuple[Trial, ...], *, originals_have_default: bool, mode: LockMode = LockMode.COMPLIANCE
) -> tuple[Trial, ...]:
    """Take off the scales what says nothing about originals that are locked in this mode.

    A server that ignores the lock of CreateMultipartUpload leaves a fresh version unlocked until the next request,
    unless the bucket's default retention locks it at once: then the first weighs nothing and the second does.

    In governance, what our own key may bypass weighs. Where it may bypass nothing, what it could not try upon
    compliance locks and holds for the same reason does not.
    """
    outcomes = {trial.name: trial.outcome for trial in trials}
    headers = outcomes.get(TrialName.MULTIPART_HEADERS_IGNORED)
    default = outcomes.get(TrialName.DEFAULT_RETENTION_IGNORED)
    covered = originals_have_default and default is TrialOutcome.REFUSED
    needed = originals_have_default and headers is not TrialOutcome.REFUSED
    governed = mode is LockMode.GOVERNANCE
    weighs = {
        TrialName.MULTIPART_HEADERS_IGNORED: headers is TrialOutcome.REFUSED or not covered,
        TrialName.DEFAULT_RETENTION_IGNORED: needed,
        **dict.fromkeys(GOVERNANCE_BYPASSES, governed),
    }
    if governed and bypassable_by({str(name): str(outcome) for name, outcome in outcomes.items()}) is False:
        unclear = (name for name in _BYPASSES_OF_MORE if outcomes.get(name) is TrialOutcome.UNCLEAR)
        weighs |= dict.fromkeys(unclear, False)
    return tuple(
        Trial(each.name, each.outcome, each.answer, weighs=weighs.get(each.name, each.weighs)) for each in trials
    )
