"""Deciding for all recordings at once, or for those whose facts changed; and what the decisions on record rest on.

What is decided lies in tables of this transaction alone until `put_on_record`, so that what another schedule would
change can be counted without changing anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlmodel import Session

from catalog.repositories import schedules
from catalog.repositories.evaluation_sql import Dialect, Offset, RuleTerms, deciding
from catalog.tables import RetentionEvaluation
from catalog.tables.retention import ActivationState, RetentionOutcome
from catalog.types import UtcDateTime

_EVALUATING = 0x6576616C  # any fixed number: keeps this advisory lock of PostgreSQL apart from others
_KINDS = {
    "sqlite": {"id": "CHAR(32)", "time": "VARCHAR(32)", "document": "JSON"},
    "postgresql": {"id": "UUID", "time": "TIMESTAMP WITH TIME ZONE", "document": "JSONB"},
}
_TABLES = ("retention_scope", "retention_day", "retention_found")


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


class Evaluation:
    """One evaluation within a writing transaction. Others wait; who changes facts does not."""

    def __init__(self, session: Session, *, changed_only: bool) -> None:
        self._connection: Connection = session.connection()
        self._dialect_name = self._connection.dialect.name
        self._changed_only = changed_only
        self._offsets: Sequence[Offset] = ()
        if not self._sqlite:
            self._run("SELECT pg_advisory_xact_lock(:name)", name=_EVALUATING)
            self._run("SET LOCAL work_mem = '256MB'")
        for table in _TABLES:
            self._run(f"DROP TABLE IF EXISTS temp.{table}" if self._sqlite else f"DROP TABLE IF EXISTS pg_temp.{table}")

    @property
    def _sqlite(self) -> bool:
        return self._dialect_name == "sqlite"

    def _run(self, sql: str, **values: object) -> object:
        return self._connection.execute(text(sql), values)

    def _table(self, name: str, columns: str) -> None:
        ending = "" if self._sqlite else " ON COMMIT DROP"
        self._run(f"CREATE TEMPORARY TABLE {name} ({columns.format(**_KINDS[self._dialect_name])}){ending}")

    def _counted(self, table: str) -> None:
        """Let PostgreSQL know how much lies in a table that was just filled: it would guess otherwise."""
        if not self._sqlite:
            self._run(f"ANALYZE {table}")

    def take_changes(self) -> None:
        """Whose facts changed is now to be evaluated here. Changes that others are about to commit stay for later."""
        if self._changed_only:
            self._table("retention_scope", "recording_id {id} PRIMARY KEY")
        insert = "INSERT INTO retention_scope (recording_id) SELECT DISTINCT recording_id FROM "
        if self._sqlite:
            if self._changed_only:
                self._run(f"{insert} retention_change")
            self._run("DELETE FROM retention_change")
        elif self._changed_only:
            self._run(f"WITH taken AS (DELETE FROM retention_change RETURNING recording_id) {insert} taken")
            self._counted("retention_scope")
        else:
            self._run("DELETE FROM retention_change")

    def span(self) -> Span:
        within = "AND r.id IN (SELECT recording_id FROM retention_scope)" if self._changed_only else ""
        linked = (
            "AND c.id IN (SELECT case_id FROM case_link"
            " WHERE recording_id IN (SELECT recording_id FROM retention_scope))"
            if self._changed_only
            else ""
        )
        times = [
            self._time(f"SELECT {which}({column}) AS at FROM {table} WHERE {column} IS NOT NULL {only}")
            for table, column, only in (
                ("recording r", "r.captured_at", within),
                ("recording r", "r.secured_at", within),
                ('"case" c', "c.closed_at", linked),
            )
            for which in ("MIN", "MAX")
        ]
        captured, captured_last, _secured, secured_last, closed, closed_last = times
        recorded = (captured, max(captured_last, secured_last)) if captured and captured_last and secured_last else None
        return Span(recorded, (closed, closed_last) if closed and closed_last else None)

    def _time(self, sql: str) -> datetime | None:
        found: datetime | None = self._connection.execute(text(sql).columns(at=UtcDateTime())).scalar()
        return found

    def reckon(self, offsets: Sequence[Offset]) -> None:
        """How far the zone is from UTC, between all times of the span."""
        self._offsets = offsets

    def days_of_closing(self) -> Sequence[int]:
        """The days on which cases were closed, by number."""
        dialect = Dialect(self._sqlite, self._offsets)
        day = dialect.day("closed_at")
        statement = f'SELECT DISTINCT {day} FROM "case" WHERE closed_at IS NOT NULL'
        return [row[0] for row in self._connection.execute(dialect.statement(statement))]

    def put_days(self, periods: int, days: Iterable[tuple[int, Sequence[datetime]]]) -> None:
        """The table of days: of each day, by number, when each of the periods that begins on it is over."""
        columns = [f"end_{number}" for number in range(periods)]
        self._table("retention_day", ", ".join(["day INTEGER PRIMARY KEY", *(f"{name} {{time}}" for name in columns)]))
        names = ["day", *columns]
        rows = [dict(zip(names, (day, *ends), strict=True)) for day, ends in days]
        insert = f"INSERT INTO retention_day ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
        if rows:
            typed = {name: UtcDateTime() for name in columns}
            self._connection.execute(
                text(insert).bindparams(*(bindparam(name, type_=kind) for name, kind in typed.items())), rows
            )
        self._counted("retention_day")

    def decide(self, rules: Sequence[RuleTerms], now: datetime) -> None:
        """Decide into the table of this transaction, by rules in the order of their ids."""
        self._table(
            "retention_found",
            "recording_id {id}, outcome VARCHAR(32), expires_at {time}, rule VARCHAR, blocked_by {document}",
        )
        dialect = Dialect(self._sqlite, self._offsets)
        self._connection.execute(deciding(dialect, rules, now, changed_only=self._changed_only))
        if self._changed_only:
            self._counted("retention_found")

    def put_on_record(self, now: datetime) -> None:
        """Make what was decided the decisions on record: only what differs is written."""
        if not self._sqlite and not self._changed_only:
            # Of an empty table it would look through all rows once for each, while they become more.
            self._run("SET LOCAL enable_nestloop = off")
        dialect = Dialect(self._sqlite, self._offsets)
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
        self._run(gone)
        self._connection.execute(dialect.statement(changed))
        self._connection.execute(dialect.statement(new))

    def let_time_pass(self, now: datetime) -> None:
        """What was kept until now is expired; and the reverse, should the clock have been ahead."""
        for before, after, over in (
            (RetentionOutcome.KEPT, RetentionOutcome.EXPIRED, "<="),
            (RetentionOutcome.EXPIRED, RetentionOutcome.KEPT, ">"),
        ):
            dialect = Dialect(self._sqlite, self._offsets)
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


def standing(session: Session) -> RetentionEvaluation | None:
    """What the decisions on record rest on; None before the first evaluation."""
    return session.get(RetentionEvaluation, 1, populate_existing=True)


def stand(
    session: Session, *, schedule_version_id: UUID | None, zone: str, counting: int, now: datetime, everything: bool
) -> RetentionEvaluation:
    """Put on record what the decisions rest on now, and that they were looked at."""
    found = standing(session)
    if found is None:
        found = RetentionEvaluation(zone=zone, counting=counting, recordings=0, evaluated_at=now, all_evaluated_at=now)
    found.schedule_version_id, found.zone, found.counting, found.evaluated_at = schedule_version_id, zone, counting, now
    if everything:
        found.all_evaluated_at = now
    found.recordings = session.connection().execute(text("SELECT COUNT(*) FROM retention_decision")).scalar_one()
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
