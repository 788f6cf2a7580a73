# ruff: noqa: INP001 - a program, no package
"""What securing a file costs: time against a careful copy by hand, and memory."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measuring import GIB, MIB, ROOT, ZHILU, Cost, Figure, command, in_turns, measured, ratio, warm
from sources import mostly_empty_file, random_file

_ONCE = ROOT / "infra" / "bench" / "secure_once.py"
_TIME_GOAL = 1.1
_REST_S = 3.0
_MEMORY_GOAL_BYTES = 160 * MIB
_MEMORY_ROOM_BYTES = 12 * GIB  # the source, its copy, and what other processes may take meanwhile


def secure(folder: Path, *, quick: bool) -> Iterator[Figure]:
    """One large file through the whole protocol against `cp`, `sha256sum` of the copy, `sync` of the copy."""
    size = 128 * MIB if quick else GIB
    source = random_file(folder / "source.bin", size)
    inside: dict[str, list[Cost]] = {"zhilu": [], "zhilu with SM3": []}

    def by_hand() -> Cost:
        _rest(source)
        copy = folder / "copy.bin"
        cost = measured(lambda: (command("cp", source, copy), command("sha256sum", copy), command("sync", copy)))
        copy.unlink()
        return cost

    def secured(name: str, *options: str) -> Cost:
        with tempfile.TemporaryDirectory(dir=folder) as home:
            command(ZHILU, "jobs", "--json", environment={"ZHILU_HOME": home})  # makes the home
            _rest(source)
            said: list[bytes] = []
            cost = measured(lambda: said.append(command(sys.executable, _ONCE, source, home, *options)))
            told = json.loads(said[0])
            inside[name].append(Cost(told["wall_s"], told["processor_s"]))
        return cost

    rounds = in_turns(
        {
            "by hand": by_hand,
            "zhilu": lambda: secured("zhilu"),
            "zhilu with SM3": lambda: secured("zhilu with SM3", "--sm3"),
        },
        3 if quick else 5,
    )
    source.unlink()
    protocol = {"by hand": rounds["by hand"], **{name: costs[1:] for name, costs in inside.items()}}
    label = f"secure {size // MIB} MiB: time, `cp` + `sha256sum` + `sync` = 1"
    alone, whole = ratio(protocol, "zhilu", "by hand"), ratio(rounds, "zhilu", "by hand")
    yield Figure(f"{label}, the protocol alone", f"{alone:.2f}", f"<= {_TIME_GOAL}", alone.median <= _TIME_GOAL)
    yield Figure(f"{label}, the whole process", f"{whole:.2f}", f"<= {_TIME_GOAL}", whole.median <= _TIME_GOAL)
    yield Figure("the same with SM3 as well, the protocol alone", f"{ratio(protocol, 'zhilu with SM3', 'by hand'):.2f}")
    used = ratio(protocol, "zhilu", "by hand", processor=True)
    yield Figure("the same without SM3, processor time", f"{used:.2f}")


def _rest(source: Path) -> None:
    """The same start for everybody: the source in memory, and what others left there given back.

    Some virtual machines hand free memory to their host after two seconds, and wait for it when it is used again.
    """
    time.sleep(_REST_S)
    warm(source)


def memory(folder: Path, *, quick: bool) -> Iterator[Figure]:
    """The peak memory of a process that secures a file larger than what FAT32 can hold."""
    size = 512 * MIB if quick else 5 * GIB
    label = f"secure {size // MIB} MiB with SM3: peak memory"
    free = shutil.disk_usage(folder).free
    if not quick and free < _MEMORY_ROOM_BYTES:
        yield Figure(label, f"left out: it takes 12 GiB of free disk, there are {free / GIB:.1f}")
        return
    source = mostly_empty_file(folder / "large.bin", size)
    with tempfile.TemporaryDirectory(dir=folder) as home:
        told = json.loads(command(sys.executable, _ONCE, source, home, "--sm3"))
    source.unlink()
    peak = told["peak_bytes"]
    goal = f"<= {_MEMORY_GOAL_BYTES // MIB} MiB"
    yield Figure(label, f"{peak / MIB:.0f} MiB", goal, peak <= _MEMORY_GOAL_BYTES)
