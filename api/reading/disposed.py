"""What was disposed of: said in one sentence by every face that is asked for its bytes."""

from sqlmodel import Session

from catalog.repositories import disposals
from catalog.tables import Recording
from retention.errors import RecordingDisposed


def refuse_disposed(session: Session, recording: Recording) -> None:
    """Raises RecordingDisposed, with when it was and under which list, whose certificate tells who approved it."""
    if recording.disposed_at is None:
        return
    under = disposals.disposed_under(session, recording.id)
    raise RecordingDisposed(str(recording.id), recording.disposed_at, under.number if under else None)
