"""What can go wrong while demonstration footage is made.

DemoError
├── FootageNotMade      permanent: ffmpeg did not make a file; its last words are kept
├── FootageInTheWay     permanent: another file already stands where footage would go
└── NaiveStart          permanent: the start of the footage carries no offset from UTC
"""

from datetime import datetime
from pathlib import Path


class DemoError(Exception):
    """Base of all errors of the demonstration."""

    retryable = False


class FootageNotMade(DemoError):
    def __init__(self, path: Path, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"The demonstration recording {path} could not be made: {why}.")


class FootageInTheWay(DemoError):
    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} already exists and is something else: choose an empty folder.")


class NaiveStart(DemoError):
    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        super().__init__(f"The footage cannot start at {started_at.isoformat()}: give the time an offset from UTC.")
