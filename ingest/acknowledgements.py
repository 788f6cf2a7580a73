"""What people leave word of for the dock of a home: that they have seen to cards that are missing.

An acknowledgement names the very departures that the person was shown: another card that goes from the same slot
afterwards, or before anybody read of it, is nobody's word.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import structlog

from ingest.state_file import Unreadable, put_aside, read_state, text, understood, write_state

FOLDER = "slots-acknowledged"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`departures` are the ids of those that were shown to the actor as missing."""

    slot: str
    departures: frozenset[str]
    actor: str

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        return cls(text(document["slot"]), frozenset(map(text, document["departures"])), text(document["actor"]))


def acknowledge(home: Path, slot: str, departures: Collection[str], actor: str) -> None:
    """Leave word that somebody has seen to these departures from a slot, by their ids. Raises OSError."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    document = {"slot": slot, "departures": sorted(departures), "actor": actor}
    write_state(folder / f"{secrets.token_hex(8)}.json", document)


class Acknowledgements:
    """Those of one home, as its dock finds them."""

    def __init__(self, home: Path, clock: Callable[[], datetime]) -> None:
        self._folder, self._clock = home / FOLDER, clock
        self._told: set[Path] = set()

    def take(self) -> list[Acknowledgement]:
        """Those since the last call. What cannot be read is put aside, and logged once."""
        try:
            paths = sorted(self._folder.glob("*.json"))
        except OSError:
            return []
        return [found for path in paths if (found := self._take(path)) is not None]

    def _take(self, path: Path) -> Acknowledgement | None:
        document = read_state(path)
        if document is None:
            return None
        found = document if isinstance(document, Unreadable) else understood(Acknowledgement.from_json, document)
        if isinstance(found, Unreadable):
            aside = put_aside(path, self._clock())
            self._tell_once(path, found.why, aside)
            return None
        try:
            path.unlink()
        except OSError as error:  # heeded again and again, which settles nothing twice
            self._tell_once(path, error.strerror or str(error), None)
        return found

    def _tell_once(self, path: Path, why: str, aside: Path | None) -> None:
        if path not in self._told:
            self._told.add(path)
            _log.warning("an acknowledgement could not be taken", path=str(path), why=why, aside=str(aside or ""))
