"""A file on this machine in which all that a rebuild finds waits until it is known which of it counts.

A database of its own, thrown away afterwards: what millions of events and rows say fits into no memory.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Self

from catalog.custody.tree import leaf_hash
from catalog.seals import UNSEALED

_AT_ONCE = 500
_SCHEMA = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE TABLE event (position INTEGER PRIMARY KEY, content BLOB NOT NULL, source INTEGER NOT NULL);
CREATE TABLE other_event (position INTEGER NOT NULL, content BLOB NOT NULL, source INTEGER NOT NULL);
CREATE TABLE seal (name TEXT NOT NULL, position INTEGER NOT NULL, digest TEXT, PRIMARY KEY (name, position))
    WITHOUT ROWID;
CREATE TABLE told (key TEXT, version TEXT, sha256 TEXT, PRIMARY KEY (key, version)) WITHOUT ROWID;
CREATE TABLE told_row (noun TEXT, id TEXT, digest TEXT, document TEXT);
CREATE TABLE row (noun TEXT, id TEXT, fit INTEGER, since INTEGER, document TEXT, PRIMARY KEY (noun, id)) WITHOUT ROWID;
"""
_PLACES = """
CREATE TABLE place AS
    SELECT iif(noun = 'derivative', noun, 'original') AS area,
        iif(noun = 'recording', id, json_extract(document, '$.recording_id')) AS recording_id,
        json_extract(document, '$.object_key') AS key, json_extract(document, '$.object_version') AS version,
        0 AS disposed, 0 AS met
    FROM row WHERE noun IN ('recording', 'replacement', 'derivative');
CREATE INDEX place_key ON place (area, key, version);
CREATE INDEX place_recording ON place (recording_id, area);
UPDATE place SET disposed = 1 WHERE recording_id IN
    (SELECT id FROM row WHERE noun = 'recording' AND json_extract(document, '$.disposed_at') IS NOT NULL);
"""


class Fit(IntEnum):
    """How a row goes with what the log says of it; the higher one counts."""

    CONTRADICTS = 0
    UNSEALED = 1
    STALE = 2
    FITS = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """What an object, by its number, says that the event at a position is."""

    position: int
    content: bytes
    source: int


