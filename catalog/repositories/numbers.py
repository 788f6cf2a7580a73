"""Numbers that people call things by: HOLD-2026-0007. Counted within a year, by nobody twice."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from catalog.repositories.patterns import escaped
from catalog.tables import Disposal, Hold

_NUMBERING = 0x6E756D62  # any fixed number: keeps this advisory lock of PostgreSQL apart from others


def next_hold(session: Session, now: datetime) -> str:
    return _next(session, Hold, "HOLD", now)


def next_disposal(session: Session, now: datetime) -> str:
    return _next(session, Disposal, "DISP", now)


def _next(session: Session, table: type[Hold | Disposal], prefix: str, now: datetime) -> str:
    """The next number; whoever else wants one of any kind waits until this transaction ends. SQLite waits anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _NUMBERING})
    begins = f"{prefix}-{now:%Y}-"
    numbers: list[str] = list(
        session.exec(select(table.number).where(col(table.number).like(f"{escaped(begins)}%", escape="\\"))).all()
    )
    last = max((int(each.removeprefix(begins)) for each in numbers if each.removeprefix(begins).isdigit()), default=0)
    return f"{begins}{last + 1:04}"
