"""Does it really decode? A bounded try on the first and last seconds; the making of derivatives finds the rest."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ingest.media.model import MediaDescription, MediaKind, Problem, ProblemCode
from ingest.media.tools import ToolRunner, input_arguments, not_checked
from ingest.process import ProcessLimits, ToolError

LIMITS = ProcessLimits(seconds=60, memory_bytes=2 * 1024**3)
SECONDS = 2
_TAIL_ABOVE = 3 * SECONDS  # a shorter file is decoded from its start alone
_WHOLE_BELOW = 3 * SECONDS
# What muxer and seeking say is no damage: after a seek, frames may refer to ones before it.
_HARMLESS = re.compile(
    r"\[framecrc @|Application provided invalid|Last message repeated|deprecated pixel format"
    r"|co located POCs|[Mm]issing reference picture|reference picture missing|Could not find ref with POC"
    r"|mmco: unref short failure|RPS"
)
_PREFIX = re.compile(r"^\[[^\]]* @ 0x[0-9a-f]+\] ")


def check_decodes(source: Path, description: MediaDescription, run: ToolRunner) -> tuple[Problem, ...]:
    """Decode a little of what `description` found, and say what did not. Raises ToolMissing.

    Empty means that what was tried decoded, not that all of it does.
    """
    match description.kind:
        case MediaKind.VIDEO | MediaKind.AUDIO:
            maps = _maps(description)
            return tuple(_check_streams(source, description, maps, run)) if maps else ()
        case MediaKind.PHOTO:
            return tuple(_check_jpeg(source, run)) if description.codec == "jpeg" else ()
        case MediaKind.SIDECAR | MediaKind.OTHER:
            return ()


def _maps(description: MediaDescription) -> dict[str, str]:
    """The streams to try by their names; `V` leaves out cover pictures."""
    maps = {}
    if description.kind is MediaKind.VIDEO and description.codec:
        maps["picture"] = "0:V:0"
    if description.audio_codec:
        maps["sound"] = "0:a:0"
    return maps


def _check_streams(
    source: Path, description: MediaDescription, maps: dict[str, str], run: ToolRunner
) -> Iterator[Problem]:
    length = description.duration_s or 0
    frames: Counter[int] = Counter()
    seconds = _WHOLE_BELOW if length <= _TAIL_ABOVE else SECONDS
    complaints, unfinished = _decode(source, list(maps.values()), ["-t", str(seconds)], frames, run)
    if unfinished:
        yield unfinished
        return
    dead = [name for index, name in enumerate(maps) if not frames[index]]
    for name in dead:
        yield Problem(ProblemCode.UNDECODABLE, f"No frame of the {name} decodes{_because(complaints)}.")
    if length > _TAIL_ABOVE and not dead:
        tail, unfinished = _decode(source, list(maps.values()), ["-t", str(SECONDS)], frames, run, ["-sseof", f"-{SECONDS}"])
        complaints += tail
        if unfinished:
            yield unfinished
    if complaints and len(dead) < len(maps):
        yield Problem(ProblemCode.PARTLY_DECODABLE, f"Not all frames decode{_because(complaints)}.")


def _check_jpeg(source: Path, run: ToolRunner) -> Iterator[Problem]:
    """Picture libraries fill a hole in JPEG data with grey and say nothing; ffmpeg says it."""
    frames: Counter[int] = Counter()
    complaints, unfinished = _decode(source, ["0:v:0"], ["-frames:v", "1"], frames, run, ["-f", "jpeg_pipe"])
    if unfinished:
        yield unfinished
    elif complaints:
        yield Problem(ProblemCode.PARTLY_DECODABLE, f"Not all of the picture decodes{_because(complaints)}.")


def _decode(
    source: Path, maps: list[str], amount: list[str], frames: Counter[int], run: ToolRunner, before: list[str] | None = None
) -> tuple[list[str], Problem | None]:
    """Decode and count frames by stream; returns what the decoders complained of, and what cut the try short."""

    def count(line: str) -> None:
        index = line.split(",", 1)[0].strip()
        if index.isdigit():
            frames[int(index)] += 1

    chosen = [word for wanted in maps for word in ("-map", wanted)]
    command = ["ffmpeg", "-v", "error", "-hide_banner", "-nostdin", "-threads", "2", *(before or [])]
    command += [*input_arguments(source), *chosen, *amount, "-fps_mode", "passthrough", "-f", "framecrc", "-"]
    try:
        result = run(command, limits=LIMITS, on_output=count)
    except ToolError as error:
        return [], not_checked(error, "decoding check")
    lines = [_PREFIX.sub("", line).strip() for line in result.stderr.splitlines() if not _HARMLESS.search(line)]
    return [line.replace(str(source.absolute()), "the file") for line in lines if line], None


def _because(complaints: list[str]) -> str:
    return f" ({complaints[0]})" if complaints else ""
