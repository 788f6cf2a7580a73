"""Waiting for what should come to be."""

import time
from collections.abc import Callable

PATIENCE = 60  # seconds until something that should have happened counts as never happening


def eventually(holds: Callable[[], object], what: str = "it to hold", *, seconds: float = PATIENCE) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"in vain waited for: {what}"
        time.sleep(0.02)
