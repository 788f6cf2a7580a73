"""Why a slot shows what it shows: a key that stays, its fields, and the English sentence that goes on record.

The faces say it in the language of the reader, by key and fields (`slot-reason-*` in the messages). Times are ISO 8601
in UTC, here and in the fields.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ingest.state_file import moment, text

Fact = str | int


class ReasonCode(StrEnum):
    """The keys; each is a text of the interface."""

    ENGINE_FAULT = "engine fault"
    ENGINE_SLOW = "engine slow"
    DISK_LOW = "disk low"
    DISK_NOT_ASKED = "disk not asked"
    CLOCK_WENT_BACK = "clock went back"
    CLOCK_JUMPED = "clock jumped"
    CLOCK_UNSET = "clock unset"
    ERASING_REFUSED = "erasing refused"
    TIMES_IN_FUTURE = "times in future"
    TOO_MANY_FILES = "too many files"
    FILES_FAILED = "files failed"
    FILE_FAILED = "file failed"
    FILE_GROWS = "file grows"
    DEVICE_REFUSED = "device refused"
    NOT_LOOKED_INTO = "not looked into"
    DOES_NOT_ANSWER = "does not answer"
    NOT_MOUNTED = "not mounted"
    FIRST_LOOK = "first look"
    NOTHING_YET = "nothing yet"
    NOTHING_FOUND = "nothing found"
    LAST_LOOK = "last look"
    TO_ERASE = "to erase"
    KEPT = "kept"
    TAKEN_OUT = "taken out"
    TAKEN_OUT_UNREAD = "taken out unread"
    GONE_MEANWHILE = "gone meanwhile"
    STATE_UNREADABLE = "state unreadable"


_SENTENCES = {
    ReasonCode.ENGINE_FAULT: "Since {since} nothing can be secured: {fault}",
    ReasonCode.ENGINE_SLOW: (
        "The store or the catalog has given no answer for long: leave the card where it is, and see to them."
    ),
    ReasonCode.DISK_LOW: "Only {free} MiB are free at {where}, {reserve} MiB should be: make room.",
    ReasonCode.DISK_NOT_ASKED: "{where} cannot be asked for its room: {why}.",
    ReasonCode.CLOCK_WENT_BACK: "The clock went back by {seconds} s, to {at}: check it against a time server.",
    ReasonCode.CLOCK_JUMPED: "The clock went forward by {seconds} s, to {at}: check it against a time server.",
    ReasonCode.CLOCK_UNSET: "The clock says {at}, which cannot be: set it.",
    ReasonCode.ERASING_REFUSED: "{fault}",
    ReasonCode.TIMES_IN_FUTURE: "{count} of its files bear times in the future: set the clock of the camera.",
    ReasonCode.TOO_MANY_FILES: "It holds more files than a camera's card does: only the first {count} are secured.",
    ReasonCode.FILES_FAILED: "{count} of its files could not be secured.",
    ReasonCode.FILE_FAILED: "{path}: {fault}",
    ReasonCode.FILE_GROWS: (
        "{path}: It has been growing for too long; it is watched on and secured once it stands still."
    ),
    ReasonCode.DEVICE_REFUSED: "{fault}",
    ReasonCode.NOT_LOOKED_INTO: "{path}: {fault}",
    ReasonCode.DOES_NOT_ANSWER: "The card does not answer: take it out and look.",
    ReasonCode.NOT_MOUNTED: (
        "Something is plugged in, but the system has not mounted it ({devices}), so nothing of it can be secured: "
        "keep the card, and see why it cannot be read."
    ),
    ReasonCode.FIRST_LOOK: "It is being looked through for the first time.",
    ReasonCode.NOTHING_YET: "Nothing was found on it so far; it is looked through once more.",
    ReasonCode.NOTHING_FOUND: "Nothing was found on it.",
    ReasonCode.LAST_LOOK: "All is secured; it is looked through once more before it may go.",
    ReasonCode.TO_ERASE: "{count} secured files are still to be erased.",
    ReasonCode.KEPT: "{count} files were kept on it.",
    ReasonCode.TAKEN_OUT: (
        "A card{camera} was taken out before it was done ({at}): {left} of {found} files were not secured. "
        "Put it in again."
    ),
    ReasonCode.TAKEN_OUT_UNREAD: (
        "A card{camera} was taken out before all of it was looked through ({at}). Put it in again."
    ),
    ReasonCode.GONE_MEANWHILE: (
        "A card{camera} that was not done when it was last seen ({at}) is gone: {left} of {found} files were not "
        "secured. Put it in again."
    ),
    ReasonCode.STATE_UNREADABLE: (
        "State of this dock could not be read and was put aside ({files}): cards that were taken out too early may be "
        "forgotten, or word of them not heeded. See to them, then move those files away."
    ),
}
TIMES = frozenset({"since", "at"})
"""The fields that are times."""


@dataclass(frozen=True, slots=True)
class FaultFacts:
    """An error that goes with a reason: its class, its English sentence, and its fields, by which it is translated."""

    kind: str
    sentence: str
    facts: dict[str, Fact] = field(default_factory=dict)

    @classmethod
    def of(cls, error: Exception) -> "FaultFacts":
        facts = {
            name: value if isinstance(value, int) else str(value)
            for name, value in vars(error).items()
            if not name.startswith("_")
        }
        return cls(type(error).__name__, str(error), facts)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `fault` is the error behind it, if there is one."""

    code: ReasonCode
    facts: dict[str, Fact] = field(default_factory=dict)
    fault: FaultFacts | None = None

    @property
    def sentence(self) -> str:
        """In English, as it goes on record."""
        facts = {name: _spelled(value) if name in TIMES else value for name, value in self.facts.items()}
        camera = f" of the camera {facts['devices']}" if facts.get("known") == "yes" else ""
        return _SENTENCES[self.code].format(**facts, camera=camera, fault=self.fault.sentence if self.fault else "")

    def as_json(self) -> dict[str, Any]:
        """Keys of `slots.json` and of `zhilu dock --status --json`."""
        fault = self.fault
        told = {"error": fault.kind, "sentence": fault.sentence, "facts": fault.facts} if fault else None
        return {"reason": self.sentence, "reason_code": self.code.value, "reason_facts": self.facts, "fault": told}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Reason":
        """Raises what `state_file.understood` catches for what `as_json` does not give."""
        told = document["fault"]
        fault = FaultFacts(text(told["error"]), text(told["sentence"]), _facts(told["facts"])) if told else None
        reason = cls(ReasonCode(document["reason_code"]), _facts(document["reason_facts"]), fault)
        _ = reason.sentence  # whether the fields that it needs are there
        return reason


def _facts(told: dict[str, Any]) -> dict[str, Fact]:
    for name, value in told.items():
        if name in TIMES:
            moment(value)
        elif not isinstance(value, str | int):
            message = f"{name} is no fact"
            raise TypeError(message)
    return dict(told)


NO_REASON: dict[str, Any] = {"reason": None, "reason_code": None, "reason_facts": {}, "fault": None}
"""What `as_json` gives where there is none."""


def _spelled(moment: Fact) -> str:
    """`2026-11-23T08:00:00+00:00` as `2026-11-23 08:00:00 UTC`."""
    return str(moment).replace("T", " ").replace("+00:00", " UTC")
