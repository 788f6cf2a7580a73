"""Deciding for all recordings at once, or for those whose facts changed; and what the decisions on record rest on.

What is decided lies in tables of this transaction alone until `put_on_record`, so that what another schedule would
change can be counted without changing anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, text
from sqlmodel import Session

from catalog.repositories import schedules
from catalog.repositories.evaluation_days import Days
from catalog.repositories.evaluation_dialect import Dialect, Offset
from catalog.repositories.evaluation_sql import RuleTerms, deciding
from catalog.tables import RetentionEvaluation
from catalog.tables.retention import ActivationState, RetentionOutcome
from catalog.types import UtcDateTime

_EVALUATING = 0x6576616C  # any fixed number: keeps this advisory lock of PostgreSQL apart from others
_ALL_AT_ONCE = (
    # Two processors look through the recordings. By itself PostgreSQL thinks the way of so many rows back too long.
    "SET LOCAL max_parallel_workers_per_gather = 2",
    "SET LOCAL parallel_setup_cost = 0",
    "SET LOCAL parallel_tuple_cost = 0",
    # Links and classes come in about the order of their recordings: sorting them costs less than a table of hashes.
    "SET LOCAL enable_hashagg = off",
)


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last time that periods begin at (None where there is none), since recording and by cases."""

    recorded: tuple[datetime, datetime] | None
    closed: tuple[datetime, datetime] | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What other decisions would change: of so many recordings, how many (and how many bytes) go earlier or later.

    `expired`: those whose time would be over at once, and is not yet.
    """

    recordings: int
    earlier: int
    earlier_bytes: int
    later: int
    expired: int
    expired_bytes: int


def wait_for_others(session: Session) -> None:
    """Let one evaluation at a time go on, until its transaction ends. Who changes facts waits for none.

    SQLite has one writer at a time anyway.
    """
    if session.connection().dialect.name != "sqlite":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _EVALUATING})


class Evaluation:
    """One evaluation within a writing transaction that waited for others."""

    def __init__(self, session: Session, *, changed_only: bool) -> None:
        self._connection: Connection = session.connection()
        self._sqlite = self._connection.dialect.name == "sqlite"
        self._changed_only = changed_only
        self._offsets: Sequence[Offset] = ()
        self._days = Days(0, ())
        if self._sqlite:
            for table in ("retention_scope", "retention_day", "retention_found"):  # they outlive a transaction there
                self._run(f"DROP TABLE IF EXISTS temp.{table}")
        else:
            self._prepare_postgresql()

    def _prepare_postgresql(self) -> None:
        # What a crash of the server takes back is decided again.
        self._run("SET LOCAL synchronous_commit = off")
        self._run("SET LOCAL work_mem = '256MB'")
        # It takes longer to translate so long a statement than that ever saves.
        self._run("SET LOCAL jit = off")
        for setting in () if self._changed_only else _ALL_AT_ONCE:
            self._run(setting)

    def _run(self, sql: str) -> CursorResult[Any]:
        return self._connection.execute(text(sql))

    def _dialect(self) -> Dialect:
        return Dialect(self._sqlite, self._offsets)

    def take_changes(self) -> None:
        """Whose facts changed is now to be evaluated here. Changes that others are about to commit stay for later."""
        if not self._changed_only:
            self._run("DELETE FROM retention_change")
            return
        kind, ending = ("CHAR(32)", "") if self._sqlite else ("UUID", " ON COMMIT DROP")
        self._run(f"CREATE TEMPORARY TABLE retention_scope (recording_id {kind} PRIMARY KEY){ending}")
        insert = "INSERT INTO retention_scope (recording_id) SELECT DISTINCT recording_id FROM "
        if self._sqlite:
            self._run(f"{insert} retention_change")
            self._run("DELETE FROM retention_change")
        else:
            self._run(f"WITH taken AS (DELETE FROM retention_change RETURNING recording_id) {insert} taken")
            self._run("ANALYZE retention_scope")  # or it would guess how many there are

    def span(self) -> Span:
        """Between which times the periods begin."""
        of_recordings = _within("r.id") if self._changed_only else ""
        of_cases = self._of_linked_cases("c.id")
        asked = [
            (f"{which}({column})", f"{table} WHERE {column} IS NOT NULL {only}")
            for which, column, table, only in (
                ("MIN", "r.captured_at", "recording r", of_recordings),
                ("MAX", "r.captured_at", "recording r", of_recordings),
                ("MAX", "r.secured_at", "recording r", of_recordings),
                ("MIN", "c.closed_at", '"case" c', of_cases),
                ("MAX", "c.closed_at", '"case" c', of_cases),
            )
        ]
        columns = [f"(SELECT {what} FROM {where}) AS at_{number}" for number, (what, where) in enumerate(asked)]
        typed = {f"at_{number}": UtcDateTime() for number in range(len(asked))}
        row = self._connection.execute(text(f"SELECT {', '.join(columns)}").columns(**typed)).one()
        captured, captured_last, secured_last, closed, closed_last = row
        recorded = (captured, max(captured_last, secured_last)) if captured and secured_last else None
        return Span(recorded, (closed, closed_last) if closed else None)

    def _of_linked_cases(self, column: str) -> str:
        if not self._changed_only:
            return ""
        return f"AND {column} IN (SELECT case_id FROM case_link WHERE 1 = 1 {_within('recording_id')})"

    def reckon(self, offsets: Sequence[Offset]) -> None:
        """How far the zone is from UTC, between all times of the span."""
        self._offsets = offsets

    def days_of_closing(self) -> Sequence[int]:
        """The days on which cases were closed, by number."""
        dialect = self._dialect()
        only = self._of_linked_cases("id")
        statement = f'SELECT DISTINCT {dialect.day("closed_at")} FROM "case" WHERE closed_at IS NOT NULL {only}'
        return [row[0] for row in self._connection.execute(dialect.statement(statement))]

    def put_days(self, days: Days) -> None:
        """When the periods are over that begin on each day."""
        self._days = days
        if self._sqlite:
            self._run(days.table())
            if days.ends:
                self._connection.execute(days.insertion(), days.rows())

    def decide(self, rules: Sequence[RuleTerms], now: datetime) -> None:
        """Decide into a table of this transaction, by rules in the order of their ids."""
        self._connection.execute(deciding(self._dialect(), rules, self._days, now, changed_only=self._changed_only))

    def put_on_record(self, now: datetime) -> int:
        """Make what was decided the decisions on record: only what differs is written. By how many they are more."""
        if not self._sqlite and not self._changed_only:
            # Of an empty table it would look through all rows once for each, while they become more.
            self._run("SET LOCAL enable_nestloop = off")
        dialect = self._dialect()
        moment = dialect.bound(now)
        columns = ("outcome", "expires_at", "rule", "blocked_by")
        differing = " OR ".join(f"d.{name} {dialect.differs} f.{name}" for name in columns)
        setting = ", ".join(f"{name} = f.{name}" for name in columns)
        scope = "recording_id IN (SELECT recording_id FROM retention_scope) AND" if self._changed_only else ""
        gone = (
            f"DELETE FROM retention_decision WHERE {scope} NOT EXISTS ("
            "SELECT 1 FROM retention_found f WHERE f.recording_id = retention_decision.recording_id)"
        )
        changed = (
            f"UPDATE retention_decision AS d SET {setting}, evaluated_at = {moment} FROM retention_found f"
            f" WHERE f.recording_id = d.recording_id AND ({differing})"
        )
        new = (
            f"INSERT INTO retention_decision (recording_id, {', '.join(columns)}, evaluated_at)"
            f" SELECT recording_id, {', '.join(columns)}, {moment} FROM retention_found f WHERE NOT EXISTS ("
            "SELECT 1 FROM retention_decision d WHERE d.recording_id = f.recording_id)"
        )
        fewer = self._run(gone).rowcount
        self._connection.execute(dialect.statement(changed))
        return self._connection.execute(dialect.statement(new)).rowcount - fewer

    def let_time_pass(self, now: datetime, *, since: datetime | None) -> None:
        """What was kept until now is expired; and the reverse, should the clock have been ahead at the time `since`."""
        self._pass(RetentionOutcome.KEPT, RetentionOutcome.EXPIRED, "<=", now)
        if since is not None and now < since:
            self._pass(RetentionOutcome.EXPIRED, RetentionOutcome.KEPT, ">", now)

    def _pass(self, before: RetentionOutcome, after: RetentionOutcome, over: str, now: datetime) -> None:
        dialect = self._dialect()
        moment = dialect.bound(now)
        self._connection.execute(
            dialect.statement(
                f"UPDATE retention_decision SET outcome = '{after}', evaluated_at = {moment}"
                f" WHERE outcome = '{before}' AND expires_at {over} {moment}"
            )
        )

    def effect(self) -> Effect:
        """What was decided here, compared with the decisions on record."""
        earlier = "f.expires_at IS NOT NULL AND (d.expires_at IS NULL OR f.expires_at < d.expires_at)"
        later = "d.expires_at IS NOT NULL AND (f.expires_at IS NULL OR f.expires_at > d.expires_at)"
        over = f"'{RetentionOutcome.EXPIRED}'"
        expired = f"f.outcome = {over} AND (d.outcome IS NULL OR d.outcome <> {over})"

        def sums(condition: str) -> str:
            told = f"COALESCE(SUM(CASE WHEN {condition} THEN {{}} ELSE 0 END), 0)"
            return f"{told.format(1)}, {told.format('r.size')}"

        row = self._connection.execute(
            text(
                f"SELECT COUNT(*), {sums(earlier)}, {sums(later)}, {sums(expired)} FROM retention_found f"
                " JOIN recording r ON r.id = f.recording_id"
                " LEFT JOIN retention_decision d ON d.recording_id = f.recording_id"
            )
        ).one()
        total, fewer, fewer_bytes, more, _more_bytes, ended, ended_bytes = (int(each) for each in row)
        return Effect(total, fewer, fewer_bytes, more, ended, ended_bytes)


def _within(column: str) -> str:
    return f"AND {column} IN (SELECT recording_id FROM retention_scope)"


def standing(session: Session) -> RetentionEvaluation | None:
    """What the decisions on record rest on; None before the first evaluation."""
    return session.get(RetentionEvaluation, 1, populate_existing=True)


def stand(
    session: Session, *, schedule_version_id: UUID | None, zone: str, counting: int, now: datetime, more: int | None
) -> RetentionEvaluation:
    """Put on record what the decisions rest on now, and that they were looked at.

    `more`: how many there are more than last time; None where all were looked at.
    """
    found = standing(session)
    if found is None:
        found = RetentionEvaluation(zone=zone, counting=counting, recordings=0, evaluated_at=now, all_evaluated_at=now)
    found.schedule_version_id, found.zone, found.counting, found.evaluated_at = schedule_version_id, zone, counting, now
    if more is None:
        found.all_evaluated_at = now
        found.recordings = session.connection().execute(text("SELECT COUNT(*) FROM retention_decision")).scalar_one()
    else:
        found.recordings += more  # counting a million takes longer than deciding a hundred
    session.add(found)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """How the decisions stand: since when none was looked at (None: never), how many recordings are undecided, how many
    changed since, and the version in force (None: none is).
    """

    evaluated_at: datetime | None
    decided: int
    undecided: int
    waiting: int
    in_force: str | None


def how_it_stands(session: Session) -> Standing:
    last = standing(session)
    present = schedules.standing(session, ActivationState.IN_FORCE)
    connection = session.connection()
    decided, undecided = connection.execute(
        text(
            "SELECT COUNT(*), COALESCE(SUM(CASE WHEN outcome = :undecided THEN 1 ELSE 0 END), 0)"
            " FROM retention_decision"
        ),
        {"undecided": RetentionOutcome.UNDECIDED},
    ).one()
    waiting = connection.execute(text("SELECT COUNT(*) FROM retention_change")).scalar_one()
    named = f"{present[1].schedule}@{present[1].version}" if present else None
    return Standing(last.evaluated_at if last else None, int(decided), int(undecided), int(waiting), named)
