# ruff: noqa: INP001 - a program, no package
"""Reading stored bytes again against `sha256sum` on the same bytes.

In a folder both read past the cache: the pages are dropped before each. From an S3 store both are given the bytes by
the server over one connection (`curl | sha256sum`), and what the server keeps in memory it keeps for both.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from engines import are_there, engines
from measuring import GIB, MIB, ROOT, ZHILU, Cost, Figure, Rounds, Spread, command, in_turns, measured
from minio import Minio
from sources import random_file

_ONCE = ROOT / "infra" / "bench" / "fixity_once.py"
_GOAL = 0.9
_UNLIMITED = {"ZHILU_FIXITY__MIB_PER_SECOND": "10000"}
_FILES = 8


def fixity(folder: Path, *, quick: bool) -> Iterator[Figure]:
    """In a folder, and where the settings name engines, from an S3 store."""
    size = 128 * MIB if quick else GIB
    card = folder / "card"
    card.mkdir()
    for number in range(_FILES):
        random_file(card / f"{number}.bin", size // _FILES)
    yield from _in_a_folder(folder, card, size, quick=quick)
    if not are_there():
        yield Figure("fixity from S3", "left out: the settings name no S3, catalog and doorbell")
        return
    with engines() as environment:
        yield from _from_s3(folder, card, size, environment, quick=quick)


def _in_a_folder(folder: Path, card: Path, size: int, *, quick: bool) -> Iterator[Figure]:
    settings = {"ZHILU_HOME": str(folder / "home"), **_UNLIMITED}
    _secure(card, settings)
    stored = sorted((folder / "home" / "objects" / "objects" / "originals").rglob("data"))

    def by_hand() -> Cost:
        _drop(stored)
        return measured(lambda: command("sha256sum", *stored))

    def read() -> Cost:
        _drop(stored)
        return _read_again(settings, size)

    rounds = in_turns({"sha256sum": by_hand, "fixity": read}, 3 if quick else 7)
    yield _figure(f"read {size // MIB} MiB in a folder again, past the cache: speed, `sha256sum` = 1", rounds)


def _from_s3(folder: Path, card: Path, size: int, environment: Mapping[str, str], *, quick: bool) -> Iterator[Figure]:
    settings = {**environment, "ZHILU_HOME": str(folder / "home-s3"), **_UNLIMITED}
    _secure(card, settings)
    addresses = _addresses(environment)
    script = " && ".join(f"curl --silent --fail '{each}' | sha256sum" for each in addresses)
    arms: dict[str, Callable[[], Cost]] = {
        "sha256sum": lambda: measured(lambda: command("sh", "-c", script)),
        "fixity": lambda: _read_again(settings, size),
    }
    rounds = in_turns(arms, 3 if quick else 7)
    yield _figure(f"read {size // MIB} MiB in S3 again: speed, `curl | sha256sum` = 1", rounds)


def _run(settings: Mapping[str, str], *words: object) -> bytes:
    """With these settings; in a folder, without any that name engines."""
    forgotten = () if "ZHILU_CATALOG__URL" in settings else (name for name in os.environ if name.startswith("ZHILU_"))
    return command("env", *(each for name in forgotten for each in ("-u", name)), *_as_words(settings), *words)


def _as_words(settings: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in settings.items()]


def _secure(card: Path, settings: Mapping[str, str]) -> None:
    said = _run(settings, ZHILU, "ingest", card, "--json")
    outcomes = [json.loads(line)["outcome"] for line in said.splitlines()]
    if outcomes != ["secured"] * _FILES:
        raise SystemExit(f"not all files were secured: {outcomes}")


def _read_again(settings: Mapping[str, str], size: int) -> Cost:
    """What reading took inside the program; that it read all is looked at."""
    told = json.loads(_run(settings, sys.executable, _ONCE))
    if (told["versions"], told["bytes"]) != (_FILES, size):
        raise SystemExit(f"not everything was read again: {told}")
    return Cost(told["wall_s"], told["processor_s"])


def _addresses(environment: Mapping[str, str]) -> list[str]:
    client = Minio(
        endpoint=os.environ["ZHILU_STORAGE__S3__ENDPOINT"],
        access_key=os.environ["ZHILU_STORAGE__S3__ACCESS_KEY"],
        secret_key=os.environ["ZHILU_STORAGE__S3__SECRET_KEY"],
        secure=os.environ.get("ZHILU_STORAGE__S3__SECURE", "true") == "true",
    )
    bucket = f"{environment['ZHILU_STORAGE__S3__BUCKET_PREFIX']}-originals"
    names = [item.object_name for item in client.list_objects(bucket_name=bucket, recursive=True)]
    return [client.presigned_get_object(bucket_name=bucket, object_name=name) for name in names if name]


def _drop(paths: list[Path]) -> None:
    """Out of memory with it, so that what is read comes from the medium."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)


def _figure(what: str, rounds: Rounds) -> Figure:
    pairs = zip(rounds["sha256sum"], rounds["fixity"], strict=True)
    found = Spread.of([by_hand.wall_s / ours.wall_s for by_hand, ours in pairs])
    return Figure(what, f"{found:.2f}", f">= {_GOAL}", found.median >= _GOAL)