class Staging:
    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "rebuild.sqlite3", isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._database.close()

    # --- the log ------------------------------------------------------------------------------------------------

    def add_event(self, position: int, content: bytes, source: int) -> None:
        """Keep the leaf of an event, as the object of that number tells it; other claims to its position, beside."""
        claim = (position, content, source)
        if self._database.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?)", claim).rowcount:
            return
        (standing,) = self._database.execute("SELECT content FROM event WHERE position = ?", (position,)).fetchone()
        if standing != content:
            self._database.execute("INSERT INTO other_event VALUES (?, ?, ?)", claim)

    def contested(self) -> Sequence[Sequence[Claim]]:
        """Of each position that several contents claim, all of them, the one that stands first."""
        found = self._database.execute(
            "SELECT position, content, source FROM event WHERE position IN (SELECT position FROM other_event)"
            " UNION ALL SELECT position, content, source FROM (SELECT * FROM other_event ORDER BY rowid)"
        ).fetchall()
        by_position: dict[int, list[Claim]] = {}
        for row in found:
            by_position.setdefault(row[0], []).append(Claim(*row))
        return [by_position[position] for position in sorted(by_position)]

    def settle(self, claim: Claim) -> None:
        """Let this one stand, and no other be known."""
        place = (claim.content, claim.source, claim.position)
        self._database.execute("UPDATE event SET content = ?, source = ? WHERE position = ?", place)
        self._database.execute("DELETE FROM other_event WHERE position = ?", (claim.position,))

    def leaf_hashes(self, begin: int, end: int) -> list[bytes]:
        """Of the events that stand at these positions; fewer where some are missing."""
        found = self._database.execute(
            "SELECT content FROM event WHERE position >= ? AND position < ? ORDER BY position", (begin, end)
        )
        return [leaf_hash(content) for (content,) in found]

    def events(self, begin: int = 0) -> Iterator[tuple[int, bytes]]:
        """In the order of their positions."""
        while True:
            found = self._database.execute(
                "SELECT position, content FROM event WHERE position >= ? ORDER BY position LIMIT ?", (begin, _AT_ONCE)
            ).fetchall()
            yield from found
            if len(found) < _AT_ONCE:
                return
            begin = found[-1][0] + 1

    def drop_events_from(self, position: int) -> int:
        return self._database.execute("DELETE FROM event WHERE position >= ?", (position,)).rowcount

    def add_seals(self, position: int, seals: Mapping[str, str | None]) -> None:
        self._database.executemany(
            "INSERT OR REPLACE INTO seal VALUES (?, ?, ?)", [(name, position, digest) for name, digest in seals.items()]
        )

    def add_told(self, key: str, version: str, sha256: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO told VALUES (?, ?, ?)", (key, version, sha256))

    def told(self, key: str, version: str) -> str | None:
        """The digest that the log gives for this version of an object, None where it gives none."""
        found = self._database.execute(
            "SELECT sha256 FROM told WHERE key = ? AND version = ?", (key, version)
        ).fetchone()
        return found[0] if found else None

    def add_told_row(self, noun: str, row_id: str, digest: str, document: Mapping[str, Any]) -> None:
        """Keep a row as an event tells it, until it is known what the objects say of it."""
        told = (noun, row_id, digest, json.dumps(document, ensure_ascii=False))
        self._database.execute("INSERT INTO told_row VALUES (?, ?, ?, ?)", told)

    def take_told_rows(self) -> Iterator[tuple[str, str]]:
        """Take the rows that events tell nearer to what the log says last than any object does: table and id."""
        told = self._database.execute("SELECT DISTINCT noun, id FROM told_row ORDER BY noun, id").fetchall()
        for noun, row_id in told:
            before = self._standing(noun, row_id)
            for digest, document in self._database.execute(
                "SELECT digest, document FROM told_row WHERE noun = ? AND id = ?", (noun, row_id)
            ).fetchall():
                if self._fit(noun, row_id, digest)[0] in {Fit.FITS, Fit.STALE}:
                    self.keep_row(noun, row_id, digest, json.loads(document))
            if self._standing(noun, row_id) != before:
                yield noun, row_id

    # --- rows ---------------------------------------------------------------------------------------------------

    def keep_row(self, noun: str, row_id: str, digest: str, document: Mapping[str, Any]) -> bool:
        """Keep a row unless it is gone by what the log says, or one that goes better with it is kept already.

        Returns whether the log knows, or knew, the row so.
        """
        fit, since = self._fit(noun, row_id, digest)
        if fit is None:
            return True
        standing = self._standing(noun, row_id)
        if standing is None or (fit, since) > standing:
            self._database.execute(
                "INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?)",
                (noun, row_id, int(fit), since, json.dumps(document, ensure_ascii=False)),
            )
        return fit in {Fit.FITS, Fit.STALE}

    def _standing(self, noun: str, row_id: str) -> tuple[int, int] | None:
        found: tuple[int, int] | None = self._database.execute(
            "SELECT fit, since FROM row WHERE noun = ? AND id = ?", (noun, row_id)
        ).fetchone()
        return found

    def _fit(self, noun: str, row_id: str, digest: str) -> tuple[Fit | None, int]:
        if noun in UNSEALED:
            return Fit.FITS, 0
        seals = self._database.execute(
            "SELECT digest, position FROM seal WHERE name = ? ORDER BY position DESC", (f"{noun}/{row_id}",)
        ).fetchall()
        if not seals:
            return Fit.UNSEALED, 0
        last, position = seals[0]
        if last is None:
            return None, 0
        if last == digest:
            return Fit.FITS, position
        earlier = [position for found, position in seals if found == digest]
        return (Fit.STALE, earlier[0]) if earlier else (Fit.CONTRADICTS, 0)

    def rows(self, noun: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """By id."""
        last = ""
        while True:
            found = self._database.execute(
                "SELECT id, document FROM row WHERE noun = ? AND id > ? ORDER BY id LIMIT ?", (noun, last, _AT_ONCE)
            ).fetchall()
            for row_id, document in found:
                yield row_id, json.loads(document)
            if len(found) < _AT_ONCE:
                return
            last = found[-1][0]

    def drop_row(self, noun: str, row_id: str) -> None:
        self._database.execute("DELETE FROM row WHERE noun = ? AND id = ?", (noun, row_id))

    def has_row(self, noun: str, row_id: str) -> bool:
        return (
            self._database.execute("SELECT 1 FROM row WHERE noun = ? AND id = ?", (noun, row_id)).fetchone() is not None
        )

    def unfit(self) -> Iterator[tuple[str, str, Fit]]:
        """Rows that are not as the log says last: table, id, and how they go with it."""
        for noun, row_id, fit in self._database.execute(
            "SELECT noun, id, fit FROM row WHERE fit < ? ORDER BY noun, id", (int(Fit.FITS),)
        ).fetchall():
            yield noun, row_id, Fit(fit)

    def lost(self) -> Sequence[str]:
        """Rows that stand by what the log says last, and that were found nowhere: `table/id`."""
        found = self._database.execute(
            "SELECT name FROM (SELECT name, digest, max(position) FROM seal GROUP BY name) AS last"
            " WHERE digest IS NOT NULL AND NOT EXISTS (SELECT 1 FROM row WHERE row.noun ="
            " substr(name, 1, instr(name, '/') - 1) AND row.id = substr(name, instr(name, '/') + 1)) ORDER BY name"
        )
        return [name for (name,) in found]

    def change_row(self, noun: str, row_id: str, document: Mapping[str, Any]) -> None:
        self._database.execute(
            "UPDATE row SET document = ? WHERE noun = ? AND id = ?",
            (json.dumps(document, ensure_ascii=False), noun, row_id),
        )

    def counts(self) -> dict[str, int]:
        """How many rows of which table were found."""
        return dict(self._database.execute("SELECT noun, count(*) FROM row GROUP BY noun ORDER BY noun").fetchall())

    # --- where things lie ---------------------------------------------------------------------------------------

    def places(self) -> None:
        """Look up where originals, what replaced them, and derivatives lie by what the rows say."""
        self._database.executescript(_PLACES)

    def meet(self, area: str, key: str, version: str) -> bool:
        """Whether a row tells of this version ("original" or "derivative"), which is in the store."""
        met = "UPDATE place SET met = 1 WHERE area = ? AND key = ? AND version = ?"
        return self._database.execute(met, (area, key, version)).rowcount > 0

    def not_met(self, area: str) -> Iterator[str]:
        """The recordings that something is missing of; what was disposed of is not missing."""
        found = self._database.execute(
            "SELECT DISTINCT recording_id FROM place WHERE area = ? AND NOT met AND NOT disposed ORDER BY 1", (area,)
        )
        yield from (recording_id for (recording_id,) in found.fetchall())

    def lacks_derivatives(self, recording_id: str) -> bool:
        found = self._database.execute(
            "SELECT 1 FROM place WHERE area = 'derivative' AND recording_id = ? AND NOT met LIMIT 1", (recording_id,)
        )
        return found.fetchone() is not None

    def is_whole(self) -> bool:
        """Whether every row is as the log says last, and none is missing."""
        return not self.lost() and next(self.unfit(), None) is None
