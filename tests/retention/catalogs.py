"""Catalogs of any content, by a seed: recordings at the edges of days and months, links, cases, classes, holds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from catalog.tables import (
    Case,
    CaseLink,
    Classification,
    Hold,
    HoldSubject,
    Recording,
    ScheduleActivation,
    ScheduleVersion,
)
from catalog.tables.cases import ArchiveTier, CaseStatus, Category, LinkOrigin, LinkState, Stage
from catalog.tables.recordings import RecordingKind
from catalog.tables.retention import ActivationState, RetentionClass

NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)
TICK = timedelta(microseconds=1)
# Midnights at which days, months or the clocks change, in one zone or another.
EDGES = [
    (2026, 8, 31),
    (2026, 9, 1),
    (2024, 2, 29),
    (2025, 3, 1),
    (2025, 11, 2),
    (2026, 3, 29),
    (2026, 10, 25),
    (2025, 12, 31),
    (2026, 5, 31),
    (2026, 11, 30),
]
PERIODS = ["1 month", "6 months", "2 years", "31 days", "60 days", "1 year"]


def chance_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - the same every time is the point


def some_time(chance: Random, zone: ZoneInfo) -> datetime:
    """Often at the edge of a day of the zone."""
    if chance.random() < 0.6:
        midnight = datetime(*chance.choice(EDGES), tzinfo=zone).astimezone(UTC)
        return midnight + chance.choice([-TICK, timedelta(), TICK, timedelta(hours=1), -timedelta(hours=1)])
    return NOW - timedelta(seconds=chance.randrange(3 * 365 * 86_400), microseconds=chance.randrange(1_000_000))


def recording(chance: Random, number: int, zone: ZoneInfo) -> Recording:
    captured = some_time(chance, zone) if chance.random() < 0.85 else None
    later = captured is not None and chance.random() < 0.6
    warnings: Any = chance.choice([{}, {"warnings": []}, {"warnings": None}, {"warnings": [{"code": "clock_reset"}]}])
    return Recording(
        sha256=f"{number:064x}",
        size=chance.randrange(1, 10_000),
        object_key=f"k{number}",
        object_version="v",
        secured_at=some_time(chance, zone),
        name=f"{number}.mp4",
        important=chance.random() < 0.3,
        kind=chance.choice(list(RecordingKind)),
        captured_at=captured,
        captured_until=captured + timedelta(seconds=chance.randrange(200_000)) if captured and later else None,
        capture_time=warnings,
        disposed_at=NOW if chance.random() < 0.05 else None,
    )


def case(chance: Random, number: int, zone: ZoneInfo) -> Case:
    is_open = chance.random() < 0.3
    closed = chance.random() < 0.9
    return Case(
        number=f"c{number}",
        category=chance.choice(list(Category)),
        opened_at=NOW,
        status=CaseStatus.OPEN if is_open else CaseStatus.CLOSED,
        closed_at=some_time(chance, zone) if closed else None,
        archive_tier=chance.choice([None, *ArchiveTier]),
    )


def link(chance: Random, of: Recording, to: Case) -> CaseLink:
    """Decided by a person, or named by the device."""
    by_person = chance.random() < 0.6
    return CaseLink(
        recording_id=of.id,
        case_id=to.id,
        stage=chance.choice([None, *Stage]),
        state=chance.choices(list(LinkState), weights=[1, 5, 1])[0],
        origin=LinkOrigin.PERSON if by_person else LinkOrigin.DEVICE,
        linked_by="tests",
        linked_at=NOW,
        decided_by="tests" if by_person else None,
    )


def classification(chance: Random, of: Recording) -> Classification:
    return Classification(
        recording_id=of.id,
        retention_class=chance.choice(list(RetentionClass)),
        reason="r",
        classified_by="tests",
        classified_at=NOW,
        withdrawn_at=NOW if chance.random() < 0.3 else None,
    )


def fill(session: Session, chance: Random, zone: ZoneInfo, *, recordings: int = 60) -> list[Recording]:
    """A whole catalog."""
    made = [recording(chance, number, zone) for number in range(recordings)]
    cases = [case(chance, number, zone) for number in range(10)]
    session.add_all([*made, *cases])
    session.flush()
    for each in made:
        session.add_all(link(chance, each, to) for to in chance.sample(cases, chance.choice([0, 0, 1, 1, 2, 3])))
        session.add_all(classification(chance, each) for _ in range(chance.choice([0, 1, 1, 2])))
    for number in range(4):
        hold(session, chance, f"h{number}", chance.sample(made, 3), chance.sample(cases, 1))
    return made


def hold(session: Session, chance: Random, number: str, on: Sequence[Recording], cases: Sequence[Case]) -> Hold:
    made = Hold(
        number=number,
        authority="court",
        document="d",
        reason="r",
        placed_by="tests",
        placed_at=NOW,
        released_at=NOW if chance.random() < 0.3 else None,
    )
    session.add(made)
    session.flush()
    session.add_all(HoldSubject(hold_id=made.id, recording_id=each.id) for each in on)
    session.add_all(HoldSubject(hold_id=made.id, case_id=each.id) for each in cases)
    return made


def schedule_text(chance: Random, version: str) -> str:
    """A schedule of any rules, as its file would be."""
    words = [f'id = "own"\nversion = "{version}"\nname = {{ zh = "表", en = "own" }}\n']
    for number in range(chance.randrange(1, 6)):
        keep, when = _keep(chance), _when(chance)
        words.append(
            f'[[rule]]\nid = "r{chance.randrange(10)}{number}"\nname = {{ zh = "名", en = "name" }}\n{keep}\n{when}'
        )
        words.append('basis = { zh = "据", en = "basis" }\nverified = true\n')
    return "\n".join(words)


def _keep(chance: Random) -> str:
    written = chance.choice([*PERIODS, *PERIODS, "permanent", "as case file", "as case file", "until adjudicated"])
    by_case = written in PERIODS and chance.random() < 0.3
    return f'keep = "{written}"' + ('\nfrom = "case closed"' if by_case else "")


def _when(chance: Random) -> str:
    def some(values: Sequence[str]) -> str:
        return "[" + ", ".join(f'"{each}"' for each in chance.sample(list(values), chance.choice([1, 2, 2]))) + "]"

    asked = {
        "class": some(list(RetentionClass)),
        "kind": some(list(RecordingKind)),
        "category": some(list(Category)),
        "stage": some(list(Stage)),
        "case": some(["c1", "c2", "it's: 100%"]),
        "linked": "true",
        "important": "true",
    }
    chosen = chance.sample(list(asked), chance.choice([0, 0, 1, 1, 2]))
    return "when = { " + ", ".join(f"{name} = {asked[name]}" for name in chosen) + " }\n" if chosen else ""


def version_of(content: str, version: str) -> ScheduleVersion:
    return ScheduleVersion(
        schedule="own", version=version, content=content, sha256="0" * 64, loaded_by="tests", loaded_at=NOW
    )


def put_in_force(session: Session, content: str, version: str) -> None:
    """As two approvers would; the one before is superseded."""
    session.flush()
    made = version_of(content, version)
    session.add(made)
    session.flush()
    session.add(
        ScheduleActivation(
            schedule_version_id=made.id,
            state=ActivationState.IN_FORCE,
            proposed_by="li",
            proposed_at=NOW,
            reason="r",
            decided_by="wang",
            decided_at=NOW,
        )
    )
