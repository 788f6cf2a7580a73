"""What a slot says in each language; the English one is what goes on record."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from api.messages import Language, translator
from api.slot_words import reason_in
from ingest.errors import DeviceNotRegistered, ErasingRefused
from ingest.slot_reason import Fact, FaultFacts, Reason, ReasonCode
from storage.errors import StoreUnavailable

FACTS: dict[str, Fact] = {
    "since": "2026-11-23T08:00:00+00:00",
    "at": "2026-11-23T08:00:00+00:00",
    "free": 12,
    "reserve": 256,
    "where": "/home",
    "why": "Input/output error",
    "seconds": 90,
    "count": 7,
    "path": "/media/1/a.mp4",
    "devices": "1234567",
    "known": "yes",
    "files": "slots.json.unreadable",
    "left": 2,
    "found": 5,
}
FAULT = FaultFacts.of(StoreUnavailable("s3:rgw", "nothing listens there"))


def made(code: ReasonCode, **facts: Fact) -> Reason:
    return Reason(code, {**FACTS, **facts}, FAULT)


@pytest.mark.parametrize("code", ReasonCode)
@pytest.mark.parametrize("known", ["yes", "no"])
def test_in_english_it_is_what_goes_on_record(code: ReasonCode, known: str) -> None:
    reason = made(code, known=known)
    said = reason_in(translator(Language.ENGLISH), UTC, reason)
    assert said == reason.sentence.replace(" UTC", " +00:00")


@pytest.mark.parametrize("code", ReasonCode)
def test_it_survives_json(code: ReasonCode) -> None:
    assert Reason.from_json(made(code).as_json()) == made(code)


def test_in_chinese_with_the_error_behind_it_and_the_time_of_the_agency() -> None:
    said = reason_in(translator(Language.CHINESE), ZoneInfo("Asia/Shanghai"), made(ReasonCode.ENGINE_FAULT))
    assert said.startswith("自 2026-11-23 16:00:00 +08:00 起无法保全：存储 s3:rgw 不可用：")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (DeviceNotRegistered("1234567"), "记录仪 1234567 未登记"),
        (ErasingRefused("s3:rgw", ("overwrite",)), "overwrite"),
        (ErasingRefused("s3:rgw", ()), "尚未有人试探存储 s3:rgw"),
    ],
)
def test_errors_are_translated_after_they_were_written_down(error: Exception, says: str) -> None:
    written = Reason.from_json(Reason(ReasonCode.DEVICE_REFUSED, fault=FaultFacts.of(error)).as_json())
    assert says in reason_in(translator(Language.CHINESE), UTC, written)


def test_what_has_no_text_stays_as_it_is_on_record() -> None:
    unknown = Reason(ReasonCode.DEVICE_REFUSED, fault=FaultFacts("OfALaterVersion", "It is so."))
    assert reason_in(translator(Language.CHINESE), UTC, unknown) == "It is so."
    incomplete = Reason(
        ReasonCode.DEVICE_REFUSED, fault=FaultFacts("StoreUnavailable", "The store is away.", {"where": "s3:rgw"})
    )
    assert reason_in(translator(Language.CHINESE), UTC, incomplete) == "The store is away."
