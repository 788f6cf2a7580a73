"""What is remembered of a card and of each file on it while it lies in its slot, and what that amounts to."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ingest.mounted import medium_number, mount_id
from ingest.naming import NameFacts
from ingest.slot_reason import Reason, ReasonCode
from ingest.slot_state import CardFacts, Trouble, TroubleKind
from ingest.stability import Observation
from ingest.turn_order import Rank
from ingest.turns import Turn
from ingest.walk import Found

# What of a file the facts of its card are counted from.
_COUNTED = {"standing", "state", "trouble"}
# FAT writes local time, of which nobody says which: up to 14 hours ahead is what an honest clock may look like.
_AHEAD_AT_MOST = timedelta(hours=15)


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file looked like when it was dealt with. The time of change (ctime) tells another file under its name:
    unlike the time of modification, nobody can copy it along. FAT has none and repeats the latter.
    """

    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileState":
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """What tells one appearance of a card from the next: where it lies, device, inode, the file system's own id.

    `is_folder`: it is no card but a folder of the file system above it. Two FAT cards in the same drive have all of
    these in common: only mount and medium tell them apart.
    """

    root: bytes
    device: int
    inode: int
    file_system: int
    mount: int | None = None
    medium: int | None = None
    is_folder: bool = False

    @classmethod
    def at(cls, root: bytes) -> "CardIdentity | None":
        """The identity of what lies there now; None while nothing does."""
        try:
            status, file_system = os.stat(root), os.statvfs(root)  # noqa: PTH116 - bytes
            above = os.stat(os.path.dirname(root) or b".")  # noqa: PTH116, PTH120 - bytes
        except OSError:
            return None
        medium, is_folder = medium_number(status.st_dev), above.st_dev == status.st_dev
        return cls(root, status.st_dev, status.st_ino, file_system.f_fsid, mount_id(root), medium, is_folder)


class Standing(StrEnum):
    """How far one file is."""

    WAITING = "waiting"
    SECURED = "secured"
    TO_ERASE = "to erase"
    KEPT = "kept"
    FAILED = "failed"
    # Neither a file of the card nor an entry that could be read: told, and looked at again.
    NOT_LOOKED_INTO = "not looked into"


@dataclass
class WatchedFile:
    """What is remembered of one file while its card is there. Times in seconds of a steady clock."""

    found: Found
    names: NameFacts | None = None
    state: FileState | None = None
    still_since: float = 0.0
    looks: tuple[Observation, ...] = ()
    settled: FileState | None = None
    turn: Turn | None = None
    standing: Standing = Standing.WAITING
    failures: int = 0
    keepings: int = 0
    not_before: float = 0.0
    told: str | None = None
    trouble: Trouble | None = None
    on_change: Callable[[], None] | None = None

    def __setattr__(self, name: str, value: object) -> None:
        changes = name in _COUNTED and getattr(self, name, None) != value
        super().__setattr__(name, value)
        if changes and self.on_change is not None:
            self.on_change()

    @property
    def is_in_hand(self) -> bool:
        """Whether it waits for its turn or has it."""
        return self.turn is not None and not self.turn.ended.is_set()

    @property
    def rank(self) -> Rank:
        marked = self.names is not None and self.names.important
        return Rank(not marked, self.state.modified_ns if self.state else 0, self.found.path)


@dataclass
class Card:
    """What is remembered of one card since it appeared. Times of change in seconds of a steady clock."""

    identity: CardIdentity
    since: datetime
    changed_at: float
    name: Callable[[bytes], NameFacts]
    files: dict[bytes, WatchedFile] = field(default_factory=dict)
    gone_files: int = 0
    gone_bytes: int = 0
    still_seconds: float | None = None
    announced: bool = False
    overfull: Trouble | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    # Made anew with every change of what is counted, after it; so a count is good for as long as it stays the same.
    version: object = field(default_factory=object)
    counted: tuple[object, CardFacts] | None = None

    def file(self, found: Found) -> WatchedFile:
        """What is remembered of that file; begins to remember it."""
        known = self.files.get(found.path)
        if known is None:
            with self.lock:
                known = WatchedFile(found, self.name(found.path), on_change=self.changes)
                self.files[found.path] = known
            self.changes()
        return known

    def below(self, folder: bytes) -> set[bytes]:
        """The paths of the files below a folder that are remembered."""
        within = folder.rstrip(b"/") + b"/"
        return {path for path in self.files if path.startswith(within)}

    def changes(self) -> None:
        """What was counted is to be counted anew."""
        self.version = object()

    def forget_all_but(self, present: set[bytes], now: float) -> list[WatchedFile]:
        """Forget files that are gone; those that were secured stay counted. Returns them."""
        with self.lock:
            gone = [self.files.pop(path) for path in self.files.keys() - present]
            for file in gone:
                if file.standing in {Standing.SECURED, Standing.TO_ERASE, Standing.KEPT}:
                    self.gone_files += 1
                    self.gone_bytes += file.settled.size if file.settled else 0
        if gone:
            self.changed_at = now
            self.changes()
        return gone

    def facts(self, *, stirred: bool, answers: bool, now: datetime) -> CardFacts:
        """What is known of it now. Counted only where something changed: it is asked for all the time."""
        version, known = self.version, self.counted
        if known is None or known[0] is not version:
            self.counted = known = version, self._count(now)
        counted = known[1]
        trouble = self.overfull or counted.trouble
        if not answers:
            trouble = Trouble(TroubleKind.DOES_NOT_ANSWER, Reason(ReasonCode.DOES_NOT_ANSWER))
        return replace(counted, still_seconds=self.still_seconds, stirred=stirred, trouble=trouble)

    def _count(self, now: datetime) -> CardFacts:
        with self.lock:
            files = [file for file in self.files.values() if file.standing is not Standing.NOT_LOOKED_INTO]
            troubles = [file.trouble for file in self.files.values() if file.trouble is not None]
            serials = {file.names.device for file in files if file.names is not None and file.names.device}
        waiting = [file for file in files if file.standing is Standing.WAITING]
        done = [file for file in files if file.standing in {Standing.SECURED, Standing.TO_ERASE, Standing.KEPT}]
        ahead = [file for file in files if file.state is not None and _is_ahead(file.state, now)]
        return CardFacts(
            since=self.since,
            files_found=len(files) + self.gone_files,
            files_secured=len(done) + self.gone_files,
            files_failed=sum(file.standing is Standing.FAILED for file in files),
            files_waiting=len(waiting),
            marked_waiting=sum(file.names is not None and file.names.important for file in waiting),
            files_to_erase=sum(file.standing is Standing.TO_ERASE for file in files),
            files_kept=sum(file.standing is Standing.KEPT for file in files),
            bytes_found=sum(_size(file) for file in files) + self.gone_bytes,
            bytes_secured=sum(_size(file) for file in done) + self.gone_bytes,
            device_serials=tuple(sorted(serials)),
            trouble=troubles[0] if troubles else None,
            times_in_future=len(ahead),
        )


def _size(file: WatchedFile) -> int:
    return file.state.size if file.state else 0


def _is_ahead(state: FileState, now: datetime) -> bool:
    return state.modified_ns > (now + _AHEAD_AT_MOST).timestamp() * 1e9
