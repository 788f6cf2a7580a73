"""Whose turn it is: so many files under way at a time, shared fairly between slots. Pure.

1. Slots with a file marked as important waiting go before slots without one.
2. Then the slot with the fewest files under way, then the one whose last turn is longest ago.
3. Within a slot marked files first, then the oldest, then by name.

A slot has at most `per_slot` files under way. A turn that stalls, as reading from a card that has died does, gives
its place back to the others, and its slot gets no more turns until it moves again.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Rank(NamedTuple):
    """What orders the files of one slot, the lowest first."""

    unmarked: bool
    modified_ns: int
    path: bytes


@dataclass
class _Slot(Generic[Key]):
    waiting: set[Key] = field(default_factory=set)
    queue: list[tuple[Rank, int, Key]] = field(default_factory=list)  # may hold some that no longer wait
    under_way: set[Key] = field(default_factory=set)
    stalled: set[Key] = field(default_factory=set)
    last_turn: int = 0


class TurnOrder(Generic[Key]):
    def __init__(self, *, at_once: int, per_slot: int) -> None:
        self._at_once, self._per_slot = at_once, per_slot
        self._slots: dict[str, _Slot[Key]] = {}
        self._turns = 0
        self._asked = count()

    @property
    def under_way(self) -> int:
        """How many files hold a place: those under way that have not stalled."""
        return sum(len(slot.under_way) - len(slot.stalled) for slot in self._slots.values())

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return sum(len(slot.waiting) for slot in self._slots.values())

    def ask(self, slot: str, key: Key, rank: Rank) -> None:
        asking = self._slots.setdefault(slot, _Slot())
        asking.waiting.add(key)
        heappush(asking.queue, (rank, next(self._asked), key))

    def withdraw(self, slot: str, key: Key) -> None:
        """Forget one that waits; one that is under way ends by itself."""
        self._slots.setdefault(slot, _Slot()).waiting.discard(key)

    def next(self) -> tuple[str, Key] | None:
        """Give the next turn; None if none is free or nobody waits."""
        ready = [(name, slot) for name, slot in self._slots.items() if self._may_go(slot)]
        if not ready or self.under_way >= self._at_once:
            return None
        name, slot = min(ready, key=lambda each: self._urgency(each[1]))
        _rank, _asked, key = heappop(slot.queue)
        slot.waiting.discard(key)
        slot.under_way.add(key)
        self._turns += 1
        slot.last_turn = self._turns
        return name, key

    def ended(self, slot: str, key: Key) -> None:
        self._slots[slot].under_way.discard(key)
        self._slots[slot].stalled.discard(key)

    def stalls(self, slot: str, key: Key) -> None:
        """It has not moved for too long: its place is free for others."""
        if key in self._slots[slot].under_way:
            self._slots[slot].stalled.add(key)

    def moves(self, slot: str, key: Key) -> None:
        """It goes on after all. For a while there may be more under way than there are places."""
        self._slots[slot].stalled.discard(key)

    def has_stalled(self, slot: str) -> bool:
        return slot in self._slots and bool(self._slots[slot].stalled)

    def is_busy(self, slot: str) -> bool:
        """Whether a file of it is under way or waiting."""
        known = self._slots.get(slot)
        return known is not None and bool(known.waiting or known.under_way)

    def forget(self, slot: str) -> bool:
        """Forget a slot; not one that has files under way or waiting. Whether it is forgotten."""
        if self.is_busy(slot):
            return False
        self._slots.pop(slot, None)
        return True

    def _may_go(self, slot: _Slot[Key]) -> bool:
        return bool(slot.waiting) and not slot.stalled and len(slot.under_way) < self._per_slot

    @staticmethod
    def _urgency(slot: _Slot[Key]) -> tuple[bool, int, int]:
        while slot.queue[0][2] not in slot.waiting:
            heappop(slot.queue)
        return slot.queue[0][0].unmarked, len(slot.under_way), slot.last_turn
