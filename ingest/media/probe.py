"""What ffprobe says of a container and its streams. Its answers are hints: it calls broken files fine."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from ingest.media.model import Problem, ProblemCode
from ingest.media.tools import ToolRunner, input_arguments, not_checked
from ingest.process import ProcessLimits, ToolError

LIMITS = ProcessLimits(seconds=60, memory_bytes=1024**3)
_VARIABLE_ABOVE = 0.01  # rates further apart than this are no rounding
_DEPTH = re.compile(r"(?:p|gray)(\d{2})(?:le|be)$")


@dataclass(frozen=True, slots=True)
class Probe:
    """ffprobe's own words; `problem` is set where there are none."""

    format: dict[str, Any] = field(default_factory=dict)
    streams: tuple[dict[str, Any], ...] = ()
    problem: Problem | None = None

    @property
    def video(self) -> dict[str, Any] | None:
        """The first moving picture; cover pictures of sound files are none."""
        return next((stream for stream in self._of("video") if not _is_cover(stream)), None)

    @property
    def audio(self) -> dict[str, Any] | None:
        return next(iter(self._of("audio")), None)

    @property
    def tags(self) -> dict[str, str]:
        tags = {str(key).lower(): str(value) for key, value in self.format.get("tags", {}).items()}
        for stream in self.streams:
            for key, value in stream.get("tags", {}).items():
                tags.setdefault(str(key).lower(), str(value))
        return tags

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [stream for stream in self.streams if stream.get("codec_type") == kind]


def probe(source: Path, run: ToolRunner) -> Probe:
    """Ask ffprobe, bounded. Raises ToolMissing."""
    command = ["ffprobe", "-v", "error", "-hide_banner", "-print_format", "json", "-show_format", "-show_streams"]
    try:
        result = run([*command, *input_arguments(source)], limits=LIMITS)
    except ToolError as error:
        return Probe(problem=not_checked(error, "reading of the container"))
    try:
        answer = json.loads(result.stdout or b"{}")
    except ValueError:
        answer = {}
    streams = tuple(stream for stream in answer.get("streams", ()) if isinstance(stream, dict))
    if not streams:
        detail = "No media that can be read was found in the bytes."
        return Probe(problem=Problem(ProblemCode.UNRECOGNISED, detail))
    return Probe(answer.get("format", {}), streams)


def packet_duration_s(source: Path, run: ToolRunner) -> float | None:
    """Seconds of the first sound stream, by walking all its packets; None where that fails. Raises ToolMissing.

    For sound without an index, whose length ffprobe only estimates from the bit rate.
    """
    end = -math.inf
    start = math.inf

    def measure(line: str) -> None:
        nonlocal start, end
        numbers = [number(part) for part in line.split(",")[:2]]
        if len(numbers) == 2 and numbers[0] is not None:  # noqa: PLR2004 - time and duration
            start, end = min(start, numbers[0]), max(end, numbers[0] + (numbers[1] or 0))

    show = ["-select_streams", "a:0", "-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0"]
    try:
        run(["ffprobe", "-v", "error", *show, *input_arguments(source)], limits=LIMITS, on_output=measure)
    except ToolError as error:
        not_checked(error, "measuring of the sound")
        return None
    return end - start if end > start else None


def number(value: object) -> float | None:
    """A finite number from ffprobe's text, else None."""
    return _convert(value, float)


def whole(value: object) -> int | None:
    """A positive whole number from ffprobe's text, else None."""
    result = _convert(value, int)
    return None if result is None or result <= 0 else int(result)


def rate(value: object) -> Fraction | None:
    """A frame rate such as 30000/1001, else None."""
    try:
        result = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return result if result > 0 else None


def is_variable(stream: dict[str, Any]) -> bool | None:
    """Tell whether frames come unevenly; None where the stream does not say."""
    lowest, average = rate(stream.get("r_frame_rate")), rate(stream.get("avg_frame_rate"))
    if lowest is None or average is None:
        return None
    return abs(lowest - average) > _VARIABLE_ABOVE * lowest


def bit_depth(stream: dict[str, Any]) -> int | None:
    """Bits of one component, as the codec says or the pixel format's name tells."""
    said = whole(stream.get("bits_per_raw_sample"))
    pixel_format = stream.get("pix_fmt")
    if said or not pixel_format:
        return said
    match = _DEPTH.search(str(pixel_format))
    return int(match[1]) if match else 8


def rotation(stream: dict[str, Any]) -> int | None:
    """Clockwise degrees from the display matrix; None where there is none."""
    for side_data in stream.get("side_data_list", ()):
        degrees = number(side_data.get("rotation"))
        if degrees is not None and abs(degrees) <= 360:  # noqa: PLR2004 - a full turn
            return round(-degrees) % 360
    return None


def sample_aspect(stream: dict[str, Any]) -> Fraction:
    """Width of a sample over its height; 1 where unknown."""
    return rate(str(stream.get("sample_aspect_ratio", "")).replace(":", "/")) or Fraction(1)


def _is_cover(stream: dict[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _convert(value: object, convert: Callable[[str], float]) -> float | None:
    try:
        result = convert(str(value))
    except ValueError:
        return None
    return result if math.isfinite(result) else None
