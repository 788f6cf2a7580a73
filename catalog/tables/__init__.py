"""The tables, by noun. Importing this package registers all of them with `SQLModel.metadata`."""

from catalog.tables.cases import Activity, ActivityOfficer, Case, CaseLink
from catalog.tables.custody import CustodyEvent
from catalog.tables.docking import Receipt, SlotState
from catalog.tables.fingerprints import Fingerprint
from catalog.tables.jobs import Job
from catalog.tables.recordings import ContentClaim, Derivative, Recording, Sighting, Take
from catalog.tables.register import Agency, Assignment, Device, Officer, Slot, Station
from catalog.tables.storage_probes import StorageProbe

__all__ = [
    "Activity",
    "ActivityOfficer",
    "Agency",
    "Assignment",
    "Case",
    "CaseLink",
    "ContentClaim",
    "CustodyEvent",
    "Derivative",
    "Device",
    "Fingerprint",
    "Job",
    "Officer",
    "Receipt",
    "Recording",
    "Sighting",
    "Slot",
    "SlotState",
    "Station",
    "StorageProbe",
    "Take",
]
