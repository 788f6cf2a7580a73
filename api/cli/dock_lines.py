"""What `zhilu dock` says of files: a line each, and in the end how many there were."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from api.cli import outcomes
from api.cli.context import Terminal, say
from api.messages.faults import sentence_of
from api.settings import Settings
from api.times import for_people, in_utc
from ingest.erase import Erasure, ErasureOutcome
from ingest.intake import IntakeOutcome, IntakeResult
from ingest.source import shown
from ingest.station import Dock
from ingest.walk import Found

_DIGITS = 12  # of the digest: enough to find it with `zhilu show`


def say_of_erasing(terminal: Terminal, settings: Settings, dock: Dock, *, dry_run: bool = False) -> None:
    """Say whether sources are erased, where that is on; and why not, where the store does not bear it."""
    if not (dry_run or settings.dock.erase):
        return
    refused = dock.erasing_refused
    if dry_run or not refused:
        terminal.note(say("cli-dock-rehearses" if dry_run else "cli-dock-erases"))
    if refused:
        terminal.note(sentence_of(say, refused))


_RANK = (IntakeOutcome.FAILED, IntakeOutcome.DUPLICATE, IntakeOutcome.SECURED)
_NO_FILE = IntakeOutcome.FAILED, 0


@dataclass
class Total:
    """How many files there were. One that is taken in again, as for a new receipt, counts once, by its best outcome."""

    _files: dict[str, tuple[IntakeOutcome, int]] = field(default_factory=dict)
    _erasures: dict[str, ErasureOutcome] = field(default_factory=dict)

    def add(self, result: IntakeResult) -> None:
        before = self._files.get(result.path)
        if before is None or _RANK.index(result.outcome) >= _RANK.index(before[0]):
            self._files[result.path] = result.outcome, result.size or 0

    def add_erasure(self, path: str, erasure: Erasure) -> None:
        self._erasures[path] = erasure.outcome

    def count(self, outcome: IntakeOutcome) -> int:
        return Counter(each for each, _size in self._files.values())[outcome]

    def bytes(self, outcome: IntakeOutcome) -> int:
        """Size of the files of that outcome."""
        return sum(size for each, size in self._files.values() if each is outcome)

    def count_of_erasing(self, outcome: ErasureOutcome) -> int:
        return Counter(self._erasures.values())[outcome]

    def kept(self, erasing: ErasureOutcome) -> int:
        """How many files are still on their cards, or would be, where those of the outcome `erasing` are not."""
        return len(self._files) - self.count_of_erasing(erasing)

    def bytes_of_erasing(self, outcome: ErasureOutcome) -> int:
        """Size of the files whose erasing had that outcome."""
        return sum(self._files.get(path, _NO_FILE)[1] for path, each in self._erasures.items() if each is outcome)

    def as_json(self) -> dict[str, int]:
        files = {outcome.value: self.count(outcome) for outcome in IntakeOutcome}
        sizes = {f"bytes_{outcome.value}": self.bytes(outcome) for outcome in IntakeOutcome if outcome != "failed"}
        erasing = {outcome.value.replace(" ", "_"): self.count_of_erasing(outcome) for outcome in ErasureOutcome}
        erased = self.bytes_of_erasing(ErasureOutcome.ERASED)
        would = self.bytes_of_erasing(ErasureOutcome.WOULD_ERASE)
        return {**files, **erasing, **sizes, "bytes_erased": erased, "bytes_would_erase": would}


@dataclass
class DockLines:
    """Writes a line for each file, from many threads; times in the zone of the settings. `total` counts what comes to
    an end: what runs for months would remember every file.
    """

    terminal: Terminal
    zone: tzinfo
    clock: Callable[[], datetime]
    total: Total | None
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def result(self, result: IntakeResult) -> None:
        """What became of taking in one file."""
        at = self.clock()
        with self._writing:
            if self.total is not None:
                self.total.add(result)
            if self.terminal.as_json:
                self.terminal.line({"at": in_utc(at), **outcomes.as_json(result)})
                return
            digest = f"SHA-256 {result.sha256[:_DIGITS]}" if result.sha256 else ""
            self._line(at, outcomes.word(result), result.path, digest, outcomes.why(result))

    def erasure(self, found: Found, erasure: Erasure) -> None:
        """What became of erasing one file."""
        at, path = self.clock(), shown(found.path)
        reason = sentence_of(say, erasure.kept) if erasure.kept else ""
        with self._writing:
            if self.total is not None:
                self.total.add_erasure(path, erasure)
            if self.terminal.as_json:
                told = {"at": in_utc(at), "path": path, "outcome": erasure.outcome.value, "reason": reason or None}
                self.terminal.line(told)
            else:
                self._line(at, say(f"cli-erasure-{erasure.outcome.value.replace(' ', '-')}"), path, reason)

    def conclude(self, *, erases: bool, rehearses: bool) -> None:
        """Say how many there were, where that was counted."""
        if (total := self.total) is None:
            return
        from api.web.formats import Formats  # noqa: PLC0415 - with it come the templates of all pages

        sizes = Formats(say, self.zone)
        with self._writing:
            if self.terminal.as_json:
                self.terminal.line({"total": total.as_json()})
                return
            counts = {outcome.value: total.count(outcome) for outcome in IntakeOutcome}
            self.terminal.note(say("cli-dock-total", **counts, bytes=sizes.size(total.bytes(IntakeOutcome.SECURED))))
            if rehearses:
                would = ErasureOutcome.WOULD_ERASE
                size = sizes.size(total.bytes_of_erasing(would))
                told = {"would_erase": total.count_of_erasing(would), "kept": total.kept(would)}
                text = say("cli-dock-total-rehearsed", **told, bytes=size)
                self.terminal.note(text)
            elif erases:
                size = sizes.size(total.bytes_of_erasing(ErasureOutcome.ERASED))
                told = {
                    "erased": total.count_of_erasing(ErasureOutcome.ERASED),
                    "kept": total.kept(ErasureOutcome.ERASED),
                }
                self.terminal.note(say("cli-dock-total-erased", **told, bytes=size))

    def _line(self, at: datetime, *parts: str) -> None:
        self.terminal.out.print("  ".join(part for part in (for_people(at, self.zone), *parts) if part))
