"""The tables, by noun. Importing this package registers all of them with `SQLModel.metadata`."""

from catalog.tables.cases import Activity, ActivityOfficer, Case, CaseLink
from catalog.tables.custody import (
    CustodyCheckpoint,
    CustodyEvent,
    CustodyKey,
    CustodyLeaf,
    CustodyObject,
    CustodyPending,
    CustodyStamp,
    CustodySubtree,
)
from catalog.tables.disposals import Approver, Disposal, DisposalApproval, DisposalItem
from catalog.tables.docking import Receipt, SlotState
from catalog.tables.fingerprints import Fingerprint
from catalog.tables.fixity import FixityCheck, FixityState, LockListing, Replacement, StoredLock
from catalog.tables.holds import Hold, HoldSubject
from catalog.tables.jobs import Job
from catalog.tables.manifests import ManifestChange, ManifestPage
from catalog.tables.recordings import ContentClaim, Derivative, Recording, Sighting, Take
from catalog.tables.register import Agency, Assignment, Device, Officer, Slot, Station
from catalog.tables.retention import (
    Classification,
    RetentionChange,
    RetentionDecision,
    RetentionEvaluation,
    ScheduleActivation,
    ScheduleVersion,
)
from catalog.tables.storage_probes import StorageProbe

__all__ = [
    "Activity",
    "ActivityOfficer",
    "Agency",
    "Approver",
    "Assignment",
    "Case",
    "CaseLink",
    "Classification",
    "ContentClaim",
    "CustodyCheckpoint",
    "CustodyEvent",
    "CustodyKey",
    "CustodyLeaf",
    "CustodyObject",
    "CustodyPending",
    "CustodyStamp",
    "CustodySubtree",
    "Derivative",
    "Device",
    "Disposal",
    "DisposalApproval",
    "DisposalItem",
    "Fingerprint",
    "FixityCheck",
    "FixityState",
    "Hold",
    "HoldSubject",
    "Job",
    "LockListing",
    "ManifestChange",
    "ManifestPage",
    "Officer",
    "Receipt",
    "Recording",
    "Replacement",
    "RetentionChange",
    "RetentionDecision",
    "RetentionEvaluation",
    "ScheduleActivation",
    "ScheduleVersion",
    "Sighting",
    "Slot",
    "SlotState",
    "Station",
    "StorageProbe",
    "StoredLock",
    "Take",
]
