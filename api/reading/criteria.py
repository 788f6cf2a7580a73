"""Search criteria from words that a person typed, the same for `zhilu find`, the HTTP JSON and the page.

CriteriaWrong (an AccessError): a criterion cannot be understood; `name` and `value` tell which.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from api.errors import AccessError
from catalog.repositories.finding import FindCriteria
from catalog.tables.recordings import RecordingKind

TEXT_AT_MOST = 200


class CriteriaWrong(AccessError):
    """`code` names the reason for other languages, `limit` what it is measured by."""

    def __init__(self, name: str, value: str, why: str, code: str, limit: str = "") -> None:
        self.name, self.value, self.why, self.code, self.limit = name, value, why, code, limit
        super().__init__(f"The criterion {name} cannot be {value!r}: {why}.")


def criteria_from(
    zone: tzinfo,
    *,
    text: str | None = None,
    case: str | None = None,
    officer: str | None = None,
    device: str | None = None,
    captured_from: str | None = None,
    captured_to: str | None = None,
    kinds: Sequence[str] = (),
    important: bool | None = None,
    attention: bool = False,
    disposed: bool | None = None,
) -> FindCriteria:
    """Make criteria; empty words mean none. Times are ISO 8601, read in `zone` where they name no offset; a day
    without a time means all of that day. `disposed`: as in FindCriteria. Raises CriteriaWrong.
    """
    return FindCriteria(
        text=_word("text", text),
        case_number=_word("case", case),
        officer=_word("officer", officer),
        device=_word("device", device),
        captured_from=_time("from", captured_from, zone, end_of_day=False),
        captured_to=_time("to", captured_to, zone, end_of_day=True),
        important=important,
        kinds=tuple(_kind(kind) for kind in kinds if kind),
        attention=attention,
        disposed=disposed,
    )


def _word(name: str, value: str | None) -> str | None:
    stripped = (value or "").strip()
    if len(stripped) > TEXT_AT_MOST:
        raise CriteriaWrong(
            name, f"{stripped[:20]}...", f"it is longer than {TEXT_AT_MOST} characters", "longer", str(TEXT_AT_MOST)
        )
    if "\0" in stripped:
        raise CriteriaWrong(name, stripped, "it contains a null character", "null")
    return stripped or None


def _kind(value: str) -> RecordingKind:
    try:
        return RecordingKind(value)
    except ValueError as error:
        kinds = ", ".join(RecordingKind)
        raise CriteriaWrong("kind", value, f"it must be one of {kinds}", "one_of", kinds) from error


def moment_from(name: str, value: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime:
    """A time as in `criteria_from`; of a day, its beginning or its end. Raises CriteriaWrong, also for nothing."""
    found = _time(name, value, zone, end_of_day=end_of_day)
    if found is None:
        raise CriteriaWrong(name, value, "it must be a day or a time such as 2024-01-05 or 2024-01-05T08:30", "time")
    return found


def _time(name: str, value: str | None, zone: tzinfo, *, end_of_day: bool) -> datetime | None:
    written = (value or "").strip()
    if not written:
        return None
    try:
        moment = _moment(written, zone, end_of_day=end_of_day)
        for shown_in in (zone, UTC):  # the catalog keeps UTC; the years 1 and 9999 have no room for offsets
            moment.astimezone(shown_in)
    except (ValueError, OverflowError) as error:
        raise CriteriaWrong(
            name, written, "it must be a day or a time such as 2024-01-05 or 2024-01-05T08:30", "time"
        ) from error
    return moment


def _moment(written: str, zone: tzinfo, *, end_of_day: bool) -> datetime:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        found = datetime.fromisoformat(written)
        return found if found.tzinfo is not None else found.replace(tzinfo=zone)
    start = datetime.combine(day, time.min, zone)
    last = (
        datetime.combine(day + timedelta(days=1), time.min, zone) - timedelta(microseconds=1) if end_of_day else start
    )
    return last if end_of_day else start
