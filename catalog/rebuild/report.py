"""What a rebuild found, with its denominators."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FindingKind(StrEnum):
    """What does not fit, or is not there.

    UNREADABLE: an object that is no manifest, page or part of the log. CHANGED: an object with other bytes than the log
    says. UNTOLD: a version that the log does not know and that tells more than it: of the last minute, or foreign.
    CONTRADICTS: a row that the log never knew so; it is put back, and stays marked by its seal. STALE: a row as it
    stood before its last change. UNSEALED: a row of which the log knows nothing. LOST: a row that the log knows and no
    object holds. CUT_OFF: a row that points to one that is lost, or pointed. FROM_LOG: a row that no object holds as
    the log says last, made again from the event that tells it whole: a hold, a case that was opened again. LOG: the log
    does not fit its checkpoints, or has a gap. UNKNOWN_ORIGINAL: a version of an original without a manifest.
    MISSING_ORIGINAL: a recording whose version is not in the store.
    """

    UNREADABLE = "unreadable"
    CHANGED = "changed"
    UNTOLD = "untold"
    CONTRADICTS = "contradicts"
    STALE = "stale"
    UNSEALED = "unsealed"
    LOST = "lost"
    CUT_OFF = "cut off"
    FROM_LOG = "from log"
    LOG = "log"
    UNKNOWN_ORIGINAL = "unknown original"
    MISSING_ORIGINAL = "missing original"


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject`: an object, or a row as `table/id`."""

    kind: FindingKind
    subject: str
    detail: str = ""


@dataclass
class Rebuilt:
    """Counts; `rows` by table. `events` of the log were placed, `checkpoints` verified of `checkpoints_found`."""

    objects_listed: int = 0
    objects_read: int = 0
    events: int = 0
    checkpoints: int = 0
    checkpoints_found: int = 0
    originals: int = 0
    jobs: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def tell(self, kind: FindingKind, subject: str, detail: str = "") -> None:
        self.findings.append(Finding(kind, subject, detail))

    def count(self, kind: FindingKind) -> int:
        return sum(finding.kind is kind for finding in self.findings)

    def figures(self) -> dict[str, Any]:
        """For the event that says that the catalog was rebuilt, and for who reads JSON."""
        return {
            "objects_listed": self.objects_listed,
            "objects_read": self.objects_read,
            "events": self.events,
            "checkpoints": self.checkpoints,
            "checkpoints_found": self.checkpoints_found,
            "originals": self.originals,
            "jobs": self.jobs,
            "rows": dict(sorted(self.rows.items())),
            "findings": {kind.value: self.count(kind) for kind in FindingKind if self.count(kind)},
        }
