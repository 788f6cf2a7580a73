"""Standard output whose reader may leave before the end, as in `zhilu find | head`.

The signal that would end us quietly is left ignored: it also comes from a socket or a child whose other end is gone,
and a dock or a worker must not die of that.
"""

import os
import signal
import sys
import threading
from io import TextIOWrapper

_READER_LEFT = 128 + signal.SIGPIPE


class Output(TextIOWrapper):
    """Ends the program quietly when nobody reads any more; work in other threads goes on and is told to nobody."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            self._reader_left()
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            self._reader_left()

    def _reader_left(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if threading.current_thread() is threading.main_thread():
            raise SystemExit(_READER_LEFT)


def prepare() -> None:
    """A terminal whose encoding lacks a character shows its number rather than nothing at all."""
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
    standing = sys.stdout
    if isinstance(standing, TextIOWrapper):
        line_buffering, encoding = standing.line_buffering, standing.encoding
        sys.stdout = Output(standing.detach(), encoding, errors="backslashreplace", line_buffering=line_buffering)
