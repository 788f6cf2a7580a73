"""Deadlines in hours and in working days; what cannot be judged is counted apart."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.engine import Catalog
from catalog.repositories.deadlines import Recorder, secured_between
from catalog.tables import Agency, Device, Officer
from catalog.tables.register import AgencyLevel
from retention.calendar import CalendarSettings, Holidays, WorkingCalendar, covered_years
from retention.deadlines import Judge, Promptness, limit_of
from retention.schedule import Deadline
from tests.retention import catalogs
from tests.retention.policies import BASIS

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = WorkingCalendar()
ONE_DAY = Deadline(BASIS, working_days=1)
A_DAY = Deadline(BASIS, hours=24)


@pytest.mark.parametrize(
    ("ended", "last"),
    [
        (date(2026, 3, 2), date(2026, 3, 3)),  # Monday
        (date(2026, 3, 6), date(2026, 3, 9)),  # Friday: the Monday after it
        (date(2025, 9, 30), date(2025, 10, 9)),  # before 国庆节 and 中秋节
        (date(2025, 10, 10), date(2025, 10, 11)),  # the Saturday is worked for them (调休)
        (date(2025, 1, 24), date(2025, 1, 26)),  # and this Sunday, before 春节
    ],
)
def test_the_next_working_day_heeds_holidays_and_days_moved_for_them(ended: date, last: date) -> None:
    assert CHINA.after(ended, 1) == last


def test_years_that_were_not_announced_are_not_known() -> None:
    _, last = covered_years()
    assert CHINA.is_working(date(last + 1, 3, 2)) is None
    assert CHINA.after(date(last, 12, 31), 1) is None
    own = WorkingCalendar(CalendarSettings(years=(last + 1,), days_off=(date(last + 1, 1, 1),)))
    assert own.after(date(last, 12, 31), 1) is not None
    assert own.is_working(date(last + 1, 1, 1)) is False
    assert WorkingCalendar(CalendarSettings(holidays=Holidays.NONE)).is_working(date(2525, 3, 4)) is not None


def test_the_agency_s_own_days_win() -> None:
    own = WorkingCalendar(CalendarSettings(days_off=(date(2026, 3, 3),), working_days=(date(2026, 3, 7),)))
    assert own.after(date(2026, 3, 2), 1) == date(2026, 3, 4)
    assert own.after(date(2026, 3, 6), 1) == date(2026, 3, 7)


@given(st.dates(date(2004, 1, 1), date(2026, 6, 1)), st.integers(1, 20))
def test_so_many_working_days_lie_between(day: date, count: int) -> None:
    last = CHINA.after(day, count)
    assert last is not None
    between = [day + timedelta(days=each) for each in range(1, (last - day).days + 1)]
    assert sum(bool(CHINA.is_working(each)) for each in between) == count
    assert CHINA.is_working(last)


def test_a_working_day_is_over_at_its_end_and_hours_are_counted_from_the_end_of_the_recording() -> None:
    ended = datetime(2026, 3, 6, 16, tzinfo=SHANGHAI)
    assert limit_of(ONE_DAY, ended, CHINA, SHANGHAI) == datetime(2026, 3, 10, tzinfo=SHANGHAI)
    assert limit_of(A_DAY, ended, CHINA, SHANGHAI) == ended + timedelta(hours=24)


def test_what_cannot_be_judged_is_not_in_time() -> None:
    judge = Judge(ONE_DAY, CHINA, SHANGHAI)
    ended = datetime(2026, 3, 6, 16, tzinfo=SHANGHAI)
    after = datetime(2026, 3, 10, 1, tzinfo=SHANGHAI)
    assert judge.judge(None, after, in_doubt=False)[0] is Promptness.TIME_UNKNOWN
    assert judge.judge(ended, after, in_doubt=True)[0] is Promptness.CLOCK_IN_DOUBT
    assert judge.judge(ended.replace(year=2099), after, in_doubt=False)[0] is Promptness.CALENDAR_UNKNOWN
    assert judge.judge(ended, after, in_doubt=False) == (Promptness.LATE, timedelta(hours=1))
    assert judge.judge(ended, after - timedelta(hours=1), in_doubt=False)[0] is Promptness.IN_TIME


def test_recordings_are_counted_by_officer_else_by_the_agency_of_the_device(catalog: Catalog) -> None:
    chance = catalogs.chance_of(1)
    secured = datetime(2026, 3, 10, 8, tzinfo=UTC)
    with catalog.writing() as session:
        agency = Agency(code="533100", name="州市场监管局", level=AgencyLevel.PREFECTURE)
        session.add(agency)
        session.flush()
        officer = Officer(certificate_number="YN1", name="李娜", agency_id=agency.id)
        session.add_all([officer, Device(serial="1234567", agency_id=agency.id)])
        session.flush()
        made = [catalogs.recording(chance, number, SHANGHAI) for number in range(4)]
        for each in made:
            each.secured_at, each.captured_at, each.captured_until = secured, secured - timedelta(hours=2), None
            each.capture_time = {"warnings": []}
        made[0].officer_id, made[1].device_serial = officer.id, "1234567"
        made[2].captured_at = None
        made[3].secured_at = secured + timedelta(days=30)
        session.add_all(made)
    with catalog.reading() as session:
        judge = Judge(A_DAY, CHINA, SHANGHAI)
        found = judge.tallies(secured_between(session, secured, secured))
        everything = judge.tallies(secured_between(session, None, None))
    of_officer = Recorder("533100", "州市场监管局", "YN1", "李娜")
    of_agency, of_nobody = Recorder("533100", "州市场监管局", None, None), Recorder(None, None, None, None)
    assert found.keys() == {of_officer, of_agency, of_nobody}
    assert found[of_officer].share_in_time == 1.0
    assert (found[of_nobody].total, found[of_nobody].judged, found[of_nobody].share_in_time) == (1, 0, None)
    assert everything[of_nobody].counts[Promptness.LATE] == 1
