"""The tables, by noun. Importing this package registers all of them with `SQLModel.metadata`."""

from catalog.tables.cases import Activity, ActivityOfficer, Case, CaseLink
from catalog.tables.custody import CustodyEvent
from catalog.tables.fingerprints import Fingerprint
from catalog.tables.jobs import Job
from catalog.tables.recordings import ContentClaim, Derivative, Recording, Sighting, Take
from catalog.tables.register import Agency, Assignment, Device, Officer, Slot, Station

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
    "Recording",
    "Sighting",
    "Slot",
    "Station",
    "Take",
]
