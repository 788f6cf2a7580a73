"""What is made of which recording, and why."""

from dataclasses import replace

import pytest

from ingest.derive import DerivationSettings, DerivativeKind, ProxyPolicy, ReasonCode, plan
from ingest.derive.limits import limits
from ingest.media.model import MediaDescription, MediaKind, Problem, ProblemCode

AUTO = DerivationSettings()
PLAYABLE = MediaDescription(
    MediaKind.VIDEO,
    container="mp4",
    codec="h264",
    audio_codec="aac",
    width=1920,
    height=1080,
    pixel_format="yuv420p",
    bit_depth=8,
    duration_s=60.0,
)
SOUND = MediaDescription(MediaKind.AUDIO, container="mp3", codec="mp3", audio_codec="mp3")


def test_what_browsers_play_is_left_alone_and_read_by_key_frames() -> None:
    made = plan(PLAYABLE, AUTO)
    assert DerivativeKind.PROXY not in made
    assert made.key_frames_only
    assert [reason.code for reason in made.reasons] == [ReasonCode.PLAYS_AS_IT_IS]
    assert made.kinds == {
        DerivativeKind.POSTER,
        DerivativeKind.STORYBOARD,
        DerivativeKind.STORYBOARD_INDEX,
        DerivativeKind.WAVEFORM,
        DerivativeKind.FINGERPRINT_FRAMES,
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"container": "mpegts"}, ReasonCode.CONTAINER),
        ({"container": "avi"}, ReasonCode.CONTAINER),
        ({"container": None}, ReasonCode.CONTAINER),
        ({"codec": "hevc"}, ReasonCode.VIDEO_CODEC),
        ({"codec": None}, ReasonCode.UNREADABLE),
        ({"pixel_format": "yuv420p10le", "bit_depth": 10}, ReasonCode.PIXEL_FORMAT),
        ({"pixel_format": "yuv422p"}, ReasonCode.PIXEL_FORMAT),
        ({"pixel_format": None}, ReasonCode.PIXEL_FORMAT),
        ({"width": 7680, "height": 4320}, ReasonCode.PICTURE_SIZE),
        ({"audio_codec": "amr_nb"}, ReasonCode.AUDIO_CODEC),
        ({"problems": (Problem(ProblemCode.TRUNCATED, "cut"),)}, ReasonCode.DAMAGED),
    ],
)
def test_one_obstacle_is_enough_to_re_encode_and_is_named(changes: dict[str, object], code: ReasonCode) -> None:
    made = plan(replace(PLAYABLE, **changes), AUTO)  # type: ignore[arg-type]
    assert DerivativeKind.PROXY in made
    assert not made.key_frames_only
    assert code in {reason.code for reason in made.reasons}


@pytest.mark.parametrize(
    "changes",
    [
        {"audio_codec": None},
        {"codec": "vp9"},
        {"container": "mov,mp4,m4a,3gp,3g2,mj2"},
        {"pixel_format": "yuvj420p"},
        {"problems": (Problem(ProblemCode.POSITION_UNREADABLE, "no place"),)},
    ],
)
def test_what_does_not_hinder_playing_costs_no_proxy(changes: dict[str, object]) -> None:
    assert DerivativeKind.PROXY not in plan(replace(PLAYABLE, **changes), AUTO)  # type: ignore[arg-type]


def test_always_and_never_are_obeyed_and_said() -> None:
    always = plan(PLAYABLE, DerivationSettings(proxy=ProxyPolicy.ALWAYS))
    assert DerivativeKind.PROXY in always
    assert [reason.code for reason in always.reasons] == [ReasonCode.SET_ALWAYS]
    never = plan(replace(PLAYABLE, codec="hevc"), DerivationSettings(proxy=ProxyPolicy.NEVER))
    assert DerivativeKind.PROXY not in never
    assert [reason.code for reason in never.reasons] == [ReasonCode.SET_NEVER, ReasonCode.VIDEO_CODEC]


@pytest.mark.parametrize(
    ("container", "codec", "plays"),
    [
        ("mp3", "mp3", True),
        ("aac", "aac", True),
        ("wav", "pcm_s16le", True),
        ("wav", "pcm_u8", True),
        ("mp4", "aac", True),
        ("wav", "adpcm_ima_wav", False),
        ("amr", "amr_nb", False),
        ("wav", None, False),
    ],
)
def test_sound_gets_a_proxy_where_browsers_are_deaf(container: str, codec: str | None, plays: bool) -> None:  # noqa: FBT001
    made = plan(replace(SOUND, container=container, audio_codec=codec), AUTO)
    assert (DerivativeKind.PROXY not in made) is plays
    assert DerivativeKind.WAVEFORM in made
    assert DerivativeKind.POSTER not in made


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (ProblemCode.EMPTY, ReasonCode.NOTHING_TO_SHOW),
        (ProblemCode.NO_INDEX, ReasonCode.UNREADABLE),
        (ProblemCode.ENCRYPTED_OR_VENDOR, ReasonCode.UNREADABLE),
    ],
)
def test_nothing_is_promised_of_what_cannot_be_decoded(code: ProblemCode, reason: ReasonCode) -> None:
    made = plan(replace(PLAYABLE, problems=(Problem(code, "because"),)), AUTO)
    assert not made.kinds
    assert [each.code for each in made.reasons] == [reason]


@pytest.mark.parametrize("kind", [MediaKind.SIDECAR, MediaKind.OTHER])
def test_what_is_no_media_gets_nothing(kind: MediaKind) -> None:
    assert not plan(MediaDescription(kind), AUTO).kinds


@pytest.mark.parametrize("kind", [MediaKind.PHOTO, MediaKind.VIDEO])
def test_a_picture_announced_too_large_is_not_decoded(kind: MediaKind) -> None:
    made = plan(replace(PLAYABLE, kind=kind, width=100_000, height=100_000), AUTO)
    assert not made.kinds
    assert [problem.code for problem in made.problems] == [ProblemCode.TOO_LARGE]


def test_limits_grow_with_the_recording_and_stay_bounded() -> None:
    short, long = (plan(replace(PLAYABLE, duration_s=seconds), AUTO) for seconds in (10.0, 1800.0))
    large = plan(replace(PLAYABLE, width=3840, height=2160), AUTO)
    endless = plan(replace(PLAYABLE, duration_s=1e9), AUTO)
    assert limits(short, 0).seconds < limits(long, 0).seconds < limits(endless, 0).seconds <= 86_400
    assert limits(short, 0).seconds < limits(short, 10**9).seconds
    assert limits(plan(PLAYABLE, AUTO), 0).memory_bytes < limits(large, 0).memory_bytes < 4 * 1024**3
