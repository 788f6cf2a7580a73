"""From a clip file to the recording and the place in it, against fingerprints of key frames and of all frames."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest

from ingest.fingerprint.clip import ClipFingerprint, Framing, fingerprint_clip
from ingest.fingerprint.errors import ClipUnreadable
from ingest.fingerprint.hashing import VideoFingerprint
from ingest.fingerprint.index import FingerprintIndex
from ingest.fingerprint.reasons import ClipReasonCode
from ingest.fingerprint.search import Certainty, ClipSearch, Verdict
from ingest.process import run
from tests.ingest.fingerprint.exhaustive import search

from .conftest import SIZE, Recording, ffmpeg

Cut = Callable[..., Path]

LOGO = "drawbox=x=12:y=12:w=iw*0.16:h=ih*0.09:color=white:t=fill"
ATTACKS = {
    "cut": {},
    "a third of the bitrate": {"bitrate": "400k"},
    "smaller": {"filters": "scale=320:180"},
    "logo": {"filters": LOGO},
    "cropped by a tenth": {"filters": "crop=iw*0.9:ih*0.9"},
    "cropped to a corner": {"filters": "crop=iw*0.9:ih*0.9:0:0"},
    "all combined": {"filters": f"crop=iw*0.9:ih*0.9,scale=320:180,{LOGO}", "bitrate": "400k"},
}


@pytest.fixture(scope="session", params=["from_key_frames", "from_all_frames"])
def index(request: pytest.FixtureRequest, recordings: dict[str, Recording]) -> FingerprintIndex:
    filled = FingerprintIndex()
    filled.refresh((each.recording_id, getattr(each, request.param).to_bytes()) for each in recordings.values())
    return filled


@cache
def fingerprint_of(clip: Path) -> ClipFingerprint:
    return fingerprint_clip(clip, run=run)


def ask(index: FingerprintIndex, clip: Path) -> ClipSearch:
    return index.search(fingerprint_of(clip))


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("origin", [("street", 5.3), ("office", 9.1)])
def test_attacked_clip_is_found_where_it_was_cut(
    index: FingerprintIndex, recordings: dict[str, Recording], cut: Cut, attack: str, origin: tuple[str, float]
) -> None:
    name, start_s = origin
    answer = ask(index, cut(recordings[name].path, start_s, **ATTACKS[attack]))
    assert answer.verdict is Verdict.FOUND
    assert [match.recording_id for match in answer.matches] == [recordings[name].recording_id]
    best = answer.matches[0]
    assert best.start_s - best.clip_start_s == pytest.approx(start_s, abs=0.3)
    assert best.start_s == pytest.approx(start_s, abs=1.5)
    assert start_s + 4 < best.end_s < start_s + 8.5  # what disagrees at the ends is not claimed
    assert best.matched_frames >= 3
    assert attack != "cut" or best.certainty is Certainty.SURE
    assert best.reasons


@pytest.mark.parametrize("attack", ["cut", "all combined"])
@pytest.mark.parametrize("left_out", ["street", "office", "test picture"])
def test_footage_that_is_not_indexed_is_not_found(
    recordings: dict[str, Recording], cut: Cut, left_out: str, attack: str
) -> None:
    """The second camera of the same street stays indexed while the first is asked for."""
    clip = fingerprint_clip(cut(recordings[left_out].path, 6, **ATTACKS[attack]), run=run)
    others = [
        (each.recording_id, video)
        for name, each in recordings.items()
        if name != left_out
        for video in (each.from_key_frames, each.from_all_frames)
    ]
    answer = search(clip, others)
    assert (answer.verdict, answer.matches) == (Verdict.NOT_FOUND, ())
    assert answer.searched_recordings == len(others)


def test_a_part_of_a_clip_is_found(index: FingerprintIndex, recordings: dict[str, Recording], cut: Cut) -> None:
    """Eight seconds of somebody else's footage, then eight of ours."""
    foreign = cut(recordings["test picture"].path, 2)
    ours = cut(recordings["office"].path, 7)
    both = foreign.with_name("both.mp4")
    ffmpeg("-i", foreign, "-i", ours, "-filter_complex", "[0:v][1:v]concat=n=2[v]", "-map", "[v]", both)
    of_office = [match for match in ask(index, both).matches if match.recording_id == recordings["office"].recording_id]
    assert len(of_office) == 1
    assert of_office[0].start_s == pytest.approx(7, abs=1.5)
    assert of_office[0].clip_start_s == pytest.approx(8, abs=1.5)


def test_black_and_night_clips_are_not_searched(
    index: FingerprintIndex, recordings: dict[str, Recording], cut: Cut, tmp_path: Path
) -> None:
    black = tmp_path / "black.mp4"
    ffmpeg("-f", "lavfi", "-i", f"color=black:s={SIZE}:r=25", "-t", 8, black)
    for clip in (black, cut(recordings["night"].path, 4)):
        answer = ask(index, clip)
        assert answer.verdict is Verdict.NOT_SEARCHABLE
        assert [reason.code for reason in answer.reasons] == [ClipReasonCode.TOO_LITTLE_DETAIL]


def test_too_short_a_clip_is_not_searched(index: FingerprintIndex, recordings: dict[str, Recording], cut: Cut) -> None:
    answer = ask(index, cut(recordings["street"].path, 4, seconds=1.5))
    assert answer.verdict is Verdict.NOT_SEARCHABLE
    (why,) = answer.reasons
    assert why.code is ClipReasonCode.TOO_SHORT
    assert why.facts["minimum"] == 3


def test_a_still_scene_says_that_its_place_is_uncertain(recordings: dict[str, Recording], tmp_path: Path) -> None:
    picture = recordings["street"].path.with_name("scene1.png")
    clip = tmp_path / "still.mp4"
    ffmpeg("-loop", 1, "-r", 25, "-i", picture, "-t", 6, "-vf", "crop=480:270:200:100", "-pix_fmt", "yuv420p", clip)
    still = fingerprint_clip(clip, run=run)
    recording = VideoFingerprint(still.times_s[::10], still.hashes[Framing.WHOLE][::10], still.quality[::10])
    answer = search(still, [(UUID(int=7), recording)])
    assert answer.verdict is Verdict.FOUND
    assert any(reason.code is ClipReasonCode.HARDLY_MOVES for reason in answer.matches[0].reasons)


@pytest.mark.parametrize("content", [b"", b"not a video"])
def test_a_clip_without_video_is_refused(tmp_path: Path, content: bytes) -> None:
    clip = tmp_path / "-i: odd'name|.mp4"
    clip.write_bytes(content)
    with pytest.raises(ClipUnreadable) as refused:
        fingerprint_clip(clip, run=run)
    assert refused.value.path == clip


def test_a_refusal_shows_any_name_on_one_line(tmp_path: Path) -> None:
    clip = tmp_path / "two\nlines\x1b[31m\u202e执法　一.mp4"
    clip.write_bytes(b"")
    with pytest.raises(ClipUnreadable) as refused:
        fingerprint_clip(clip, run=run)
    assert r"two\nlines\x1b[31m\u202e执法　一.mp4" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    assert "lines" not in refused.value.why


def test_a_clip_cut_off_while_copied_is_taken_as_far_as_it_goes(
    index: FingerprintIndex, recordings: dict[str, Recording], tmp_path: Path
) -> None:
    stream = tmp_path / "stream.ts"
    ffmpeg("-i", recordings["office"].path, "-c", "copy", stream)
    whole = stream.read_bytes()
    stream.write_bytes(whole[: len(whole) // 2])
    assert ask(index, stream).matches[0].recording_id == recordings["office"].recording_id
