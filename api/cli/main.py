"""Entry of the program `zhilu`: it reads in next to nothing, so that Ctrl-C ends it quietly from its first moment.

Reading in a command takes half a second. Until that is done nothing was begun that would have to be ended, so an
interruption just ends the process; afterwards it is a KeyboardInterrupt, which ends what was begun.
"""

import gc
import os
import signal

INTERRUPTED = 128 + signal.SIGINT
"""What shells make of a program that Ctrl-C ended."""


def main() -> None:
    """Run the command that the arguments name and leave with its exit code."""
    _end_at_once_when_interrupted()
    # What is read in stays: looking for garbage meanwhile took a fifth of the time. `prepared` switches it on again.
    gc.disable()
    from api.cli.program import prepared  # noqa: PLC0415 - see above

    command = prepared()
    # Where whoever started us had it ignored, as a shell does for what runs in the background, it stays ignored.
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = command()
    except KeyboardInterrupt:
        code = INTERRUPTED
    finally:
        # What is left is the interpreter's own end, which would show a trace.
        _end_at_once_when_interrupted()
    raise SystemExit(code)


def _end_at_once_when_interrupted() -> None:
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end)


def _end(_number: int, _frame: object) -> None:
    os._exit(INTERRUPTED)
