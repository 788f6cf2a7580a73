"""The storyboard: one sprite of small pictures, and a WebVTT index that says which part shows which seconds."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from ingest.derive.raw import RawPictures

STORYBOARD_NAME = "storyboard.webp"
MOST_TILES = 100
_COLUMNS = 10
_QUALITY, _METHOD = 70, 2  # WebP: method 2 takes half the time of the default 4 and costs a few per cent of size


def choose(pictures: RawPictures) -> tuple[int, ...]:
    """Indices of at most MOST_TILES pictures, spread evenly."""
    count = len(pictures)
    kept = min(count, MOST_TILES)
    return tuple(index * count // kept for index in range(kept))


def write_sprite(pictures: RawPictures, chosen: tuple[int, ...], target: Path) -> tuple[int, int]:
    """Put the chosen pictures on a grid, left to right, top to bottom; returns its width and height."""
    columns = min(_COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    sprite = Image.new("RGB", (columns * pictures.width, rows * pictures.height))
    for place, index in enumerate(chosen):
        sprite.paste(pictures.read(index), _corner(pictures, place))
    sprite.save(target, "WEBP", quality=_QUALITY, method=_METHOD)
    return sprite.size


def write_index(pictures: RawPictures, chosen: tuple[int, ...], duration_s: float, target: Path) -> None:
    """Write the cues. The sprite is named relative to the index, for a server to lay both side by side."""
    target.write_text("WEBVTT\n\n" + "\n".join(_cues(pictures, chosen, duration_s)), "ascii")


def _cues(pictures: RawPictures, chosen: tuple[int, ...], duration_s: float) -> Iterator[str]:
    starts = [0.0, *(pictures.times[index] for index in chosen[1:])]
    ends = [*starts[1:], max(duration_s, starts[-1] + 0.001)]
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        left, top = _corner(pictures, place)
        area = f"{left},{top},{pictures.width},{pictures.height}"
        yield f"{_clock(start)} --> {_clock(end)}\n{STORYBOARD_NAME}#xywh={area}\n"


def _corner(pictures: RawPictures, place: int) -> tuple[int, int]:
    return place % _COLUMNS * pictures.width, place // _COLUMNS * pictures.height


def _clock(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
