"""Picks the one picture that stands for a recording: early, but neither black nor blank."""

from pathlib import Path

from PIL import ImageStat

from ingest.derive.raw import RawPictures

_QUALITY = 82
_DARK, _BRIGHT, _FLAT = 20.0, 235.0, 12.0  # mean and standard deviation of brightness, of 255


def choose(pictures: RawPictures) -> int:
    """The index of the first good picture from a tenth of the recording on, else of the liveliest."""
    order: tuple[int, ...] = (*range(1, len(pictures)), 0)
    liveliest, most = 0, -1.0
    for index in order:
        statistics = ImageStat.Stat(pictures.read(index).reduce(4).convert("L"))
        mean, deviation = float(statistics.mean[0]), float(statistics.stddev[0])
        if _DARK <= mean <= _BRIGHT and deviation >= _FLAT:
            return index
        if deviation > most:
            liveliest, most = index, deviation
    return liveliest


def write_poster(pictures: RawPictures, index: int, target: Path) -> None:
    pictures.read(index).save(target, "JPEG", quality=_QUALITY, optimize=False, progressive=True)
