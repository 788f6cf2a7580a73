# ruff: noqa: INP001 - a program, no package
"""The figures Zhilu is measured by, each beside its goal: see README.md.

python infra/bench/run.py                 all of them
python infra/bench/run.py --quick         smaller, in a few minutes: to see that it runs
python infra/bench/run.py --only photos   one of them, by name
python infra/bench/run.py --into FOLDER   on that file system instead of the one of ./var
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Protocol

from custody_log import custody_events
from deriving import auto, derivatives
from evaluation import evaluation
from fixity import fixity
from fleet import fleet
from ledger import ledger
from measuring import ROOT, Figure
from photographs import photo_pipeline
from s3 import s3
from securing import memory, secure


class Measurement(Protocol):
    def __call__(self, folder: Path, *, quick: bool) -> Iterator[Figure]: ...


MEASUREMENTS: dict[str, Measurement] = {
    "secure": secure,
    "derivatives": derivatives,
    "auto": auto,
    "memory": memory,
    "photos": photo_pipeline,
    "fleet": fleet,
    "ledger": ledger,
    "s3": s3,
    "custody": custody_events,
    "evaluation": evaluation,
    "fixity": fixity,
}


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, _end)  # so that the folder goes even then
    options.into.mkdir(parents=True, exist_ok=True)
    _say(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before; median (least to greatest)\n")
    _say("| figure | measured | goal | |\n|---|---|---|---|")
    for name in options.only or MEASUREMENTS:
        with tempfile.TemporaryDirectory(dir=options.into, prefix="bench-") as folder:
            for figure in MEASUREMENTS[name](Path(folder), quick=options.quick):
                _say(str(figure))
    _say(f"\nload {os.getloadavg()[0]:.1f} after")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Zhilu, each figure as a ratio within one run.")
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer rounds; not for quoting")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="this one; may be given several times")
    parser.add_argument("--into", type=Path, default=ROOT / "var", help="where everything is made and removed again")
    return parser.parse_args()


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
