"""The shape in which it is told what was read of stored bytes. Keys are a contract: added, never renamed."""

from api.reading.view import View
from catalog.tables.fixity import FixityOutcome


class RepairView(View):
    """What replaced a damaged version, from which replica, and why. The damaged one stays where it is, locked."""

    at: str
    origin: str
    reason: str


class FixityView(View):
    """What the stored bytes were when they were read last. `outcome` is None where they never were read again.

    `damaged_since`: the first reading that was not intact, None where the last one was. `replica`: whether one is set
    that could repair it.
    """

    outcome: FixityOutcome | None
    checked_at: str | None
    damaged_since: str | None
    error: str | None
    replica: bool
    repairs: tuple[RepairView, ...]
