"""A process that has read in the program and forks for each command, since reading it in takes a second each time.

What a command does in the fork is what it does by itself: its own process, arguments, environment, folder, exit code.
One JSON object a line comes in, one exit code a line goes out.
"""

import gc
import json
import os
import signal
import sys
from typing import Any

from alembic import autogenerate, command  # noqa: F401 - read in before the fork

from api import serving  # noqa: F401
from api.cli import (  # noqa: F401
    cases,
    catalog,
    demo,
    dock,
    doctor,
    finding,
    getting,
    ingesting,
    jobs,
    main,
    register,
    showing,
    storage,
    up,
    work,
)
from api.cli import serve as serving_command  # noqa: F401


def become(order: dict[str, Any]) -> None:
    """Make of this fork the process that was ordered."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    out, err = (os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for name in ("out", "err"))
    for number, handle in enumerate((nothing, out, err)):
        os.dup2(handle, number)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["zhilu", *order["arguments"]]


def serve() -> None:
    """Fork until the line of orders ends; returns in the forks alone."""
    gc.freeze()  # forks would copy what the collector touches
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            become(json.loads(line))
            return
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    serve()
    main()
