"""The program `zhilu` with a clock that can be set wrong: `python -m infra.chaos.process CLOCK_FILE dock ...`.

CLOCK_FILE holds the seconds by which this process's clock is wrong, and may change at any time. Monotonic clocks stay
right, as they do when somebody sets the clock of a machine.
"""

import functools
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import minio.time

import api.cli.context
import storage.s3
from api.cli import main
from api.runtime import open_runtime


class WrongClock:
    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset())

    def _offset(self) -> float:
        try:
            return float(self._file.read_text() or 0)
        except FileNotFoundError:
            return 0.0


def run(clock_file: str, *arguments: str) -> None:
    clock = WrongClock(Path(clock_file))
    vars(api.cli.context)["open_runtime"] = functools.partial(open_runtime, clock=clock)
    # The store's client asks for the time itself, and signs with it.
    vars(minio.time)["utcnow"] = clock
    # And so does our own store, as to which unfinished uploads are old.
    storage.s3.S3Store.__init__.__kwdefaults__ = {"now": clock}
    sys.argv = ["zhilu", *arguments]
    main()


if __name__ == "__main__":
    run(*sys.argv[1:])
