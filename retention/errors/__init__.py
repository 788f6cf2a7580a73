"""What can go wrong in administration and preservation.

RetentionError
├── ScheduleError              what stands in a schedule, and putting one in force
│   ├── ScheduleFileUnreadable permanent: no such file, too large, no text
│   ├── ScheduleInvalid        permanent: what is wrong, and on which line
│   ├── ScheduleUnknown        permanent: no schedule of that id and version was loaded
│   ├── ScheduleAmbiguous      permanent: several versions of it were loaded, and none was named
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
│   ├── SameApprover           permanent: one person's word counts once
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

from retention.errors.approvers import (
    ApproverBarred,
    ApproverError,
    ApproverGone,
    ApproverKnown,
    ApproverNameUnfit,
    ApproversTooFew,
    ApproverTampered,
    ApproverUnproven,
    PassphraseWeak,
    VouchersMissing,
    VouchingForOneself,
)
from retention.errors.base import (
    RetentionError,
)
from retention.errors.disposal import (
    CaseUnchanged,
    ClosingUnfit,
    DisposalError,
    DisposalNotApproved,
    DisposalNotOpen,
    DisposalTooEarly,
    DisposalWaits,
    HoldReleased,
    ListChanged,
    NothingToDispose,
    NothingToHold,
    NotOnList,
    RecordingDisposed,
    SameApprover,
)
from retention.errors.preservation import (
    BeingDisposedOf,
    NoReplica,
    RepairRefused,
    ReplicaAway,
    ReplicaUnfit,
    StoreAway,
)
from retention.errors.schedules import (
    ClassificationError,
    ClassificationStands,
    NoDeadline,
    NotClassified,
    ProposerGone,
    SamePerson,
    ScheduleAmbiguous,
    ScheduleError,
    ScheduleFileUnreadable,
    ScheduleIncomplete,
    ScheduleInForce,
    ScheduleInvalid,
    ScheduleNotProposed,
    ScheduleProposed,
    ScheduleUnknown,
    ScheduleVersionKnown,
)

__all__ = [
    "ApproverBarred",
    "ApproverError",
    "ApproverGone",
    "ApproverKnown",
    "ApproverNameUnfit",
    "ApproverTampered",
    "ApproverUnproven",
    "ApproversTooFew",
    "BeingDisposedOf",
    "CaseUnchanged",
    "ClassificationError",
    "ClassificationStands",
    "ClosingUnfit",
    "DisposalError",
    "DisposalNotApproved",
    "DisposalNotOpen",
    "DisposalTooEarly",
    "DisposalWaits",
    "HoldReleased",
    "ListChanged",
    "NoDeadline",
    "NoReplica",
    "NotClassified",
    "NotOnList",
    "NothingToDispose",
    "NothingToHold",
    "PassphraseWeak",
    "ProposerGone",
    "RecordingDisposed",
    "RepairRefused",
    "ReplicaAway",
    "ReplicaUnfit",
    "RetentionError",
    "SameApprover",
    "SamePerson",
    "ScheduleAmbiguous",
    "ScheduleError",
    "ScheduleFileUnreadable",
    "ScheduleInForce",
    "ScheduleIncomplete",
    "ScheduleInvalid",
    "ScheduleNotProposed",
    "ScheduleProposed",
    "ScheduleUnknown",
    "ScheduleVersionKnown",
    "StoreAway",
    "VouchersMissing",
    "VouchingForOneself",
]
