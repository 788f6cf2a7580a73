"""The small grey pictures that a fingerprint is made of: how ffmpeg writes them, how they are read back.

The derivatives job adds one more output to its single ffmpeg process:

    filter    FRAME_FILTER on the decoded video (of key frames only, with `-skip_frame nokey`, or of every frame:
              the filter thins either to at most FRAME_RATE pictures a second and leaves their times as they are)
    options   FRAME_OUTPUT_OPTIONS, as they stand, after `-map` of that filter's output
    target    frame_target(folder), in place of an output file name

    ffmpeg -skip_frame nokey -i INPUT -filter_complex "[0:V:0]" + FRAME_FILTER + "[frames]"
           -map "[frames]" *FRAME_OUTPUT_OPTIONS frame_target(folder)

Two files appear in `folder`. `frames.gray` is headerless: one picture after another, FRAME_HEIGHT rows of FRAME_WIDTH
bytes, 8 bit grey, the whole picture squeezed into that shape whatever its aspect ratio. `frames.times` is ffmpeg's
`framecrc` text, one line a picture, which carries the presentation times and the time base. Both are written by one
`tee` muxer, so line i always belongs to picture i. Times count from the start of the file, as a player shows them
(ffmpeg subtracts the start time unless told `-copyts`: do not tell it). An ffmpeg killed half way leaves a usable
beginning. Key frames serve while they are at most LONGEST_KEY_FRAME_GAP_S apart. Farther apart, an 8 s clip falls
between them: decode every frame then, or accept that only longer clips will be recognised. One hour at FRAME_RATE is
59 MB: hash the pictures (`fingerprint_frames(read_frames(folder))`), then remove both files.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ingest.fingerprint.errors import FramesUnreadable

FRAME_WIDTH: Final = 128
FRAME_HEIGHT: Final = 128
FRAME_RATE: Final = 1.0
"""Most pictures a second that are kept of a recording. Key frames are usually 1-2 s apart, so they pass unthinned."""

LONGEST_KEY_FRAME_GAP_S: Final = 2.5
"""An 8 s clip must cover three frames of the recording, wherever it was cut."""

PIXELS_NAME: Final = "frames.gray"
TIMES_NAME: Final = "frames.times"

FRAME_OUTPUT_OPTIONS: Final = (
    *("-fps_mode", "passthrough"),  # never repeat or drop to reach a constant rate: key frames are irregular
    *("-enc_time_base", "-1"),  # keep the input's time base: the default rounds times to the nominal frame rate
    *("-c:v", "rawvideo"),
    *("-f", "tee"),
)


def frame_filter(rate: float = FRAME_RATE) -> str:
    """The ffmpeg filter chain that turns decoded video into at most `rate` small grey pictures a second."""
    # A tenth less than the full interval: a frame that comes a little early must not cost a whole interval.
    interval = 0.9 / rate
    keep = f"isnan(prev_selected_t)+gte(t-prev_selected_t\\,{interval:.4f})"
    return f"select={keep},scale={FRAME_WIDTH}:{FRAME_HEIGHT}:flags=area,format=gray"


FRAME_FILTER: Final = frame_filter()


def frame_target(folder: Path) -> str:
    """The output name for ffmpeg's `tee` muxer that puts pictures and times into `folder`."""
    pixels, times = (_escaped(folder / name) for name in (PIXELS_NAME, TIMES_NAME))
    return f"[f=rawvideo]{pixels}|[f=framecrc]{times}"


def read_frames(folder: Path) -> Iterator[tuple[float, npt.NDArray[np.uint8]]]:
    """Yield (seconds from the start of the file, picture of shape (FRAME_HEIGHT, FRAME_WIDTH)), in order.

    A last picture or line cut short by a killed ffmpeg is left out. Raises FramesUnreadable.
    """
    times = _read_times(folder)
    size = FRAME_WIDTH * FRAME_HEIGHT
    try:
        with (folder / PIXELS_NAME).open("rb") as pixels:
            for time_s in times:
                picture = pixels.read(size)
                if len(picture) < size:
                    return
                yield time_s, np.frombuffer(picture, np.uint8).reshape(FRAME_HEIGHT, FRAME_WIDTH)
    except OSError as error:
        raise FramesUnreadable(folder, f"{PIXELS_NAME} cannot be opened ({error.strerror})") from error


def _read_times(folder: Path) -> list[float]:
    """Presentation times in seconds out of ffmpeg's `framecrc` text."""
    try:
        lines = (folder / TIMES_NAME).read_text("ascii", errors="replace").splitlines(keepends=True)
    except OSError as error:
        raise FramesUnreadable(folder, f"{TIMES_NAME} cannot be opened ({error.strerror})") from error
    time_base: Fraction | None = None
    times: list[float] = []
    for line in lines:
        if not line.endswith("\n"):
            break  # cut short: its numbers cannot be trusted
        try:
            if line.startswith("#tb 0:"):
                time_base = Fraction(line.partition(":")[2].strip())
            elif not line.startswith("#"):
                if time_base is None:
                    raise FramesUnreadable(folder, f"{TIMES_NAME} names no time base")
                times.append(float(int(line.split(",")[2]) * time_base))
        except (ValueError, IndexError, ZeroDivisionError) as error:
            raise FramesUnreadable(folder, f"{TIMES_NAME} has a line that is not ffmpeg's framecrc text") from error
    return times


def _escaped(path: Path) -> str:
    """The path as the `tee` muxer wants it: its own separators and quotes lose their meaning."""
    return "".join(f"\\{letter}" if letter in "\\'|" else letter for letter in str(path))
