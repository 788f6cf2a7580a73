"""What commands that look at one recording share: the look is put on record, and who is left to wait is told."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlmodel import Session

from api.cli.context import Terminal, say
from api.reading.model import Status, StatusReason
from api.reading.status import is_begun
from api.runtime import Runtime
from api.times import for_people
from catalog.repositories import custody
from catalog.repositories.attendance import unattended
from catalog.tables.custody import CustodyAction, CustodyResult

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
Purpose = Annotated[str | None, typer.Option("--purpose", help=say("cli-purpose"))]


def note_look(
    runtime: Runtime,
    session: Session,
    action: CustodyAction,
    subject: UUID,
    purpose: str | None,
    result: CustodyResult = CustodyResult.DONE,
    **details: Any,
) -> None:
    custody.record(
        session,
        action,
        at=runtime.clock(),
        actor=runtime.actor,
        subject_kind="recording",
        subject_id=subject,
        purpose=purpose,
        result=result,
        face="command line",
        **details,
    )


def status_word(status: Status, reasons: Sequence[StatusReason]) -> str:
    """As others are told it, but that what nobody has begun is said to wait."""
    waits = status is Status.WORKING and not is_begun(status, reasons)
    return say("status-waiting") if waits else say.word("status", status)


def note_unattended(runtime: Runtime, terminal: Terminal, some_wait: bool) -> None:
    """Nobody is left to wait for what nobody does."""
    if not some_wait:
        return
    with runtime.catalog.reading() as session:
        found = unattended(session, now=runtime.clock())
    if found is not None:
        since = for_people(found.since, runtime.settings.time_zone)
        terminal.note(say("cli-unattended", jobs=found.jobs, since=since))
