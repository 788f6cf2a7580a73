"""Canonical JSON: whichever writer writes it, it is what RFC 8785 says."""

import json
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.canonical import canonical_json, plain, row_digest, row_document

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-0.001, 0.001)
    | st.text()
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
)


@given(DOCUMENTS)
@example({"\ue000": 1, "\U0001f600": 2})
@example({"a": 1e-5, "b": 1e-7, "c": 0.0001, "d": -2.5e-6, "e": 5e-324})
@example({"a": "1e-5", '\x00\x1f\x7f"\\/\b': "\u2028\u2029"})
@example([0.1, 1 / 3, 123456789.125, -0.0, 2**53 - 1, 2**53])
def test_what_is_written_is_what_the_standard_says(document: Any) -> None:
    assert canonical_json(document) == rfc8785.dumps(plain(document))


def test_the_sample_of_the_standard() -> None:
    """RFC 8785 section 3.2.2 and 3.2.3, but for the number that doubles do not hold: we tell those as text."""
    sample = {
        "numbers": [4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
        "literals": [None, True, False],
    }
    assert canonical_json(sample).decode() == (
        '{"literals":[null,true,false],"numbers":[4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    keys = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical_json(keys)).values()) == [2, 4, 6, 7, 1, 5, 3]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"\udfff": 1}, object(), 1j])
def test_what_json_cannot_tell_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        canonical_json(value)


class Colour(StrEnum):
    RED = "red"


def test_values_of_the_catalog_in_words_of_json() -> None:
    east = timezone(timedelta(hours=8))
    row = {
        "id": UUID(int=1),
        "at": datetime(2026, 3, 2, 12, tzinfo=east),
        "state": Colour.RED,
        "content": b"\x00\xff",
        "size": 2**62,
        "share": 5.0,
        "nothing": None,
    }
    assert row_document(row) == {
        "id": "00000000-0000-0000-0000-000000000001",
        "at": "2026-03-02T04:00:00.000000+00:00",
        "state": "red",
        "content": "00ff",
        "size": str(2**62),
        "share": 5,
    }
    assert row_digest(row) == row_digest({**row, "at": datetime(2026, 3, 2, 4, tzinfo=UTC), "share": 5, "added": None})
    assert row_digest(row) != row_digest({**row, "added": ""})
