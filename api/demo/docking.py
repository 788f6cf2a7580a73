"""Let the footage appear in a watched folder the way docked cards do.

1. Both cards show their whole folder tree.
2. Then files grow, one at a time on each card, both cards side by side.
3. A file that is whole gets the times it had on the card.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Final

from api.demo.errors import FootageInTheWay
from api.demo.model import Footage, FootageFile

_CHUNK: Final = 128 * 1024


def simulate_docking(
    footage: Footage, onto: Path, *, pace: float, wait: Callable[[float], object] = time.sleep
) -> tuple[Path, ...]:
    """Copy the footage below `onto` at `pace` bytes a second and card; `wait` is given seconds between chunks.

    Run again, it goes on with what is not there yet. Gives the paths in the footage's order. Raises FootageInTheWay
    where a file differs from what a docking would leave, ValueError for a pace that is not above zero, OSError.
    """
    if not pace > 0:
        raise ValueError(f"the pace of docking must be above zero, not {pace}")
    for file in footage.files:
        _refuse_others(footage.source(file), onto / file.path)
    # 1.
    for file in footage.files:
        (onto / file.path).parent.mkdir(parents=True, exist_ok=True)
    # 2. and 3.
    slots = dict.fromkeys(file.slot for file in footage.files)
    cards = [_card([file for file in footage.files if file.slot == slot], footage, onto) for slot in slots]
    for sizes in zip_longest(*cards, fillvalue=0):
        wait(max(sizes) / pace)
    return tuple(onto / file.path for file in footage.files)


def _card(files: list[FootageFile], footage: Footage, onto: Path) -> Iterator[int]:
    """Copy one card chunk by chunk, yielding each chunk's bytes."""
    for file in files:
        source, target = footage.source(file), onto / file.path
        if _is_docked(source, target):
            continue
        with source.open("rb") as reading, target.open("wb") as growing:
            while chunk := reading.read(_CHUNK):
                growing.write(chunk)
                growing.flush()
                yield len(chunk)
        shutil.copystat(source, target)


def _is_docked(source: Path, target: Path) -> bool:
    if not target.exists():
        return False
    there, here = source.stat(), target.stat()
    return (there.st_size, int(there.st_mtime)) == (here.st_size, int(here.st_mtime))


def _refuse_others(source: Path, target: Path) -> None:
    """A target may be missing, docked, or the beginning of the source that a killed docking left."""
    if target.exists() and not _is_docked(source, target) and not source.read_bytes().startswith(target.read_bytes()):
        raise FootageInTheWay(target)
