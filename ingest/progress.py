"""How far a securing is, told as it goes: the step, the bytes, and what is waited for."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum


class Step(IntEnum):
    OPEN = 1
    KNOWN = 2
    UPLOAD = 3
    SOURCE = 4
    CLAIM = 5
    COMPLETE = 6
    READ_BACK = 7
    COMMIT = 8
    RECEIPT = 9


@dataclass(frozen=True, slots=True)
class Progress:
    """Callbacks of one securing: the step just begun, bytes read from the source, and whether the card is what is
    waited for from now on, rather than the store or the catalog.
    """

    on_step: Callable[[Step], None] = lambda _step: None
    on_bytes: Callable[[int], None] = lambda _count: None
    on_card: Callable[[bool], None] = lambda _waits_for_it: None

    @contextlib.contextmanager
    def card(self) -> Iterator[None]:
        """While something is asked of the card."""
        with self._waiting(for_card=True):
            yield

    @contextlib.contextmanager
    def engine(self) -> Iterator[None]:
        """While, in the midst of reading the card, something is asked of the store."""
        with self._waiting(for_card=False):
            yield

    @contextlib.contextmanager
    def _waiting(self, *, for_card: bool) -> Iterator[None]:
        self.on_card(for_card)
        try:
            yield
        finally:
            self.on_card(not for_card)
