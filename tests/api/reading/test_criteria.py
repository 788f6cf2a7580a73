from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.reading.criteria import CriteriaWrong, criteria_from
from catalog.repositories.finding import FindCriteria
from catalog.tables.recordings import RecordingKind

ZONE = ZoneInfo("Asia/Shanghai")


def test_empty_words_mean_none() -> None:
    assert criteria_from(ZONE, text=" ", case="", captured_from="", kinds=("",)) == FindCriteria()


def test_a_day_means_all_of_it_where_it_is_asked() -> None:
    found = criteria_from(ZONE, captured_from="2024-01-05", captured_to="2024-01-05")
    assert found.captured_from == datetime(2024, 1, 4, 16, tzinfo=UTC)
    assert found.captured_to == datetime(2024, 1, 5, 15, 59, 59, 999999, tzinfo=UTC)


def test_a_time_is_read_in_the_zone_unless_it_names_its_own() -> None:
    found = criteria_from(ZONE, captured_from="2024-01-05T08:30", captured_to="2024-01-05T08:30:00Z")
    assert found.captured_from == datetime(2024, 1, 5, 0, 30, tzinfo=UTC)
    assert found.captured_to == datetime(2024, 1, 5, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("from", {"captured_from": "yesterday"}),
        ("to", {"captured_to": "2024-02-30"}),
        ("from", {"captured_from": "0001-01-01"}),
        ("from", {"captured_from": "9999-12-31T23:00:00-01:00"}),
        ("to", {"captured_to": "9999-12-31"}),
        ("to", {"captured_to": "0001-01-01T00:00:00+00:01"}),
        ("kind", {"kinds": ("film",)}),
        ("text", {"text": "x" * 201}),
        ("case", {"case": "a\0b"}),
    ],
)
def test_wrong(name: str, given: dict[str, str]) -> None:
    with pytest.raises(CriteriaWrong) as caught:
        criteria_from(ZONE, **given)
    assert caught.value.name == name


def test_kinds() -> None:
    assert criteria_from(ZONE, kinds=("video", "photo")).kinds == (RecordingKind.VIDEO, RecordingKind.PHOTO)
