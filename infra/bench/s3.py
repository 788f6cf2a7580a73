# ruff: noqa: INP001 - a program, no package
"""Securing into S3 against what a user would do instead: `aws s3 cp`, with `sha256sum` before and after.

The store, catalog and doorbell are those of the settings; buckets and databases are made for each run and removed.
"""

import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from engines import are_there, engines
from measuring import (
    GIB,
    MIB,
    ROOT,
    ZHILU,
    Cost,
    Figure,
    Rounds,
    Spread,
    command,
    compiled,
    in_turns,
    measured,
    ratio,
    warm,
)
from other_tools import Aws, Place, Rclone, empty, place
from running import peak_bytes_of
from sources import mostly_empty_file, photos, random_file

_ONCE = ROOT / "infra" / "bench" / "s3_once.py"
_UPLOAD_GOAL, _SECURE_GOAL, _PHOTO_GOAL = 1.0, 0.7, 0.8
_MEMORY_GOAL_BYTES = 128 * MIB
_COUNT, _PHOTO_BYTES = 500, 300_000
# A store gives room back some time after a deletion (Ceph: minutes). So long are rounds apart for every GiB put.
_SECONDS_A_GIB = 15.0
_SM3 = {"with SM3": True, "without SM3": False}


def s3(folder: Path, *, quick: bool) -> Iterator[Figure]:
    """Upload alone, the whole protocol, many photos, and memory."""
    if not are_there():
        yield Figure("S3", "left out: the settings name no S3, catalog and doorbell")
        return
    compiled()
    if not Rclone.is_there():
        yield Figure("rclone beside it", "left out: it is not installed (Debian package rclone)")
    with place() as others:
        aws = Aws(others)
        yield from _one_file(folder, others, aws, quick=quick)
        yield from _many_photos(folder, others, aws, quick=quick)
    yield from _memory(folder, quick=quick)


def _one_file(folder: Path, others: Place, aws: Aws, *, quick: bool) -> Iterator[Figure]:
    size = 128 * MIB if quick else GIB
    source = random_file(folder / "source.bin", size)
    inside: list[Cost] = []
    arms: dict[str, Callable[[], Cost]] = {
        "aws": lambda: _clean(others, lambda: aws.copy(source, aws.address("one"))),
        **({"rclone": lambda: _clean(others, lambda: Rclone(others).copy(source, "one"))} if Rclone.is_there() else {}),
        "upload": lambda: _uploaded(source, inside),
        "by hand": lambda: _clean(others, lambda: _by_hand(source, folder, aws)),
        **{f"whole, {name}": _bound(_ingested, folder, source, 1, sm3) for name, sm3 in _SM3.items()},
    }
    rounds = in_turns({name: _resting(arm, source) for name, arm in arms.items()}, 3 if quick else 5)
    source.unlink()
    yield from _upload_figures(f"{size // MIB} MiB", rounds, inside)
    label = "with read-back, catalog and custody: time, `sha256sum` + `aws s3 cp` there and back + `sha256sum` = 1"
    for name in _SM3:
        found = ratio(rounds, f"whole, {name}", "by hand")
        yield Figure(
            f"secure {size // MIB} MiB {label}, {name}", f"{found:.2f}", f"<= {_SECURE_GOAL}", _met(found, _SECURE_GOAL)
        )


def _upload_figures(size: str, rounds: Rounds, inside: list[Cost]) -> Iterator[Figure]:
    label = f"secure {size} without read-back (on which SM3 is taken): time, `aws s3 cp` = 1"
    found = ratio(rounds, "upload", "aws")
    yield Figure(label, f"{found:.2f}", f"<= {_UPLOAD_GOAL}", _met(found, _UPLOAD_GOAL))
    alone = ratio({"aws": rounds["aws"], "upload": inside[1:]}, "upload", "aws")
    yield Figure("the same without the start of the program", f"{alone:.2f}")
    yield Figure("the same, processor time", f"{ratio(rounds, 'upload', 'aws', processor=True):.2f}")
    if "rclone" in rounds:
        yield Figure(f"rclone, {size}: time, `aws s3 cp` = 1", f"{ratio(rounds, 'rclone', 'aws'):.2f}")


