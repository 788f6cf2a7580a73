"""One process of Zhilu that takes in files; `conftest.IntakeProcess` runs this file and sets `ORDER` and `PIPE`."""

import json
import os
import signal
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from api.runtime import open_runtime
from api.settings import load_settings
from ingest.secure import Progress, Step


@dataclass(frozen=True)
class Order:
    """What to take in, into which home; `dies_at` names the step on entering which the process kills itself."""

    home: str
    paths: tuple[bytes, ...]
    results: str
    dies_at: str | None = None
    threads: int = 2


def carry_out(order: Order, pipe: Connection) -> None:
    def begun(step: Step) -> None:
        if step.name == order.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    with open_runtime(load_settings(home=Path(order.home))) as runtime, Path(order.results).open("a") as results:
        desk = runtime.intake_desk(threads=order.threads, on_progress=lambda _path: Progress(on_step=begun))
        pipe.send("ready")
        pipe.recv()
        for result in desk.take_all(order.paths, actor="tests"):
            results.write(json.dumps(asdict(result), default=str) + "\n")
            results.flush()


def main(order: dict[str, Any], pipe: Connection) -> None:
    carry_out(Order(**order), pipe)


if __name__ == "__main__":
    main(ORDER, PIPE)  # type: ignore[name-defined]  # noqa: F821 - given by whoever runs this file
