"""Every look is a custody event, written before what is looked at is handed out: what cannot be logged is not shown.

A player asks for dozens of ranges, a page for its pictures. They belong to one look as long as they follow each
other within `WINDOW`; the first request outside any window begins a look of its own, whatever range it asks for.
Windows live in one process: several processes write more events, never fewer.

Refusals are different: any web site can provoke them, and nothing ever leaves the log. So each kind of refusal gets one
event a window, whatever was asked for and however often; the next event says how many came in between.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.http.errors import RequestError
from catalog.engine import Catalog
from catalog.repositories import custody
from catalog.tables import Recording
from catalog.tables.custody import CustodyAction, CustodyResult

WINDOW = timedelta(minutes=10)
_WINDOWS_AT_MOST = 10_000
_WHY_AT_MOST = 300


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: the actor of this process, told apart by the program used; and what for, where that was said."""

    program: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class _Window:
    program: str
    action: CustodyAction
    subject: str


@dataclass(slots=True)
class _Refusals:
    """Those of one kind: when one was last put on record, and how many came since then without an event."""

    at: datetime
    unrecorded: int = 0


class Looks:
    """Writes the events. Safe for many threads. All methods raise CatalogUnavailable, CatalogFull."""

    def __init__(self, catalog: Catalog, *, actor: str, clock: Callable[[], datetime]) -> None:
        self._catalog, self._actor, self._clock = catalog, actor, clock
        self._last: dict[_Window, datetime] = {}
        self._refusals: dict[type[RequestError], _Refusals] = {}
        self._lock = threading.Lock()

    def opened(self, viewer: Viewer, recording_id: UUID, **details: Any) -> None:
        """Somebody opened a recording's page or JSON. Playing it from here on is a new playback."""
        with self._lock:
            now = self._clock()
            self._write(viewer, CustodyAction.VIEWED, recording_id, now, **details)
            self._touch(_Window(viewer.program, CustodyAction.VIEWED, str(recording_id)), now)
            self._last.pop(_Window(viewer.program, CustodyAction.PLAYED, str(recording_id)), None)

    def content(
        self, viewer: Viewer, action: CustodyAction, recording_id: UUID, *, anew: bool = False, **details: Any
    ) -> None:
        """Somebody is about to get bytes of a recording; `anew` makes it a look of its own in any case."""
        self._once(_Window(viewer.program, action, str(recording_id)), viewer, recording_id, anew=anew, **details)

    def searched(
        self, viewer: Viewer, criteria: dict[str, Any], shown: list[UUID], *, anew: bool, **found: Any
    ) -> None:
        """Somebody searched, and sees the stills of what was found."""
        subject = repr(sorted(criteria.items()))
        window = _Window(viewer.program, CustodyAction.SEARCHED, subject)
        self._once(window, viewer, None, anew=anew, criteria=criteria, **found)
        with self._lock:
            now = self._clock()
            for recording_id in shown:
                self._touch(_Window(viewer.program, CustodyAction.VIEWED, str(recording_id)), now)

    def denied(self, viewer: Viewer, action: CustodyAction, recording_id: UUID | None, refusal: RequestError) -> None:
        """A look was refused. One event a window for each kind of refusal: whoever keeps knocking must not fill the
        log. `unrecorded` of an event counts those of its kind since the one before. Only recordings that there are
        become its subject.
        """
        with self._lock:
            now = self._clock()
            earlier = self._refusals.get(type(refusal))
            if earlier is not None and now - earlier.at <= WINDOW:
                earlier.unrecorded += 1
                return
            self._write(
                viewer,
                action,
                self._there(recording_id),
                now,
                result=CustodyResult.DENIED,
                why=str(refusal)[:_WHY_AT_MOST],
                unrecorded=earlier.unrecorded if earlier else 0,
            )
            self._refusals[type(refusal)] = _Refusals(now)

    def failed(self, viewer: Viewer, action: CustodyAction, recording_id: UUID, why: str) -> None:
        """A look came to nothing, since the store does not hand out what the catalog promises."""
        with self._lock:
            self._write(viewer, action, recording_id, self._clock(), result=CustodyResult.FAILED, why=why)

    def _once(
        self, window: _Window, viewer: Viewer, recording_id: UUID | None, *, anew: bool = False, **details: Any
    ) -> None:
        # Held while the event is written: a second request of the same look waits until the look is on record.
        with self._lock:
            now = self._clock()
            last = self._last.get(window)
            if anew or last is None or now - last > WINDOW:
                self._write(viewer, window.action, recording_id, now, **details)
            self._touch(window, now)

    def _there(self, recording_id: UUID | None) -> UUID | None:
        """The id, if it is that of a recording."""
        if recording_id is None:
            return None
        with self._catalog.reading() as session:
            return recording_id if session.get(Recording, recording_id) is not None else None

    def _write(
        self,
        viewer: Viewer,
        action: CustodyAction,
        recording_id: UUID | None,
        now: datetime,
        *,
        result: CustodyResult = CustodyResult.DONE,
        **details: Any,
    ) -> None:
        with self._catalog.writing() as session:
            custody.record(
                session,
                action,
                at=now,
                actor=self._actor,
                subject_kind="search" if action is CustodyAction.SEARCHED else "recording",
                subject_id=recording_id,
                purpose=viewer.purpose,
                result=result,
                program=viewer.program,
                **details,
            )

    def _touch(self, window: _Window, now: datetime) -> None:
        self._last.pop(window, None)  # put in again at the end: the dictionary stays ordered by last use
        self._last[window] = now
        while len(self._last) > _WINDOWS_AT_MOST:
            self._last.pop(next(iter(self._last)))
