"""What can go wrong in administration and preservation.

RetentionError
├── ScheduleError              what stands in a schedule, and putting one in force
│   ├── ScheduleFileUnreadable permanent: no such file, too large, no text
│   ├── ScheduleInvalid        permanent: what is wrong, and on which line
│   ├── ScheduleUnknown        permanent: no schedule of that id and version was loaded
│   ├── ScheduleVersionKnown   permanent: another text was loaded under that id and version
│   ├── ScheduleIncomplete     permanent: it leaves to the agency what the agency has not set
│   ├── ScheduleInForce        permanent: it is in force already
│   ├── ScheduleProposed       another one waits for its second person
│   ├── ScheduleNotProposed    it waits for nobody
│   ├── ProposerGone           permanent: who proposed it may not approve any more
│   └── SamePerson             permanent: the two people must be different
├── ClassificationError        what a person says a recording is
│   ├── ClassificationStands   permanent: it was classified so already
│   └── NotClassified          permanent: nobody stands by such a classification
├── ApproverError              who may approve
│   ├── PassphraseWeak         permanent: too short, too plain, or the name itself
│   ├── ApproverNameUnfit      permanent: it cannot be the name of a person here
│   ├── ApproverKnown          permanent: somebody was enrolled under this name before
│   ├── ApproverUnproven       nobody of that name is enrolled, or the passphrase is another
│   ├── ApproverBarred         for a while: too many wrong passphrases
│   ├── VouchersMissing        more enrolled people have to vouch
│   ├── VouchingForOneself     permanent: a person's word for themselves counts nothing
│   ├── ApproversTooFew        permanent for now: fewer than two would be left
│   ├── ApproverTampered       permanent: their row is not what the custody log sealed of it
│   └── ApproverGone           revoked, or with another passphrase, since they proved themselves
├── NoDeadline                 permanent: the schedule in force sets none for securing recordings
├── DisposalError
│   ├── NothingToDispose       the list would be empty
│   ├── ListChanged            permanent: what is approved is not the list that was shown, or planned
│   ├── DisposalNotOpen        permanent: it has come so far that this cannot be done to it any more
│   ├── DisposalNotApproved    two different people who are enrolled have not approved this very list
│   ├── DisposalTooEarly       until the days are over by all clocks, and were seen to pass
│   ├── DisposalWaits          retryable: the replica, whose copies have to go too, does not answer
│   └── NotOnList              permanent: the list names no such recording that could be taken back
├── NothingToHold              a hold was to be placed on nothing
├── HoldReleased               permanent: it was released before
├── RecordingDisposed          permanent: the bytes are gone, lawfully
├── CaseUnchanged              it is already as it was to become
├── ClosingUnfit               permanent: a case closes after all that it is about, and not in the future
├── StoreAway                  retryable: the store gives nothing, so nothing is said of any version
└── RepairRefused              a damaged recording is not repaired now
    ├── NoReplica              permanent: the settings name none
    ├── ReplicaAway            retryable: it does not answer
    ├── ReplicaUnfit           permanent: it holds no version with the bytes on record
    └── BeingDisposedOf        permanent: its bytes are going, lawfully
"""

from datetime import datetime


class RetentionError(Exception):
    """Base of all errors of this package: one sentence a person can act on, and whether trying again can help."""

    retryable = False


class StoreAway(RetentionError):
    retryable = True

    def __init__(self, version: str, why: str) -> None:
        self.version, self.why = version, why
        super().__init__(f"The store gives neither {version} nor others ({why}): see that it is there, then try again.")


class RepairRefused(RetentionError):
    pass


class NoReplica(RepairRefused):
    def __init__(self, recording: str) -> None:
        self.recording = recording
        super().__init__(
            f"The recording {recording} is damaged and no replica is set up to repair it from: name one in "
            "[fixity.replica], or put its bytes back from a backup."
        )


class ReplicaAway(RepairRefused):
    retryable = True

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(f"The replica at {where} cannot be read ({why}): nothing was repaired; try again.")


class ReplicaUnfit(RepairRefused):
    """`looked`: how many versions it holds under that key."""

    def __init__(self, recording: str, where: str, looked: int) -> None:
        self.recording, self.where, self.looked = recording, where, looked
        super().__init__(
            f"The replica at {where} holds no version of the recording {recording} with the SHA-256 on record "
            f"({looked} looked at): nothing was repaired; look for another copy."
        )


class BeingDisposedOf(RepairRefused):
    def __init__(self, recording: str) -> None:
        self.recording = recording
        super().__init__(f"The recording {recording} is disposed of, or just being so: it is not repaired.")


class ApproverError(RetentionError):
    pass


class PassphraseWeak(ApproverError):
    """`code` is why: short, long, plain, name, unreadable; `least` how many characters it needs."""

    def __init__(self, code: str, least: int) -> None:
        self.code, self.least = code, least
        why = {
            "short": f"it has fewer than {least} characters",
            "long": "it is longer than anybody can type",
            "plain": "it repeats a few characters only",
            "name": "it is the name itself, or holds it",
        }.get(code, "it is not text")
        super().__init__(f"This passphrase will not do: {why}. Take several words that nobody would guess.")


class ApproverNameUnfit(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name!r} cannot be the name of an approver: give the name people know this person by.")


