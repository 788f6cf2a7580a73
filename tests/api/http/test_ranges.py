import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.errors import RangeUnsatisfiable
from api.http.ranges import Part, is_unchanged, part_asked_for

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-", Part(0, 100, partial=True)),
        ("bytes=0-0", Part(0, 1, partial=True)),
        ("bytes=10-19", Part(10, 10, partial=True)),
        ("bytes=90-1000", Part(90, 10, partial=True)),
        ("bytes=-5", Part(95, 5, partial=True)),
        ("bytes=-1000", Part(0, 100, partial=True)),
        ("BYTES=99-", Part(99, 1, partial=True)),
        ("bytes= 1-2 ", Part(1, 2, partial=True)),
        # Not understood, or more than one: all of it, as RFC 9110 allows.
        ("bytes=0-1,5-6", Part(0, 100, partial=False)),
        ("bytes=5-2", Part(0, 100, partial=False)),
        ("bytes=-", Part(0, 100, partial=False)),
        ("bytes=a-b", Part(0, 100, partial=False)),
        ("items=0-1", Part(0, 100, partial=False)),
        ("bytes=+1-2", Part(0, 100, partial=False)),
        ("bytes=" + "9" * 5000 + "-", Part(0, 100, partial=False)),
        ("bytes=١-٢", Part(0, 100, partial=False)),
    ],
)
def test_range(value: str, expected: Part) -> None:
    assert part_asked_for({"range": value}, 100, ETAG) == expected


@pytest.mark.parametrize("value", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-"])
def test_unsatisfiable(value: str) -> None:
    with pytest.raises(RangeUnsatisfiable):
        part_asked_for({"range": value}, 100, ETAG)


@pytest.mark.parametrize("value", ["bytes=0-", "bytes=-1"])
def test_nothing_of_an_empty_object(value: str) -> None:
    with pytest.raises(RangeUnsatisfiable):
        part_asked_for({"range": value}, 0, ETAG)


def test_a_range_of_a_changed_content_is_all_of_it() -> None:
    assert part_asked_for({"range": "bytes=5-", "if-range": '"old"'}, 100, ETAG).partial is False
    assert part_asked_for({"range": "bytes=5-", "if-range": 'W/"abc"'}, 100, ETAG).partial is False
    assert part_asked_for({"range": "bytes=5-", "if-range": ETAG}, 100, ETAG).partial is True


def test_unchanged() -> None:
    assert is_unchanged({"if-none-match": '"x", W/"abc"'}, ETAG)
    assert is_unchanged({"if-none-match": "*"}, ETAG)
    assert not is_unchanged({"if-none-match": '"x"'}, ETAG)
    assert not is_unchanged({}, ETAG)


@given(value=st.text(max_size=40), size=st.integers(0, 2**45))
def test_whatever_is_asked_stays_inside(value: str, size: int) -> None:
    try:
        part = part_asked_for({"range": f"bytes={value}"}, size, ETAG)
    except RangeUnsatisfiable:
        return
    assert 0 <= part.start <= part.start + part.length <= size
    assert part.length > 0 or not part.partial
