"""One process of Zhilu that takes in files; `conftest.IntakeProcess` runs this file and sets `ORDER` and `PIPE`."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from api.runtime import Part, Runtime, open_runtime
from api.settings import load_settings
from ingest.erase import Eraser, EraseStep
from ingest.intake import IntakeDesk, IntakeResult
from ingest.progress import Progress, Step
from ingest.walk import Found, walk


@dataclass(frozen=True)
class Order:
    """What to take in, into which home; `dies_at` names the step on entering which the process kills itself.

    With `erases` each file is erased once it is secured; `dies_erasing_at` names a step of that.
    """

    home: str
    paths: tuple[bytes, ...]
    results: str
    dies_at: str | None = None
    dies_erasing_at: str | None = None
    threads: int = 2
    erases: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


def carry_out(order: Order, pipe: Connection) -> None:
    def begun(step: Step) -> None:
        if step.name == order.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = load_settings(home=Path(order.home), **order.settings)
    with open_runtime(settings, part=Part.TAKES_IN) as runtime, Path(order.results).open("a") as results:
        desk = IntakeDesk(
            runtime.catalog,
            runtime.securer(),
            runtime.patterns,
            threads=order.threads,
            on_progress=lambda _path: Progress(on_step=begun),
            fresh_receipts=order.erases,
        )
        pipe.send("ready")
        pipe.recv()
        for result in erased(order, runtime, desk) if order.erases else desk.take_all(order.paths, actor="tests"):
            results.write(json.dumps(asdict(result), default=str) + "\n")
            results.flush()


def erased(order: Order, runtime: Runtime, desk: IntakeDesk) -> Iterator[IntakeResult]:
    """Secure one file after the other and erase it."""

    def begun(step: EraseStep) -> None:
        if step.name == order.dies_erasing_at:
            os.kill(os.getpid(), signal.SIGKILL)

    eraser = Eraser(runtime.catalog, runtime.store, runtime.clock, dry_run=False, on_step=begun)
    for path in order.paths:
        for found in list(walk(path)):
            result = desk.take(found, actor="tests")
            if isinstance(found, Found):
                eraser.erase(result, found, "tests")
            yield result


def main(order: dict[str, Any], pipe: Connection) -> None:
    carry_out(Order(**order), pipe)


if __name__ == "__main__":
    main(ORDER, PIPE)  # type: ignore[name-defined]  # noqa: F821 - given by whoever runs this file
