# ruff: noqa: INP001 - a program, no package
"""Many small photos through the whole pipeline, against a bare loop somebody would write instead."""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import ZHILU, Cost, Figure, Spread, command, in_turns, measured, ratio
from sources import photos

_GOAL = 1000
_CORES = 2
# cp and sha256sum for each, one Python for all thumbnails, a sync at the end.
_COPY = 'for file in "$1"/*.jpg; do cp "$file" "$2"/ && sha256sum "$2/${file##*/}"; done; sync -f "$2"'
_SHRINK = """
import pathlib, sys
from PIL import Image, ImageOps
for path in pathlib.Path(sys.argv[1]).glob("IMG_*.jpg"):
    with Image.open(path) as image:
        image.draft("RGB", (2048, 2048))
        shown = ImageOps.exif_transpose(image)
    for name, side in (("shown", 2048), ("small", 480)):
        shown.thumbnail((side, side))
        shown.save(path.with_name(f"{name}-{path.name}"), quality=82)
"""


def photo_pipeline(folder: Path, *, quick: bool) -> Iterator[Figure]:
    """`zhilu ingest --wait`: secured, described, renditions made, matched, manifest written."""
    count = 100 if quick else 1000
    source = photos(folder / "photos", count)
    mean = sum(path.stat().st_size for path in source.iterdir()) / count
    rounds = in_turns(
        {"by hand": lambda: _by_hand(source, folder), "zhilu": lambda: _pipeline(source, folder, count)},
        1 if quick else 3,
        trials=0,
    )
    rate = Spread.of([count / cost.wall_s * 60 for cost in rounds["zhilu"]])
    bound = Spread.of([_CORES * count / cost.processor_s * 60 for cost in rounds["zhilu"]])
    label = f"{count} photos of {mean / 1000:.0f} kB through the whole pipeline"
    yield Figure(f"{label}: photos a minute", f"{rate:.0f}", f">= {_GOAL}", rate.median >= _GOAL)
    yield Figure(
        f"the same, as the processor time allows on {_CORES} cores that nobody else uses: photos a minute",
        f"{bound:.0f}",
    )
    yield Figure(
        "the same: time, a loop of `cp`, `sha256sum` and Pillow = 1", f"{ratio(rounds, 'zhilu', 'by hand'):.2f}"
    )


def _pipeline(source: Path, folder: Path, count: int) -> Cost:
    with tempfile.TemporaryDirectory(dir=folder) as home:
        environment, said = {"ZHILU_HOME": home}, []
        cost = measured(
            lambda: said.append(command(ZHILU, "ingest", source, "--wait", "--json", environment=environment))
        )
        outcomes = [json.loads(line)["outcome"] for line in said[0].splitlines()]
        left = command(ZHILU, "jobs", "--json", environment=environment).splitlines()
    if outcomes != ["secured"] * count or left:
        raise SystemExit(f"{outcomes.count('secured')} of {count} photos were secured, {len(left)} jobs are left")
    return cost


def _by_hand(source: Path, folder: Path) -> Cost:
    with tempfile.TemporaryDirectory(dir=folder) as target:

        def act() -> None:
            command("sh", "-c", _COPY, "copy", source, target)
            command(sys.executable, "-c", _SHRINK, target)

        return measured(act)
