# ruff: noqa: INP001 - a program, no package
"""The peak memory of a program, as the kernel counts it for that process alone."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from measuring import ROOT, TIMEOUT_S

_LOOK_S = 0.05
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


def peak_bytes_of(words: Sequence[object], environment: Mapping[str, str]) -> tuple[int, bytes]:
    """Run a program to its end; returns the most memory it had and what it printed.

    Not by `wait4`: its figure includes what this process had when it made the other.
    """
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(  # noqa: S603 - our own words, no shell
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
        peak, deadline = 0, time.monotonic() + TIMEOUT_S
        while process.poll() is None:
            peak = max(peak, _peak_so_far(process.pid))
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(_LOOK_S)
        printed.seek(0)
        said = printed.read()
    if process.returncode != 0:
        raise SystemExit(f"{words[0]} ended with {process.returncode}: {said[-500:]!r}")
    return peak, said


def _peak_so_far(process_id: int) -> int:
    try:
        found = _PEAK.search(Path(f"/proc/{process_id}/status").read_text(encoding="ascii"))
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
