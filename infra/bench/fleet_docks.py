# ruff: noqa: INP001 - a program, no package
"""Several simulated docks in one process: `fleet_docks.py CARDS DOCKS SIZE EVERY SECONDS BEGINS`.

Each dock gets a file of SIZE bytes every EVERY seconds and secures it. Prints one JSON object a file.
"""

import json
import os
import secrets
import shutil
import sys
import threading
import time
from pathlib import Path

from api.runtime import Runtime, open_runtime
from api.settings import load_settings
from ingest.intake import IntakeOutcome
from ingest.walk import walk

_said = threading.Lock()


def main(cards: str, docks: str, size: str, every: str, seconds: str, begins: str) -> None:  # noqa: PLR0917
    """Open the engines and run the docks until their time is over and their last file is safe."""
    content = os.urandom(int(float(size)))
    try:
        with open_runtime(load_settings()) as runtime:
            threads = [
                threading.Thread(
                    target=_dock,
                    args=(runtime, Path(cards) / str(number), content, float(every), float(seconds), float(begins)),
                )
                for number in range(int(docks))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        shutil.rmtree(cards)


def _dock(runtime: Runtime, card: Path, content: bytes, every: float, seconds: float, begins: float) -> None:  # noqa: PLR0917
    card.mkdir()
    desk = runtime.intake_desk(threads=1)
    # Docks do not begin at the same moment.
    due = begins + secrets.randbelow(1000) / 1000 * every
    while due < begins + seconds:
        time.sleep(max(0.0, due - time.time()))
        path = card / f"{due:.3f}.mp4"
        with path.open("wb") as file:
            file.write(secrets.token_bytes(32))  # each content is new, and of a size of its own as recordings are
            file.write(content[32 + secrets.randbelow(100_000) :])
        (found,) = walk(os.fsencode(path))
        result = desk.take(found, actor=runtime.actor)
        ended, written = time.time(), path.stat().st_size
        path.unlink()
        _tell(due, ended, written, None if result.outcome is IntakeOutcome.SECURED else str(result.reason))
        due += every


def _tell(due: float, ended: float, size: int, reason: str | None) -> None:
    line = json.dumps({"due": due, "ended": ended, "safe_s": ended - due, "size": size, "reason": reason})
    with _said:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
