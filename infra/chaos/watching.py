"""Looking on as a dock erases: at the moment a file is gone from a card, its receipt must be in the database."""

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from infra.chaos.cards import Card, Content
from infra.chaos.engines import Engines

_PAUSE_SECONDS = 0.02


class ErasureWatch:
    """A thread that looks at cards all the time. Reads the database past all proxies, waiting where it is away."""

    def __init__(self, engines: Engines, cards: Sequence[Card]) -> None:
        self._engines, self._cards = engines, tuple(cards)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="erasures", daemon=True)
        self.erased: dict[Path, Content] = {}
        self.early: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(60)

    def _watch(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            for card in self._cards:
                for path, content in self._newly_gone(card):
                    self.erased[path] = content
                    if not self._has_receipt(path, content):
                        self.early.append(f"{path} went before its receipt was there")

    def _newly_gone(self, card: Card) -> list[tuple[Path, Content]]:
        with card.lock:
            if card.is_pulled:
                return []
            return [
                (path, content) for path, content in card.files.items() if path not in self.erased and not path.exists()
            ]

    def _has_receipt(self, path: Path, content: Content) -> bool:
        while True:
            try:
                with self._engines.database() as database:
                    query = "SELECT 1 FROM receipt WHERE path = %s AND sha256 = %s LIMIT 1"
                    return database.execute(query, (str(path), content.sha256)).fetchone() is not None
            except psycopg.OperationalError:
                # Our own doing; a dock that cannot reach the database either can make no receipt meanwhile.
                if self._stop.wait(_PAUSE_SECONDS):
                    return True  # the verdict asks once more
