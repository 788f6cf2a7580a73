"""Does it really decode? A bounded try on the first and last seconds; the making of derivatives finds the rest."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.media.model import MediaDescription, MediaKind, Problem, ProblemCode
from ingest.media.tools import ToolRunner, input_arguments, not_checked
from ingest.process import ProcessLimits, ToolError

LIMITS = ProcessLimits(seconds=60, memory_bytes=2 * 1024**3)
SECONDS = 2
_TAIL_ABOVE = 3 * SECONDS  # a shorter file is decoded as a whole
# No damage to pictures: what the muxer says, what EXIF is reported for elsewhere, and what decoders say after a seek,
# when frames may refer to ones before it.
_HARMLESS = re.compile(
    r"\[framecrc @|Application provided invalid|Last message repeated|deprecated pixel format"
    r"|co located POCs|[Mm]issing reference picture|reference picture missing|Could not find ref with POC"
    r"|mmco: unref short failure|RPS"
    r"|error decoding EXIF data|invalid TIFF"
)
_JUNK_AT_START = 2  # between the tags and the first frame of MP3, sound files in good order have junk
_PREFIX = re.compile(r"^\[[^\]]* @ 0x[0-9a-f]+\] ")


def check_decodes(source: Path, description: MediaDescription, run: ToolRunner) -> tuple[Problem, ...]:
    """Decode a little of what `description` found, and say what did not. Raises ToolMissing.

    Empty means that what was tried decoded, not that all of it does.
    """
    match description.kind:
        case MediaKind.VIDEO | MediaKind.AUDIO:
            maps = _maps(description)
            return tuple(_check_streams(source, description, maps, run)) if maps else ()
        case MediaKind.PHOTO | MediaKind.SIDECAR | MediaKind.OTHER:
            return ()  # photos were decoded when they were described


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
    streams = list(maps.values())
    is_long = (description.duration_s or 0) > _TAIL_ABOVE
    tried = _decode(source, streams, run, after=["-t", str(SECONDS if is_long else _TAIL_ABOVE)])
    if is_long and tried.unfinished is None:
        tried += _decode(source, streams, run, before=["-sseof", f"-{SECONDS}"], after=["-t", str(SECONDS)])
    if tried.unfinished:
        yield tried.unfinished
    complaints = tried.complaints
    if description.container == "mp3" and len(complaints) <= _JUNK_AT_START:
        complaints = []
    dead = [name for index, name in enumerate(maps) if not tried.frames[index] and tried.unfinished is None]
    for name in dead:
        yield Problem(ProblemCode.UNDECODABLE, f"No frame of the {name} decodes{_because(complaints)}.")
    if complaints and len(dead) < len(maps):
        yield Problem(ProblemCode.PARTLY_DECODABLE, f"Not all frames decode{_because(complaints)}.")


def check_jpeg(source: Path, run: ToolRunner) -> Iterator[Problem]:
    """What ffmpeg says of a JPEG that libjpeg had remarks on: some cameras' good pictures cause them too.

    Raises ToolMissing.
    """
    tried = _decode(source, ["0:v:0"], run, before=["-f", "jpeg_pipe"], after=["-frames:v", "1"])
    if tried.unfinished:
        yield tried.unfinished
    elif tried.complaints:
        yield Problem(ProblemCode.PARTLY_DECODABLE, f"Not all of the picture decodes{_because(tried.complaints)}.")


@dataclass(slots=True)
class _Try:
    """Frames decoded by stream, what the decoders complained of, and what cut the try short."""

    frames: Counter[int] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    unfinished: Problem | None = None

    def __add__(self, other: "_Try") -> "_Try":
        unfinished = self.unfinished or other.unfinished
        return _Try(self.frames + other.frames, self.complaints + other.complaints, unfinished)


def _decode(source: Path, streams: list[str], run: ToolRunner, *, after: list[str], before: Sequence[str] = ()) -> _Try:
    """Decode `streams` with the options `before` and `after` the input, counting frames as they come."""
    tried = _Try()

    def count(line: str) -> None:
        index = line.split(",", 1)[0].strip()
        if index.isdigit():
            tried.frames[int(index)] += 1

    chosen = [word for stream in streams for word in ("-map", stream)]
    command = ["ffmpeg", "-v", "error", "-hide_banner", "-nostdin", "-threads", "2", *before]
    command += [*input_arguments(source), *chosen, *after, "-fps_mode", "passthrough", "-f", "framecrc", "-"]
    try:
        result = run(command, limits=LIMITS, on_output=count)
    except ToolError as error:
        tried.unfinished = not_checked(error, "decoding check")
        return tried
    lines = [_PREFIX.sub("", line).strip() for line in result.stderr.splitlines() if not _HARMLESS.search(line)]
    tried.complaints = [line.replace(str(source.absolute()), "the file") for line in lines if line]
    return tried


def _because(complaints: list[str]) -> str:
    return f" ({complaints[0]})" if complaints else ""
