"""How the media tools are started on files nobody can trust."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ingest.media.model import Problem, ProblemCode
from ingest.process import ProcessLimits, ProcessResult, ToolError, ToolMissing, ToolTimedOut

# Play lists, session descriptions and image sequences are left out: they make the tool open other files and
# addresses. Raw AMR is left out too: anything looks like it.
DEMUXERS = (
    *("mov", "avi", "matroska", "mpegts", "mpeg", "mpegvideo", "m4v", "h264", "hevc", "flv", "asf", "mxf", "dhav"),
    *("wav", "w64", "mp3", "aac", "amr", "flac", "ogg", "caf", "aiff", "au", "jpeg_pipe"),
)
SAFE_INPUT = ("-protocol_whitelist", "file", "-format_whitelist", ",".join(DEMUXERS))


class ToolRunner(Protocol):
    """`ingest.process.run`, or what stands in for it."""

    def __call__(
        self, command: Sequence[str], *, limits: ProcessLimits, on_output: Callable[[str], None] | None = None
    ) -> ProcessResult: ...


def input_arguments(source: Path) -> tuple[str, ...]:
    """Open `source` as a local file of a known container and nothing else, whatever is written in it."""
    return (*SAFE_INPUT, "-i", f"file:{source.absolute()}")


def not_checked(error: ToolError, what: str) -> Problem:
    """Say that a check did not come to its end. A missing tool is not the file's fault and passes through.

    Raises ToolMissing.
    """
    if isinstance(error, ToolMissing):
        raise error
    code = ProblemCode.TOOL_TIMED_OUT if isinstance(error, ToolTimedOut) else ProblemCode.TOOL_FAILED
    return Problem(code, f"The {what} was not finished: {error}")