def _many_photos(folder: Path, others: Place, aws: Aws, *, quick: bool) -> Iterator[Figure]:
    count = 100 if quick else _COUNT
    source = photos(folder / "photos", count)
    for path in source.iterdir():
        # What lies behind a picture's end is kept like the rest. No two photos of a camera have the same size.
        wanted = _PHOTO_BYTES + random.randint(-_PHOTO_BYTES // 10, _PHOTO_BYTES // 10)  # noqa: S311 - no secret
        with path.open("ab") as photo:
            photo.write(os.urandom(max(0, wanted - path.stat().st_size)))
    arms: dict[str, Callable[[], Cost]] = {
        "aws": lambda: _clean(others, lambda: aws.copy(source, aws.address(), "--recursive")),
        **({"rclone": lambda: _clean(others, lambda: Rclone(others).copy(source))} if Rclone.is_there() else {}),
        "bytes": lambda: _uploaded(source, []),
        **{name: _bound(_ingested, folder, source, count, sm3) for name, sm3 in _SM3.items()},
    }
    rounds = in_turns(arms, 3 if quick else 5)
    alone = f"{count} photos of {_PHOTO_BYTES // 1000} kB, bytes and locks alone: time, `aws s3 cp --recursive` = 1"
    found = ratio(rounds, "bytes", "aws")
    yield Figure(alone, f"{found:.2f}", f"<= {_PHOTO_GOAL}", _met(found, _PHOTO_GOAL))
    label = f"secure {count} photos of {_PHOTO_BYTES // 1000} kB, all of it: time, `aws s3 cp --recursive` = 1"
    for name in _SM3:
        found = ratio(rounds, name, "aws")
        yield Figure(f"{label}, {name}", f"{found:.2f}", f"<= {_PHOTO_GOAL}", _met(found, _PHOTO_GOAL))
    if "rclone" in rounds:
        yield Figure("the same by rclone", f"{ratio(rounds, 'rclone', 'aws'):.2f}")


def _memory(folder: Path, *, quick: bool) -> Iterator[Figure]:
    size = GIB if quick else 8 * GIB
    label = f"secure {size // MIB} MiB into S3 by `zhilu ingest`: peak memory"
    time.sleep(0 if quick else 8 * _SECONDS_A_GIB)
    source = mostly_empty_file(folder / "large.bin", size)
    with engines() as environment:
        home = {"ZHILU_HOME": str(folder / "home-memory"), **environment}
        peak, said = peak_bytes_of([ZHILU, "ingest", source, "--json"], home)
        _check(said, 1)
    source.unlink()
    goal = f"<= {_MEMORY_GOAL_BYTES // MIB} MiB"
    yield Figure(label, f"{peak / MIB:.0f} MiB", goal, peak <= _MEMORY_GOAL_BYTES)


def _uploaded(source: Path, inside: list[Cost]) -> Cost:
    """The bytes and the lock alone, as a process of its own."""
    with engines() as environment:
        said: list[bytes] = []
        cost = measured(lambda: said.append(command(sys.executable, _ONCE, source, environment=environment)))
    told = json.loads(said[0])
    inside.append(Cost(told["wall_s"], told["processor_s"]))
    return cost


def _ingested(folder: Path, source: Path, count: int, sm3: bool) -> Cost:  # noqa: FBT001 - bound by position
    """The whole protocol by the program that people run."""
    home = folder / "home"
    with engines() as environment:
        settings = {**environment, "ZHILU_HOME": str(home), "ZHILU_SECURE__SM3": str(sm3).lower()}
        command(ZHILU, "jobs", "--json", environment=settings)  # makes the home
        said: list[bytes] = []
        cost = measured(lambda: said.append(command(ZHILU, "ingest", source, "--json", environment=settings)))
        _check(said[0], count)
    shutil.rmtree(home)
    return cost


def _by_hand(source: Path, folder: Path, aws: Aws) -> Cost:
    copy = folder / "copy.bin"
    cost = (
        measured(lambda: command("sha256sum", source))
        + aws.copy(source, aws.address("one"))
        + aws.copy(aws.address("one"), copy)
        + measured(lambda: command("sha256sum", copy))
    )
    copy.unlink()
    return cost


def _check(said: bytes, count: int) -> None:
    outcomes = [json.loads(line) for line in said.splitlines()]
    wrong = [each for each in outcomes if each["outcome"] != "secured"]
    if wrong or len(outcomes) != count:
        raise SystemExit(f"{len(outcomes) - len(wrong)} of {count} files were secured: {wrong[:1]}")


def _clean(others: Place, act: Callable[[], Cost]) -> Cost:
    cost = act()
    empty(others)
    return cost


def _resting(arm: Callable[[], Cost], source: Path) -> Callable[[], Cost]:
    """The same start for everybody: the source in memory, and room in the store."""

    def rested() -> Cost:
        time.sleep(_SECONDS_A_GIB * source.stat().st_size / GIB)
        warm(source)
        return arm()

    return rested


def _bound(act: Callable[..., Cost], *given: object) -> Callable[[], Cost]:
    return lambda: act(*given)


def _met(found: Spread, goal: float) -> bool:
    return found.median <= goal
