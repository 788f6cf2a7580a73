"""All recordings' fingerprints in memory, for clips of unknown origin.

The catalog keeps one row a recording: its id, the format's version and the bytes of `VideoFingerprint.to_bytes`. A
process that answers searches feeds them in with `refresh`, all of them once and new ones later; nothing is kept here
that could not be read again. No table of hash bands is needed: a scan of one 64-bit word of every hash discards all
but 0.3 % of unrelated frames, and is bound by memory alone. Costs for 10,000 h: infra/decisions/0002-fingerprint.md.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from ingest.fingerprint.alignment import FRAME_DISTANCE, SURE_SCORE
from ingest.fingerprint.clip import ClipFingerprint, Framing
from ingest.fingerprint.errors import FingerprintMalformed
from ingest.fingerprint.hashing import MINIMUM_QUALITY, VideoFingerprint
from ingest.fingerprint.search import (
    ClipMatch,
    ClipSearch,
    Verdict,
    conclude,
    frames_to_look_for,
    likely_shifts,
    matches_in,
    why_not_searchable,
)

_WORDS: Final = 4
_SCREEN_WORD: Final = 3
"""The 64 bits of a PDQ hash that attacks disturb least: the coarsest structure from top to bottom."""

_SCREEN_DISTANCE: Final = 20
"""Measured on frames within FRAME_DISTANCE: 98 % lie within 20 of 64 bits in that word, 0.3 % of unrelated ones do."""

_BLOCK_ROWS: Final = 1 << 18
_SLICE_ROWS: Final = 1 << 15  # one word of so many rows, 256 KiB, stays in a core's own cache for all clip frames


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of the rows of one `refresh`. Unreadable recordings are not searched: say so to whoever searches."""

    added: int
    unchanged: int
    unreadable: dict[UUID, str]


@dataclass(slots=True)
class _Block:
    """Usable frames of some recordings, one after another; a recording never continues in another block."""

    words: npt.NDArray[np.uint64]  # (4, capacity): a scan reads one word of all rows, so words lie together
    times_s: npt.NDArray[np.float32]  # (capacity,)
    rows: int = 0
    starts: list[int] = field(default_factory=list)  # first row of each recording, ascending
    owners: list[UUID | None] = field(default_factory=list)  # None once removed

    @classmethod
    def with_room_for(cls, rows: int) -> "_Block":
        capacity = max(rows, _BLOCK_ROWS)
        return cls(np.empty((_WORDS, capacity), np.uint64), np.empty(capacity, np.float32))

    def has_room_for(self, rows: int) -> bool:
        return self.rows + rows <= len(self.times_s)

    def append(self, recording_id: UUID, times_s: npt.NDArray[np.float64], hashes: npt.NDArray[np.uint8]) -> int:
        """Add one recording's frames; returns its place among the owners."""
        end = self.rows + len(times_s)
        self.words[:, self.rows : end] = _words(hashes).T
        self.times_s[self.rows : end] = times_s
        self.starts.append(self.rows)
        self.owners.append(recording_id)
        self.rows = end
        return len(self.owners) - 1

    def fingerprint(self, place: int) -> VideoFingerprint:
        """The recording at `place` among the owners, as far as it is indexed: its usable frames."""
        end = self.starts[place + 1] if place + 1 < len(self.starts) else self.rows
        rows = slice(self.starts[place], end)
        return VideoFingerprint(
            times_s=self.times_s[rows].astype(np.float64),
            hashes=np.ascontiguousarray(self.words[:, rows].T).view(np.uint8),
            quality=np.full(end - self.starts[place], MINIMUM_QUALITY, np.uint8),
        )