class ApproverKnown(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Somebody was enrolled as {name} before: give a name that tells the two apart.")


class ApproverUnproven(ApproverError):
    """Does not say which of the two it is: that would tell who is enrolled."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Nobody enrolled as {name} has this passphrase. The attempt is on record.")


class ApproverBarred(ApproverError):
    def __init__(self, name: str, until: datetime) -> None:
        self.name, self.until = name, until
        super().__init__(
            f"Too many wrong passphrases for {name}: wait until {until:%H:%M:%S} UTC, and ask who tried them."
        )


class VouchersMissing(ApproverError):
    def __init__(self, needed: int, given: int) -> None:
        self.needed, self.given = needed, given
        super().__init__(
            f"{needed} enrolled people have to vouch for this with passphrases of their own, {given} did: "
            "name each with --voucher."
        )


class VouchingForOneself(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} cannot vouch for {name}: let somebody else who is enrolled do it.")


class ApproversTooFew(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Without {name} fewer than two approvers would be left: enrol another one first.")


class ApproverGone(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} was revoked, or got another passphrase, in the meantime: begin again.")


class ApproverTampered(ApproverError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"What the catalog says of approver {name} is not what the custody log sealed: somebody wrote past the "
            "program. Nothing goes by their word until that is cleared up: run zhilu verify."
        )


class ScheduleError(RetentionError):
    pass


class ScheduleFileUnreadable(ScheduleError):
    """`code` is why: system, large, not_utf8; `detail` what the system said, or the limit in bytes."""

    def __init__(self, path: str, code: str, detail: str) -> None:
        self.path, self.code, self.detail = path, code, detail
        why = {
            "large": f"it is larger than {detail} bytes",
            "not_utf8": "it is no UTF-8 text",
        }.get(code, detail)
        super().__init__(f"The schedule {path} cannot be read: {why}.")


_SCHEDULE_FAULTS = {
    "toml": "it is no TOML ({value})",
    "unknown": "there is no key {key} here",
    "missing": "the key {key} is missing",
    "empty": "{key} is empty",
    "text": "{key} must be text",
    "yes_or_no": "{key} must be true or false",
    "true_only": "{key} can only be true: leave it out where it does not matter",
    "number": "{key} must be a whole number",
    "list": "{key} must be a list",
    "table": "{key} must be a table",
    "one_of": "{key} must be one of {value}",
    "form": "{key} must have the form {value}",
    "twice": "there is a rule {value} already",
    "keep": '{value} is no period: write "60 days", "6 months", "2 years", "permanent", "as case file" or '
    '"until adjudicated"',
    "from": "from goes with a period only, and {value} is none",
    "deadline": "a deadline has either hours or working_days",
}


class ScheduleInvalid(ScheduleError):
    """`code` names what is wrong, `key` where, `value` what was found or what may be there."""

    def __init__(self, file: str, line: int, key: str, code: str, value: str = "") -> None:
        self.file, self.line, self.key, self.code, self.value = file, line, key, code, value
        why = _SCHEDULE_FAULTS.get(code, "{key} cannot be that").format(key=key, value=value)
        super().__init__(f"{file}, line {line}: {why}.")


class ScheduleUnknown(ScheduleError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"No schedule {name} was loaded: see `zhilu retention schedule list`, and load it first.")


class ScheduleVersionKnown(ScheduleError):
    def __init__(self, schedule: str, version: str) -> None:
        self.schedule, self.version = schedule, version
        super().__init__(
            f"Another text was loaded as version {version} of {schedule}: give this one a version of its own."
        )


class ScheduleIncomplete(ScheduleError):
    def __init__(self, schedule: str) -> None:
        self.schedule = schedule
        super().__init__(
            f"The schedule {schedule} leaves the general period to the agency, so it cannot come into force as it is: "
            f"write it to a file with `zhilu retention schedule show {schedule} --toml`, add a [[rule]] without "
            "`when`, give it a version of its own, and load that."
        )


class ScheduleInForce(ScheduleError):
    def __init__(self, schedule: str, version: str) -> None:
        self.schedule, self.version = schedule, version
        super().__init__(f"Version {version} of {schedule} is in force already.")


class ScheduleProposed(ScheduleError):
    def __init__(self, schedule: str, version: str) -> None:
        self.schedule, self.version = schedule, version
        super().__init__(
            f"Version {version} of {schedule} is proposed and waits for a second person: activate or reject it first."
        )


class ScheduleNotProposed(ScheduleError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The schedule {name} is not proposed: propose it first.")


class ProposerGone(ScheduleError):
    def __init__(self, name: str, proposer: str) -> None:
        self.name, self.proposer = name, proposer
        super().__init__(
            f"{proposer}, who proposed the schedule {name}, may not approve any more: reject it, and have another "
            "approver propose it."
        )


class SamePerson(ScheduleError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} has proposed it: another approver must put it in force.")


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


class ClassificationError(RetentionError):
    pass


class ClassificationStands(ClassificationError):
    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(f"The recording is classified as {word} already.")


class NotClassified(ClassificationError):
    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(f"The recording is not classified as {word}: see `zhilu retention explain`.")


class NoDeadline(RetentionError):
    """`code` is why: none_in_force, or none_set by the `schedule`."""

    def __init__(self, schedule: str) -> None:
        self.schedule, self.code = schedule, "none_set" if schedule else "none_in_force"
        super().__init__(
            f"The schedule in force, {schedule}, sets no deadline for securing recordings."
            if schedule
            else "No schedule is in force, so there is no deadline for securing recordings: put one in force first."
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


class NotOnList(DisposalError):
    def __init__(self, number: str, recording_id: str) -> None:
        self.number, self.recording_id = number, recording_id
        super().__init__(f"The list {number} holds no recording {recording_id} that could still be taken back.")
