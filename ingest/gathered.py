"""Small transactions of many files carried out as one, so that a commit to the medium serves more than one photo.

     1 HAND IN    whoever has something to put on record leaves it here; who finds nobody at work does it for all
     2 TOGETHER   all that waits, so many at most, in one transaction
     3 APART      where that fails, each in a transaction of its own: what is wrong with one fails that one alone

Nobody waits for company: what comes while a transaction is under way makes up the next one.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

from sqlmodel import Session

from catalog.engine import Catalog
from ingest.transactions import committed

Entry = TypeVar("Entry")
Outcome = TypeVar("Outcome")
_TOGETHER_AT_MOST = 32


class _Turn(Generic[Entry, Outcome]):
    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.over = False
        self.outcome: list[Outcome] = []
        """What came of it; empty where it must be done apart."""


class Gathered(Generic[Entry, Outcome]):
    """Carries out one kind of work. Safe for many threads."""

    def __init__(self, catalog: Catalog, work: Callable[[Session, Sequence[Entry]], Sequence[Outcome]]) -> None:
        """`work` gives one outcome for each entry. It may run more than once, so it looks what it has done already."""
        self._catalog, self._work = catalog, work
        self._waiting: deque[_Turn[Entry, Outcome]] = deque()
        self._changed = threading.Condition()
        self._at_work = False

    def carry_out(self, entry: Entry) -> Outcome:
        """Return when the entry is committed. Raises CatalogError, IntegrityError, what `work` raises."""
        turn: _Turn[Entry, Outcome] = _Turn(entry)
        with self._changed:  # step 1
            self._waiting.append(turn)
            while self._at_work and not turn.over:
                self._changed.wait()
            leads = not turn.over
            self._at_work = self._at_work or leads
        if leads:
            self._lead(turn)
        if turn.outcome:
            return turn.outcome[0]
        return committed(self._catalog, lambda session: self._work(session, [entry])[0])  # step 3

    def _lead(self, own: _Turn[Entry, Outcome]) -> None:
        """Carry out what waits, up to our own turn."""
        try:
            while not own.over:
                with self._changed:
                    turns = [self._waiting.popleft() for _ in islice(tuple(self._waiting), _TOGETHER_AT_MOST)]
                self._together(turns)
        finally:
            with self._changed:
                self._at_work = False
                self._changed.notify_all()

    def _together(self, turns: Sequence[_Turn[Entry, Outcome]]) -> None:
        try:
            entries = [turn.entry for turn in turns]  # step 2
            outcomes = self._catalog.write(lambda session: self._work(session, entries))
            for turn, outcome in zip(turns, outcomes, strict=True):
                turn.outcome = [outcome]
        except Exception:  # noqa: BLE001 - each meets it again by itself, or another's fault was not its own
            return
        finally:
            with self._changed:
                for turn in turns:
                    turn.over = True
                self._changed.notify_all()
