# ruff: noqa: INP001, S608 - a program, no package; its SQL is made of numbers of our own
"""Deciding how long a million recordings stay, in PostgreSQL; and again for a hundred whose facts changed.

Six in ten are linked to cases, three in ten classified, one in ten neither; a tenth of the cases is open. Rows are as
wide as those of described recordings.
"""

import os
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from engines import database
from measuring import Figure, Spread
from sqlalchemy import text
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.tables import ScheduleActivation, ScheduleVersion
from catalog.tables.retention import ActivationState
from retention.evaluation import Evaluator
from retention.schedules import built_in

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
GOAL_ALL_S, GOAL_CHANGED_S = 6.0, 0.5
CHANGED = 100
FIRST, SECOND = "cn-yunnan-draft", "us-nj"


def evaluation(_folder: Path, *, quick: bool) -> Iterator[Figure]:
    """The first time all decisions are written; then none differ; then another schedule makes most of them others."""
    if not os.environ.get("ZHILU_CATALOG__URL"):
        yield Figure("evaluation of recordings in PostgreSQL", "no engine is named")
        return
    count, rounds = (50_000, 2) if quick else (1_000_000, 5)
    with database(f"zhilu_bench_{secrets.token_hex(4)}") as url:
        catalog = Catalog(url)
        _fill(catalog, count)
        moment = [NOW]
        evaluator = Evaluator(catalog, zone=ZoneInfo("Asia/Shanghai"), clock=lambda: moment[0])
        _put_in_force(catalog, FIRST)
        named = f"seconds to evaluate {count} recordings"
        yield _figure(f"{named}: all for the first time", [_seconds(evaluator, everything=True)], GOAL_ALL_S)
        again = [_seconds(evaluator, everything=True) for _ in range(min(rounds, 3))]
        yield _figure(f"{named}: all again, nothing differs", again, GOAL_ALL_S)
        _put_in_force(catalog, SECOND)
        yield _figure(f"{named}: by another schedule", [_seconds(evaluator)], None)
        increments = []
        for _ in range(rounds):
            _change(catalog, count)
            moment[0] += timedelta(minutes=1)
            increments.append(_seconds(evaluator))
        yield _figure(f"seconds to evaluate {CHANGED} of {count} that changed", increments, GOAL_CHANGED_S)
        catalog.close()


def _figure(what: str, seconds: list[float], goal: float | None) -> Figure:
    spread = Spread.of(seconds)
    met = None if goal is None else spread.median <= goal
    return Figure(what, f"{spread:.2f}", "" if goal is None else f"at most {goal:g}", met)


def _seconds(evaluator: Evaluator, *, everything: bool = False) -> float:
    began = time.perf_counter()
    evaluator.evaluate(everything=everything)
    return time.perf_counter() - began


def _put_in_force(catalog: Catalog, name: str) -> None:
    with catalog.writing() as session:
        session.connection().execute(text("UPDATE schedule_activation SET state = 'superseded'"))
        version = ScheduleVersion(
            schedule=name, version="1", content=built_in()[name][0], sha256="0" * 64, loaded_by="bench", loaded_at=NOW
        )
        session.add(version)
        session.flush()
        session.add(
            ScheduleActivation(
                schedule_version_id=version.id,
                state=ActivationState.IN_FORCE,
                proposed_by="bench",
                proposed_at=NOW,
                reason="bench",
                decided_at=NOW,
            )
        )


def _change(catalog: Catalog, count: int) -> None:
    """A hundred recordings, here and there, were described anew."""
    with catalog.writing() as session:
        numbers = ", ".join(_id("9", str(secrets.randbelow(count))) for _ in range(CHANGED))
        session.connection().execute(
            text(f"UPDATE recording SET captured_at = captured_at - interval '1 day' WHERE id IN ({numbers})")
        )


def _id(kind: str, number: str) -> str:
    """In the order in which they are made, as ours are."""
    return f"CAST('{kind}' || lpad(to_hex(CAST({number} AS bigint)), 31, '0') AS uuid)"


def _fill(catalog: Catalog, count: int) -> None:
    cases = count // 10
    recorded = "timestamptz '2026-11-30' - interval '90 seconds' * i"
    document = "repeat('x', 300)"
    with catalog.writing(at_length=True) as session:
        for table in ("recording", "case_link", "classification", '"case"'):
            _run(session, f"ALTER TABLE {table} DISABLE TRIGGER USER")
        series = f"FROM generate_series(0, {count - 1}) AS i"
        _run(
            session,
            f"""INSERT INTO recording (id, sha256, size, object_key, object_version, secured_at, name, important,
                encrypted, identification, kind, media, problems, problem_count, captured_at, captured_until,
                capture_time, position, playback)
            SELECT {_id("9", "i")}, lpad(to_hex(i), 64, '0'), 1000000, 'k', 'v', {recorded} + interval '9 hours', 'n',
                i % 20 = 0, false, jsonb_build_object('pattern', {document}), 'video',
                jsonb_build_object('codec', {document}), '[]', 0, CASE WHEN i % 50 > 0 THEN {recorded} END,
                {recorded} + interval '10 minutes', CASE WHEN i % 30 = 0
                THEN jsonb '{{"warnings": [{{"code": "clock_reset"}}]}}' ELSE jsonb '{{"warnings": []}}' END,
                '{{}}', '{{}}' {series}""",
        )
        _run(
            session,
            f"""INSERT INTO "case" (id, number, cause, category, status, opened_at, closed_at, archive_tier)
            SELECT {_id("8", "i")}, 'c' || i, '', 'penalty', CASE WHEN i % 10 = 0 THEN 'open' ELSE 'closed' END,
                timestamptz '2015-01-01',
                CASE WHEN i % 10 > 0 THEN timestamptz '2016-01-01' + interval '1 hour' * i END,
                CASE WHEN i % 3 = 0 THEN '30 years' ELSE '10 years' END
            FROM generate_series(0, {cases - 1}) AS i""",
        )
        _run(
            session,
            f"""INSERT INTO case_link (id, recording_id, case_id, state, origin, reasons, linked_by, linked_at)
            SELECT {_id("7", "i")}, {_id("9", "i")}, {_id("8", f"i % {cases}")}, 'confirmed', 'person', '[]', 'x',
                timestamptz '2026-01-01' {series} WHERE i % 10 < 6""",
        )
        _run(
            session,
            f"""INSERT INTO classification (id, recording_id, retention_class, reason, classified_by, classified_at)
            SELECT {_id("6", "i")}, {_id("9", "i")}, CASE WHEN i % 4 = 0 THEN 'evidence' ELSE 'ordinary' END, 'x', 'x',
                timestamptz '2026-01-01' {series} WHERE i % 10 BETWEEN 5 AND 8""",
        )
        for table in ("recording", "case_link", "classification", '"case"'):
            _run(session, f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with catalog.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _run(session: Session, sql: str) -> None:
    session.connection().exec_driver_sql(sql.replace("%", "%%"))  # no parameters: the driver reads it as one
