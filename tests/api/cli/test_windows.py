"""Tables in windows of any width: a name stays one piece for as long as there is room for it."""

import io
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from api.cli.context import Terminal
from api.cli.finding import table_of
from api.cli.showing import _media
from api.reading.model import MediaView, OfficerState, OfficerView, RecordingSummary, Status
from catalog.tables.recordings import RecordingKind
from tests.api.cli.conftest import VIDEO

SUMMARY = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "name": VIDEO,
    "sha256": "ab" * 32,
    "size": 1,
    "kind": RecordingKind.VIDEO,
    "important": False,
    "encrypted": False,
    "secured_at": "2026-03-01T10:30:00+08:00",
    "device": "1234567",
    "officer": OfficerView(state=OfficerState.UNKNOWN),
    "captured_at": "2026-03-01T10:30:00+08:00",
    "captured_at_origin": "name",
    "status": Status.READY,
    "reasons": (),
    "links": (),
    "derivatives": (),
    "duration_s": None,
    "width": None,
    "height": None,
    "position": None,
}


def _shown(width: int) -> list[str]:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, color_system=None, width=width, soft_wrap=True)
    summary = RecordingSummary.model_validate(SUMMARY)
    table_of(Terminal(out=console), [summary], ZoneInfo("Asia/Shanghai"))
    return [line.rstrip() for line in written.getvalue().splitlines()]


@pytest.mark.parametrize("width", [52, 60, 79, 80, 100, 120, 200])
def test_a_name_is_never_broken(width: int) -> None:
    headers, row = _shown(width)
    assert VIDEO in row
    assert "ab" * 6 in row
    assert max(len(headers), len(row)) <= width


def test_columns_come_with_the_room() -> None:
    assert _shown(200)[0].split() == ["SHA-256", "name", "kind", "device", "recorded", "status", "cases"]
    assert _shown(52)[0].split() == ["SHA-256", "name"]
    shown = [len(_shown(width)[0].split()) for width in range(52, 140)]
    assert shown == sorted(shown)


def test_a_window_narrower_than_the_name_still_gets_one_line() -> None:
    assert len(_shown(30)) == 2


def test_sound_has_one_codec() -> None:
    assert _media(MediaView(kind="audio", codec="adpcm", audio_codec="adpcm")) == "sound adpcm"
    video = MediaView(kind="video", codec="h264", audio_codec="aac", width=320, height=240)
    assert _media(video) == "video h264 320x240 aac"
