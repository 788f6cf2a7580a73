# ruff: noqa: INP001 - a program, no package
"""Gives custody events their positions, again and again as `zhilu work` does, until its input ends."""

import os
import sys
import threading

from catalog.custody.sequencer import Sequencer
from catalog.engine import Catalog

_SECONDS = 1.0


def main() -> None:
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    catalog = Catalog(os.environ["ZHILU_CATALOG__URL"])
    sequencer = Sequencer(catalog)
    while not ended.is_set():
        sequencer.run()
        ended.wait(_SECONDS)
    catalog.close()


if __name__ == "__main__":
    main()
