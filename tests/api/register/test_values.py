"""Single values: times, words, numbers and codes."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.register.limits import LIMITS
from api.register.model import Cell, CellForm
from api.register.problems import Problem
from api.register.times import read_time
from api.register.values import Circumstances, read_value
from api.register.words import read_word
from catalog.register_columns import CATEGORIES, LEVELS, STAGES, STATUSES, RegisterKind
from catalog.tables.cases import CaseStatus, Category, Stage
from catalog.tables.register import AgencyLevel

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
HERE = Circumstances(SHANGHAI, LIMITS)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 08:30",
        "2026-11-23 08:30:00",
        "2026-11-23T08:30",
        "2026/11/23 8:30",
        "2026.11.23 8:30",
        "2026年11月23日 8时30分",
        "2026年11月23日8时30分0秒",
        "２０２６-11-23 ０８：30",
        "2026-11-23T00:30:00Z",
        "2026-11-23 01:30:00+01:00",
        "2026-11-22T19:30:00.000-0500",
    ],
)
def test_one_instant_in_many_spellings(text: str) -> None:
    assert read_time(text, SHANGHAI) == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "08:30", "2026-13-01", "2026-02-30 08:00", "2026-11-23 24:01", "46349.35", "23.11.2026", "明天",
     "2026-11-23 08:30 +99:00", "9999-12-31", "0001-01-01 00:00+14:00", "2026-11-23 8时99分", "२०२६-11-23"],
)  # fmt: skip
def test_no_times(text: str) -> None:
    with pytest.raises(Problem) as caught:
        read_time(text, SHANGHAI, is_end=True)
    assert caught.value.code == "time_unreadable"


def test_a_date_alone_is_the_whole_day() -> None:
    assert read_time("2026-11-23", SHANGHAI) == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert read_time("2026年11月23日", SHANGHAI, is_end=True) == datetime(2026, 11, 23, 16, tzinfo=UTC)


def test_clocks_that_were_changed_are_not_guessed_at() -> None:
    for text, code in (("2026-03-29 02:30", "time_skipped"), ("2026-10-25 02:30", "time_repeated")):
        with pytest.raises(Problem) as caught:
            read_time(text, BERLIN)
        assert caught.value.code == code
        assert caught.value.facts == {"zone": "Europe/Berlin"}
    assert read_time("2026-10-25 02:30+01:00", BERLIN) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(
    st.datetimes(min_value=datetime(1901, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from([" ", "T"]),
)
def test_iso_times_come_back(moment: datetime, offset_minutes: int, between: str) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    assert read_time(aware.isoformat(sep=between), SHANGHAI) == aware


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_a_problem(text: str) -> None:
    try:
        read = read_time(text, SHANGHAI)
    except Problem as problem:
        code = problem.code
    else:
        code = None
        assert read.tzinfo is UTC
    assert code is None or code.startswith("time_")


def test_words_in_both_languages() -> None:
    for words, frozen in ((AgencyLevel, LEVELS), (Category, CATEGORIES), (Stage, STAGES), (CaseStatus, STATUSES)):
        for word in frozen:
            assert read_word(word.english.upper(), words) == read_word(f" {word.chinese}", words) == words(word.english)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("州", AgencyLevel.PREFECTURE),
        ("市", AgencyLevel.PREFECTURE),
        ("地", AgencyLevel.PREFECTURE),
        ("县", AgencyLevel.COUNTY),
        ("县级市", AgencyLevel.COUNTY),
        ("乡", AgencyLevel.TOWNSHIP),
        ("镇", AgencyLevel.TOWNSHIP),
        ("行政许可", Category.LICENSING),
        ("行政征收", Category.LEVY),
        ("行政征用", Category.REQUISITION),
        ("在办", CaseStatus.OPEN),
        ("结案", CaseStatus.CLOSED),
    ],
)
def test_everyday_words(text: str, meant: AgencyLevel | Category | CaseStatus) -> None:
    assert read_word(text, type(meant)) is meant


def test_an_unknown_word_names_the_known_ones() -> None:
    with pytest.raises(Problem) as caught:
        read_word("罚款", Category)
    assert "处罚 (penalty)" in caught.value.facts["words"]


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("certificate_number", Cell("2.53401E+10"), "digits_lost"),
        ("certificate_number", Cell("1234567890123456", CellForm.NUMBER), "digits_lost"),
        ("certificate_number", Cell("123 456"), "identifier_invalid"),
        ("certificate_number", Cell("'012345"), "identifier_invalid"),
        ("certificate_number", Cell("012345;012346"), "identifier_invalid"),
        ("certificate_number", Cell("0123\u202e45"), "unprintable"),
        ("certificate_number", Cell("01\x0023"), "unprintable"),
        ("certificate_number", Cell("x" * 101), "value_too_long"),
        ("certificate_number", Cell(""), "value_missing"),
        ("name", Cell("�志远"), "unprintable"),
        ("name", Cell("=cmd()", CellForm.FORMULA), "formula"),
        ("name", Cell("#N/A", CellForm.FAULT), "fault"),
        ("device_code", Cell("12345"), "zeros_lost"),
        ("device_code", Cell("12345", CellForm.NUMBER), "zeros_lost"),
        ("device_code", Cell("000000"), "device_code_unassigned"),
        ("device_code", Cell("AB12"), "device_code_invalid"),
        ("device_code", Cell("央宗央宗央宗"), "device_code_invalid"),
    ],
)
def test_values_that_are_refused(column: str, cell: Cell, code: str) -> None:
    with pytest.raises(Problem) as caught:
        read_value(RegisterKind.OFFICERS, column, cell, HERE, required=True)
    assert caught.value.code == code


def test_values_that_are_taken() -> None:
    def read(column: str, text: str, form: CellForm = CellForm.TEXT) -> object:
        return read_value(RegisterKind.OFFICERS, column, Cell(text, form), HERE, required=True)

    assert read("certificate_number", "123456789012345", CellForm.NUMBER) == "123456789012345"
    assert read("certificate_number", "云P01-（2）号") == "云P01-（2）号"
    assert read("name", "扎西\n 顿珠") == "扎西 顿珠"
    assert read("name", "\ue815\U00031350") == "\ue815\U00031350"  # private and very new characters stand in real names
    assert read_value(RegisterKind.ACTIVITIES, "officers", Cell("1、2;1；3，"), HERE, required=True) == ("1", "2", "3")
