"""Raw pictures with their times, as one ffmpeg output writes them and as they are read back.

A `tee` muxer writes two files from the same packets: headerless pixels, and `framecrc` text, one line a picture,
which holds the size, the time base and the time of each. Line i so always belongs to picture i. Sizes are read
back and not predicted: rotation, sample aspect and rounding are ffmpeg's to work out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from PIL import Image

TIME_BASE: Final = "1:90000"
"""The default would round times to the nominal frame rate, which recordings with a variable one do not keep."""

OUTPUT_OPTIONS: Final = {
    "format": "tee",
    "c:v": "rawvideo",
    "fps_mode": "passthrough",
    "enc_time_base": TIME_BASE,
}
_CHANNELS = 3
_TIME_FIELD = 2


def target(pixels: Path) -> str:
    """The output name for ffmpeg's `tee` muxer: pixels go to this path, times to the same with `.times`."""
    return f"[f=rawvideo]{_escaped(pixels)}|[f=framecrc]{_escaped(times_path(pixels))}"


def times_path(pixels: Path) -> Path:
    return pixels.with_suffix(".times")


@dataclass(frozen=True, slots=True)
class RawPictures:
    """RGB pictures of `width` x `height` in one file, with their times in seconds from the start."""

    path: Path
    width: int
    height: int
    times: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.times)

    def read(self, index: int) -> Image.Image:
        size = self.width * self.height * _CHANNELS
        with self.path.open("rb") as file:
            file.seek(index * size)
            return Image.frombytes("RGB", (self.width, self.height), file.read(size))


def read_pictures(pixels: Path) -> RawPictures:
    """Read what an ffmpeg that may have been stopped half way left behind; cut pictures are left out.

    No pictures at all give a length of 0.
    """
    lines = list(_whole_lines(times_path(pixels)))
    header = dict(line[1:].split(":", 1) for line in lines if line.startswith("#") and ":" in line)
    time_base = Fraction(header.get("tb 0", "1").strip())
    width, _, height = header.get("dimensions 0", "0x0").strip().partition("x")
    size = int(width) * int(height) * _CHANNELS
    whole = pixels.stat().st_size // size if size and pixels.exists() else 0
    times = [float(int(line.split(",")[_TIME_FIELD]) * time_base) for line in lines if not line.startswith("#")]
    return RawPictures(pixels, int(width), int(height), tuple(times[:whole]))


def _whole_lines(path: Path) -> Iterator[str]:
    """A last line without its end was cut: its numbers cannot be trusted."""
    if path.exists():
        for line in path.read_text("ascii", errors="replace").splitlines(keepends=True):
            if line.endswith("\n"):
                yield line.strip()


def _escaped(path: Path) -> str:
    """The path as the `tee` muxer wants it: its separators and quotes lose their meaning."""
    return "".join(f"\\{letter}" if letter in "\\'|" else letter for letter in str(path))
