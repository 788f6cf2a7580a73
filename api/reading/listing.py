"""Many recordings at once: a page of a search, read with one question a table."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.reading import capture
from api.reading.capture import written
from api.reading.model import RecordingSummary, SummaryLink
from api.reading.status import Gone, status_of
from api.reading.view import View
from catalog.repositories import disposals, finding, fixity_standing, reading
from catalog.repositories.finding import FindCriteria
from catalog.tables import Recording
from catalog.tables.cases import LinkState

LIMIT_AT_MOST = 200


class Page(View):
    """One page of what was found: `total` counts all that meet the criteria."""

    recordings: tuple[RecordingSummary, ...]
    total: int
    limit: int
    offset: int

    @property
    def next_offset(self) -> int | None:
        """Where the next page begins; None on the last one."""
        after = self.offset + len(self.recordings)
        return after if self.recordings and after < self.total else None

    @property
    def previous_offset(self) -> int | None:
        return max(0, self.offset - self.limit) if self.offset else None


def search(
    session: Session, criteria: FindCriteria, *, limit: int, offset: int = 0, now: datetime | None = None
) -> Page:
    """One page of the recordings that meet the criteria; at most LIMIT_AT_MOST of them. For `now` see `status_of`."""
    bounded = min(max(limit, 1), LIMIT_AT_MOST)
    found, total = finding.find(session, criteria, limit=bounded, offset=max(offset, 0))
    return Page(recordings=tuple(summaries(session, found, now=now)), total=total, limit=bounded, offset=max(offset, 0))


def summaries(session: Session, found: Sequence[Recording], *, now: datetime | None = None) -> list[RecordingSummary]:
    """A line for each recording, in the order given."""
    ids = [recording.id for recording in found]
    jobs = reading.jobs_of(session, ids)
    derivatives = reading.derivative_kinds_of(session, ids)
    links = reading.links_of(session, ids)
    officers = reading.officers_of(session, (recording.officer_id for recording in found))
    damage = fixity_standing.damage_of(session, ids)
    under = disposals.disposals_under(session, [each.id for each in found if each.disposed_at is not None])
    lines = []
    for recording in found:
        gone = Gone.of(recording, under.get(recording.id))
        status, reasons = status_of(
            recording.problems, jobs.get(recording.id, ()), now=now, damage=damage.get(recording.id), gone=gone
        )
        media = capture.media(recording)
        lines.append(
            RecordingSummary(
                id=recording.id,
                name=recording.name,
                sha256=recording.sha256,
                size=recording.size,
                kind=recording.kind,
                important=recording.important,
                encrypted=recording.encrypted,
                secured_at=written(recording.secured_at),
                device=recording.device_serial,
                officer=capture.officer(
                    recording, officers.get(recording.officer_id) if recording.officer_id else None
                ),
                captured_at=capture.captured_at(recording),
                captured_at_origin=capture.capture_time(recording).origin,
                duration_s=recording.duration_s,
                width=media.width if media else None,
                height=media.height if media else None,
                position=capture.position(recording),
                status=status,
                reasons=reasons,
                links=tuple(
                    SummaryLink(case_number=case.number, cause=case.cause, state=link.state)
                    for link, case, _ in links.get(recording.id, ())
                    if link.state is not LinkState.REJECTED
                ),
                derivatives=() if gone else tuple(derivatives.get(recording.id, ())),
                disposed_at=written(gone.at) if gone else None,
                disposed_under=gone.under if gone else None,
            )
        )
    return lines
