import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.demo.errors import NaiveStart
from api.demo.footage import Footage, FootageKind
from api.demo.plan import plan_footage

PATTERN_A = re.compile(
    r"^(?P<officer>[0-9A-Za-z]{6})_(?P<device>[0-9A-Za-z]{7})_(?P<ts>\d{14})_(?P<seq>\d{4,})(?P<imp>IMP)?"
    r"\.(?P<ext>mp4|mov|avi|jpe?g|png|wav|aac|mp3|m4a|xml)$"
)
PATTERN_C = re.compile(
    r"^DCAM_(?P<device>[^_]+)_(?P<officer>[^_]+)_(?P<date>\d{8})_(?P<time>\d{6})(?P<imp>_IMP)?(?P<enc>_enc)?"
    r"\.(?P<ext>mp4|jpg|aac|m4a)$"
)


def test_names_say_what_the_plan_says(planned: Footage) -> None:
    for file in planned.files:
        pattern = {"slot-1": PATTERN_A, "slot-2": PATTERN_C}[file.slot]
        found = pattern.match(file.path.name)
        assert found, file.path
        assert found["device"] == file.device
        assert found["officer"] == (file.officer_code or "000000")
        stamp = found["ts"] if file.slot == "slot-1" else found["date"] + found["time"]
        assert stamp == f"{file.started_at:%Y%m%d%H%M%S}"
        assert bool(found["imp"]) == (file.copy_of is not None)


def test_only_one_file_per_type_and_second(planned: Footage) -> None:
    seen = [(f.device, f.path.suffix, f.started_at) for f in planned.files if f.copy_of is None]
    assert len(seen) == len(set(seen))


def test_both_cameras_have_what_happens_to_real_cards(planned: Footage) -> None:
    assert {file.slot for file in planned.files} == {"slot-1", "slot-2"}
    assert sum(file.damaged for file in planned.files) == 1
    (copy,) = [file for file in planned.files if file.copy_of]
    (original,) = [file for file in planned.files if file.path == copy.copy_of]
    assert (copy.important, original.important) == (True, True)
    whole = [file for file in planned.files if file.kind is FootageKind.VIDEO and not file.damaged]
    assert {file.codec for file in whole} == {"h264", "hevc"}
    assert [file.kind for file in planned.files].count(FootageKind.PHOTO) == 1


def test_one_gap_is_larger_than_segments_may_have(planned: Footage) -> None:
    ((earlier, later, gap),) = planned.gaps
    assert (earlier.slot, later.slot) == ("slot-2", "slot-2")
    assert gap > timedelta(seconds=2)


def test_segments_meet_where_the_clocks_go_back(tmp_path: Path) -> None:
    started_at = datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC)
    footage = plan_footage(tmp_path, started_at=started_at, zone=ZoneInfo("Europe/Berlin"))
    videos = [file for file in footage.files if file.kind is FootageKind.VIDEO and file.slot == "slot-1"]
    assert [f"{file.started_at:%H:%M:%S%z}" for file in videos if file.copy_of is None] == [
        "02:59:50+0200",
        "02:59:58+0200",
        "02:00:08+0100",
        "02:00:15+0100",
    ]
    assert len(footage.gaps) == 1


def test_a_start_without_offset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NaiveStart) as refused:
        plan_footage(tmp_path, started_at=datetime(2026, 6, 19, 10, 3), zone=ZoneInfo("UTC"))  # noqa: DTZ001
    assert "offset" in str(refused.value)
