"""Disposal, and what stands in its way: holds and open cases."""

from datetime import datetime

from retention.errors.base import RetentionError


class NothingToHold(RetentionError):
    def __init__(self) -> None:
        super().__init__("A hold must be on something: give --recording or --case.")


class HoldReleased(RetentionError):
    def __init__(self, number: str, at: datetime) -> None:
        self.number, self.at = number, at
        super().__init__(f"The hold {number} was released before, at {at:%Y-%m-%d %H:%M:%S} UTC.")


class RecordingDisposed(RetentionError):
    """`disposal` is the number of the list it was on, None where that is not known."""

    def __init__(self, recording_id: str, at: datetime, disposal: str | None = None) -> None:
        self.recording_id, self.at, self.disposal = recording_id, at, disposal or "none"
        by = f" under {disposal}, whose certificate tells who approved it" if disposal else ""
        super().__init__(
            f"The recording {recording_id} was disposed of at {at:%Y-%m-%d %H:%M:%S} UTC{by}. Its bytes are gone; what "
            "is known of them stays."
        )


class CaseUnchanged(RetentionError):
    def __init__(self, number: str, what: str) -> None:
        self.number, self.what = number, what
        super().__init__(f"The case {number} is {what} already.")


class ClosingUnfit(RetentionError):
    """`earliest`: when the last of what the case is about was."""

    def __init__(self, number: str, earliest: datetime, latest: datetime) -> None:
        self.number, self.earliest, self.latest = number, earliest, latest
        super().__init__(
            f"The case {number} was closed between {earliest:%Y-%m-%d %H:%M} UTC, the last of what it is about, and "
            "now: give such a time."
        )


class DisposalError(RetentionError):
    pass


class NothingToDispose(DisposalError):
    def __init__(self) -> None:
        super().__init__("Nothing can be disposed of now: no list was made.")


class ListChanged(DisposalError):
    def __init__(self, number: str, shown: str, now: str) -> None:
        self.number, self.shown, self.now = number, shown, now
        super().__init__(
            f"The list {number} is not the one that was approved: its SHA-256 is {now}, not {shown}. Nothing was done; "
            "look at it again, and have `zhilu verify` look at the catalog if nobody meant to change it."
        )


class DisposalNotOpen(DisposalError):
    def __init__(self, number: str, state: str) -> None:
        self.number, self.state = number, state
        super().__init__(f"The list {number} is {state}: this cannot be done to it any more, or not yet.")


class DisposalNotApproved(DisposalError):
    """`code` is why: too_few, revoked, unsealed, tampered, changed; `who` whose approval it is about."""

    def __init__(self, number: str, code: str, who: str = "") -> None:
        self.number, self.code, self.who = number, code, who
        why = {
            "revoked": f"the approval of {who} counts no more since {who} was revoked",
            "tampered": f"what the catalog says of {who} is not what the custody log sealed",
            "unsealed": f"the custody log knows nothing of the approval of {who}",
            "changed": "what the catalog says of the list is not what the custody log sealed",
        }.get(code, "two different people have not approved it")
        super().__init__(f"Nothing of the list {number} goes: {why}. Plan a new list.")


class DisposalTooEarly(DisposalError):
    """`code` as `retention.disposal.waiting.WaitCode`; `fact` until when, how many minutes apart, or hours missing."""

    def __init__(self, number: str, code: str, fact: str) -> None:
        self.number, self.code, self.fact = number, code, fact
        why = {
            "clocks_apart": f"the clocks of this machine, the catalog and the store are {fact} min apart: set them",
            "clock_set_back": f"a clock was set back, or forward before: the custody log speaks of {fact}",
            "not_seen": f"{fact} h of the waiting time were not seen to pass: a clock was set forward, or nothing ran",
        }.get(code, f"everything on it can be taken back until {fact}")
        super().__init__(f"Nothing of the list {number} goes yet: {why}.")


class DisposalWaits(DisposalError):
    retryable = True

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(
            f"The replica at {where} lets nothing be deleted now ({why}): the copies there have to go too, so the"
            " disposal waits and goes on by itself once it does."
        )


class SameApprover(DisposalError):
    def __init__(self, name: str, number: str) -> None:
        self.name, self.number = name, number
        super().__init__(f"{name} has given their word on {number} before: another approver must give the second one.")


class NotOnList(DisposalError):
    def __init__(self, number: str, recording_id: str) -> None:
        self.number, self.recording_id = number, recording_id
        super().__init__(f"The list {number} holds no recording {recording_id} that could still be taken back.")
