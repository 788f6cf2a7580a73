"""When recordings ended and when they were secured, with who recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from catalog.tables import Agency, Device, Officer, Recording

_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Recorder:
    """The agency of the officer, else of the device; None where neither is known."""

    agency_code: str | None
    agency: str | None
    officer_number: str | None
    officer: str | None


def secured_between(
    session: Session, since: datetime | None, until: datetime | None
) -> Iterator[tuple[Recorder, datetime | None, datetime, bool]]:
    """Of each recording secured in between: by whom, when it ended (None: unknown), when secured, clock in doubt.

    By when they were secured, which is always known: so that those of unknown time are among them.
    """
    of_device = select(col(Device.serial), col(Agency.code), col(Agency.name)).join(
        Agency, col(Agency.id) == col(Device.agency_id)
    )
    device = of_device.subquery()
    query = (
        select(
            col(Recording.captured_at),
            col(Recording.captured_until),
            col(Recording.secured_at),
            col(Recording.capture_time),
            col(Officer.certificate_number),
            col(Officer.name),
            col(Agency.code),
            col(Agency.name),
            device.c.code,
            device.c.name,
        )
        .select_from(Recording)
        .join(Officer, col(Officer.id) == col(Recording.officer_id), isouter=True)
        .join(Agency, col(Agency.id) == col(Officer.agency_id), isouter=True)
        .join(device, device.c.serial == col(Recording.device_serial), isouter=True)
        .order_by(col(Recording.secured_at))
        .execution_options(yield_per=_AT_ONCE)
    )
    if since is not None:
        query = query.where(col(Recording.secured_at) >= since)
    if until is not None:
        query = query.where(col(Recording.secured_at) <= until)
    for row in session.connection().execute(query):
        began, ended, secured, capture_time, number, officer, code, agency, device_code, device_agency = row
        by = Recorder(code or device_code, agency or device_agency, number, officer)
        last = max(began, ended) if began is not None and ended is not None else began
        yield by, last, secured, bool(capture_time.get("warnings"))
