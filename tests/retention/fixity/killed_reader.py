"""A reader that is killed by the system in the middle of its second version: run as a process of its own."""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from catalog.engine import Catalog, sqlite_url
from retention.fixity import FixityReader
from retention.fixity_plan import FixitySettings
from storage.local import LocalStore


def main() -> None:
    database, objects, now = Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromtimestamp(float(sys.argv[3]), UTC)
    rests = 0

    def rest(_seconds: float) -> bool:
        nonlocal rests
        rests += 1
        if rests == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    FixityReader(
        Catalog(sqlite_url(database)),
        LocalStore(objects),
        FixitySettings(),
        identity="killed",
        clock=lambda: now,
        seconds=lambda: 0.0,
        rest=rest,
    ).read_due()


if __name__ == "__main__":
    main()