class FingerprintIndex:
    """Answers where a clip comes from, for as many recordings as fit in memory: 36 bytes a frame.

    One thread at a time is let in; a search holds up a refresh until it has ended, and the other way round.
    """

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._places: dict[UUID, tuple[_Block, int] | None] = {}  # None: nothing in it shows enough
        self._checks: dict[UUID, bytes] = {}
        self._shortest_clips_s: dict[UUID, float] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many recordings are indexed, those without any usable frame too."""
        return len(self._places)

    def __contains__(self, recording_id: UUID) -> bool:
        return recording_id in self._places

    def refresh(self, rows: Iterable[tuple[UUID, bytes]]) -> Refreshed:
        """Take in stored fingerprints; known ones are skipped if unchanged, replaced if not. Never raises for a row."""
        added = unchanged = 0
        unreadable: dict[UUID, str] = {}
        with self._lock:
            for recording_id, stored in rows:
                if self._checks.get(recording_id) == stored[-4:]:
                    unchanged += 1
                    continue
                self._remove(recording_id)
                try:
                    video = VideoFingerprint.from_bytes(stored)
                except FingerprintMalformed as error:
                    unreadable[recording_id] = str(error)
                    continue
                self._add(recording_id, video)
                self._checks[recording_id] = bytes(stored[-4:])
                added += 1
        return Refreshed(added, unchanged, unreadable)

    def remove(self, recording_id: UUID) -> None:
        """Forget a recording, known or not. Its memory is free again once its whole block is."""
        with self._lock:
            self._remove(recording_id)

    def search(self, clip: ClipFingerprint, *, limit: int = 20) -> ClipSearch:
        """Find the recordings that the clip, or part of it, may come from."""
        if (why := why_not_searchable(clip)) is not None:
            return ClipSearch(Verdict.NOT_SEARCHABLE, (), 0, (why,))
        with self._lock:
            matches = self._matches(clip, [Framing.WHOLE])
            if max((match.score for match in matches), default=0.0) < SURE_SCORE:
                matches = self._matches(clip, list(clip.hashes))
            shortest = self._shortest_clips_s.items()
            out_of_reach = [recording_id for recording_id, seconds in shortest if seconds > clip.duration_s]
            return conclude(clip, matches, searched=len(self._places), out_of_reach=out_of_reach, limit=limit)

    def _add(self, recording_id: UUID, video: VideoFingerprint) -> None:
        usable = video.usable
        self._shortest_clips_s[recording_id] = video.shortest_clip_s
        count = int(usable.sum())
        if count == 0:
            self._places[recording_id] = None
            return
        if not self._blocks or not self._blocks[-1].has_room_for(count):
            self._blocks.append(_Block.with_room_for(count))
        block = self._blocks[-1]
        self._places[recording_id] = (block, block.append(recording_id, video.times_s[usable], video.hashes[usable]))

    def _remove(self, recording_id: UUID) -> None:
        self._checks.pop(recording_id, None)
        self._shortest_clips_s.pop(recording_id, None)
        if (place := self._places.pop(recording_id, None)) is None:
            return
        block, position = place
        block.owners[position] = None
        if not any(block.owners):
            self._blocks = [other for other in self._blocks if other is not block]

    def _matches(self, clip: ClipFingerprint, framings: list[Framing]) -> list[ClipMatch]:
        candidates: defaultdict[UUID, list[tuple[Framing, float]]] = defaultdict(list)
        for framing in framings:
            for block in self._blocks:
                for recording_id, shift in _candidates(block, clip, framing):
                    candidates[recording_id].append((framing, shift))
        matches: list[ClipMatch] = []
        for recording_id, shifts in candidates.items():
            if (place := self._places[recording_id]) is not None:
                block, position = place
                matches += matches_in(recording_id, block.fingerprint(position), clip, shifts)
        return matches


def _candidates(block: _Block, clip: ClipFingerprint, framing: Framing) -> Iterator[tuple[UUID, float]]:
    """Recordings of the block and shifts in seconds that frames of the clip vote for."""
    looked_for = frames_to_look_for(clip, framing)
    rows, positions = _alike(block, _words(clip.hashes[framing][looked_for]))
    if len(rows) == 0:
        return
    places = np.searchsorted(np.array(block.starts), rows, side="right") - 1
    order = np.argsort(places, kind="stable")
    found, firsts = np.unique(places[order], return_index=True)
    for place, pairs in zip(found, np.split(order, firsts[1:]), strict=True):
        owner = block.owners[place]
        if owner is not None:
            video_times = block.times_s[rows[pairs]].astype(np.float64)
            for shift in likely_shifts(video_times, clip.times_s[looked_for[positions[pairs]]]):
                yield owner, shift


def _alike(block: _Block, wanted: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs (row of the block, position in `wanted`) within FRAME_DISTANCE, all but the 2 % that the screen costs."""
    rows: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    positions: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    for start in range(0, block.rows, _SLICE_ROWS):
        words = block.words[:, start : min(start + _SLICE_ROWS, block.rows)]
        for position, hash_words in enumerate(wanted):
            screened = np.bitwise_count(words[_SCREEN_WORD] ^ hash_words[_SCREEN_WORD]) <= _SCREEN_DISTANCE
            maybe = np.flatnonzero(screened)
            if len(maybe) == 0:
                continue
            differing = np.bitwise_count(words[:, maybe] ^ hash_words[:, None]).sum(axis=0, dtype=np.int64)
            alike = maybe[differing <= FRAME_DISTANCE] + start
            rows.append(alike)
            positions.append(np.full(len(alike), position, np.int64))
    return np.concatenate(rows), np.concatenate(positions)


def _words(hashes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Hashes (n, 32) uint8 as (n, 4) words."""
    return np.ascontiguousarray(hashes).view(np.uint64)
