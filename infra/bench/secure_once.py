# ruff: noqa: INP001 - a program, no package
"""Secure one file in the embedded engines, as a process of its own: `secure_once.py FILE HOME [--sm3]`.

Prints one JSON object: seconds and processor seconds of the protocol alone, and the peak memory of the process.
"""

import json
import os
import re
import sys
from pathlib import Path

from measuring import measured

from api.runtime import open_runtime
from api.settings import load_settings
from ingest.intake import IntakeOutcome
from ingest.walk import walk


def main(source: str, home: str, *options: str) -> None:
    """Open the home, secure, and say what it took."""
    settings = load_settings(home=Path(home), secure={"sm3": "--sm3" in options})
    with open_runtime(settings) as runtime:
        (found,) = walk(os.fsencode(Path(source).absolute()))
        desk, results = runtime.intake_desk(), []
        cost = measured(lambda: results.append(desk.take(found, actor=runtime.actor)))
    if results[0].outcome is not IntakeOutcome.SECURED:
        raise SystemExit(f"it was not secured: {results[0].outcome} {results[0].reason}")
    sys.stdout.write(json.dumps({"wall_s": cost.wall_s, "processor_s": cost.processor_s, "peak_bytes": _peak_bytes()}))


def _peak_bytes() -> int:
    """The most memory this process ever had in use, as the kernel counts it; that of other processes left out."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None  # noqa: S101 - Linux always says
    return int(found[1]) * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
