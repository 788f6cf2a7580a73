"""What really comes out of ffmpeg: proxies, posters, storyboards, waveforms, fingerprint frames."""

import json
import re
import subprocess
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

from ingest.derive import (
    DerivationResult,
    DerivationSettings,
    DerivativeKind,
    MadeDerivative,
    ProxyPolicy,
    derive,
    plan,
)
from ingest.derive.storyboard import MOST_TILES
from ingest.fingerprint.frames import read_frames
from ingest.media.describe import describe
from ingest.media.model import MediaDescription, MediaKind, Problem, ProblemCode
from ingest.process import ProcessLimits, ProcessResult, ToolTimedOut
from ingest.process import run as run_tool

ALWAYS = DerivationSettings(proxy=ProxyPolicy.ALWAYS)


def look(path: Path) -> MediaDescription:
    return describe(path, path.name, run=run_tool, zone=UTC)


def make_all(
    source: Path,
    into: Path,
    settings: DerivationSettings | None = None,
    description: MediaDescription | None = None,
) -> tuple[dict[DerivativeKind, MadeDerivative], DerivationResult]:
    progress: list[float] = []
    chosen = plan(description or look(source), settings or DerivationSettings())
    result = derive(chosen, source, into, on_progress=progress.append)
    assert progress == sorted(progress)
    assert not progress or progress[-1] == 1.0
    return {one.kind: one for one in result.made}, result


def probe(path: Path, *arguments: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-of", "json", *arguments, str(path)]
    answer: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    return answer


def stream(path: Path, which: str = "v") -> dict[str, Any]:
    streams: list[dict[str, Any]] = probe(path, "-show_streams", "-select_streams", which)["streams"]
    return streams[0]


def packets(path: Path) -> list[dict[str, Any]]:
    entries = "packet=pts_time,flags"
    found: list[dict[str, Any]] = probe(path, "-select_streams", "v", "-show_entries", entries)["packets"]
    return sorted(found, key=lambda packet: float(packet["pts_time"]))


def test_what_plays_as_it_is_gets_everything_but_a_proxy(playable: Path, tmp_path: Path) -> None:
    made, result = make_all(playable, tmp_path / "made")
    assert set(made) == set(DerivativeKind) - {DerivativeKind.PROXY, DerivativeKind.PHOTO, DerivativeKind.THUMBNAIL}
    assert result.problems == ()
    with Image.open(made[DerivativeKind.POSTER].path) as poster:
        assert poster.size == (320, 240)
    times = [time for time, _ in read_frames(tmp_path / "made")]
    keys = [float(packet["pts_time"]) for packet in packets(playable) if "K" in packet["flags"]]
    assert times == pytest.approx(keys, abs=0.002)


def test_nothing_raw_is_left_behind(playable: Path, tmp_path: Path) -> None:
    made, _ = make_all(playable, tmp_path / "made", ALWAYS)
    kept = {one.path.name for one in made.values()} | {"frames.times"}
    assert {path.name for path in (tmp_path / "made").iterdir()} == kept


def test_the_proxy_is_fragmented_h264_that_can_be_sought(old_camera: Path, tmp_path: Path) -> None:
    made, _ = make_all(old_camera, tmp_path / "made")
    proxy = made[DerivativeKind.PROXY]
    video, audio = stream(proxy.path), stream(proxy.path, "a")
    assert (video["codec_name"], video["profile"], video["pix_fmt"]) == ("h264", "High", "yuv420p")
    assert video["color_range"] == "tv"  # Motion JPEG is full range
    assert audio["codec_name"] == "aac"
    names = re.findall(rb"ftyp|moov|sidx|moof|mdat", proxy.path.read_bytes())
    assert names[:2] == [b"ftyp", b"moov"]
    assert names.index(b"sidx") < names.index(b"moof")
    keys = [float(packet["pts_time"]) for packet in packets(proxy.path) if "K" in packet["flags"]]
    assert keys == pytest.approx([0, 2, 4], abs=0.1)
    assert proxy.duration_s == pytest.approx(6, abs=0.1)
    assert proxy.details["fragments"] == 3
    assert {reason["code"] for reason in proxy.details["reasons"]} >= {"container", "video_codec", "audio_codec"}


def test_a_large_picture_is_scaled_to_720_lines_and_ten_bits_to_eight(make: Any, tmp_path: Path) -> None:
    source = make("deep.mkv", *make.picture(1, "1920x1080", 5), *make.h264[:4], "-pix_fmt", "yuv420p10le")
    made, _ = make_all(source, tmp_path / "made")
    video = stream(made[DerivativeKind.PROXY].path)
    assert (video["width"], video["height"], video["pix_fmt"]) == (1280, 720, "yuv420p")
    assert (made[DerivativeKind.PROXY].width, made[DerivativeKind.PROXY].height) == (1280, 720)


def test_an_odd_small_picture_becomes_even_and_never_larger(make: Any, tmp_path: Path) -> None:
    source = make("odd.avi", *make.picture(1, "175x143"), "-c:v", "mjpeg")
    made, _ = make_all(source, tmp_path / "made")
    video = stream(made[DerivativeKind.PROXY].path)
    assert (video["width"], video["height"]) == (174, 142)


def test_wide_samples_become_square_ones(make: Any, tmp_path: Path) -> None:
    source = make("wide.avi", *make.picture(1, "352x288"), "-vf", "setsar=16/11", "-c:v", "mpeg4")
    made, _ = make_all(source, tmp_path / "made")
    video = stream(made[DerivativeKind.PROXY].path)
    assert (video["width"], video["height"], video["sample_aspect_ratio"]) == (512, 288, "1:1")


@pytest.mark.parametrize("settings", [DerivationSettings(), ALWAYS], ids=["auto", "always"])
def test_rotation_is_applied_once(make: Any, tmp_path: Path, settings: DerivationSettings) -> None:
    """The upper half is white: turned a quarter clockwise it lies on the right."""
    halves = ("-f", "lavfi", "-i", "color=black:size=320x240:rate=15:duration=2,drawbox=0:0:320:120:white:fill")
    upright = make("upright.mp4", *halves, *make.h264)
    turned = make("turned.mp4", "-i", str(upright), "-c", "copy", "-metadata:s:v", "rotate=270")
    made, _ = make_all(turned, tmp_path / "made", settings)
    with Image.open(made[DerivativeKind.POSTER].path) as poster:
        assert poster.size == (240, 320)
        grey = poster.convert("L")
    assert abs(int(grey.getpixel((20, 160))) - int(grey.getpixel((220, 160)))) > 150  # type: ignore[arg-type]
    if DerivativeKind.PROXY in made:
        proxy = stream(made[DerivativeKind.PROXY].path)
        assert (proxy["width"], proxy["height"]) == (240, 320)
        assert not any("rotation" in data for data in proxy.get("side_data_list", ()))
        still = tmp_path / "still.png"
        command = ["ffmpeg", "-v", "error", "-i", str(made[DerivativeKind.PROXY].path), "-frames:v", "1", str(still)]
        subprocess.run(command, check=True, timeout=60)
        with Image.open(still) as image:
            assert abs(ImageStat.Stat(image.convert("L")).mean[0] - ImageStat.Stat(grey).mean[0]) < 10
            side = int(image.convert("L").getpixel((20, 160)))  # type: ignore[arg-type]
        assert abs(side - int(grey.getpixel((20, 160)))) < 30  # type: ignore[arg-type]


def test_uneven_times_are_kept(make: Any, tmp_path: Path) -> None:
    uneven = "select=not(mod(n\\,7))+not(mod(n\\,5))"
    source = make("uneven.mkv", *make.picture(4), "-vf", uneven, "-fps_mode", "vfr", "-c:v", "mpeg4", "-bf", "0")
    made, _ = make_all(source, tmp_path / "made")
    expected = [float(packet["pts_time"]) for packet in packets(source)]
    kept = [float(packet["pts_time"]) for packet in packets(made[DerivativeKind.PROXY].path)]
    assert kept == pytest.approx(expected, abs=0.002)
    assert len({round(later - earlier, 2) for earlier, later in pairwise(kept)}) > 2


def test_the_poster_is_not_the_black_beginning(make: Any, tmp_path: Path) -> None:
    dark = "drawbox=0:0:iw:ih:black:fill:enable=lt(t\\,3)"
    source = make("dark.mp4", *make.picture(6), "-vf", dark, *make.h264)
    made, _ = make_all(source, tmp_path / "made")
    poster = made[DerivativeKind.POSTER]
    with Image.open(poster.path) as image:
        assert ImageStat.Stat(image.convert("L")).mean[0] > 40
    assert poster.details["at_s"] >= 3


def test_a_wholly_black_recording_has_a_poster_all_the_same(make: Any, tmp_path: Path) -> None:
    source = make("black.mp4", "-f", "lavfi", "-i", "color=black:size=320x240:rate=5:duration=2", *make.h264)
    made, result = make_all(source, tmp_path / "made")
    assert DerivativeKind.POSTER in made
    assert result.problems == ()


def test_the_storyboard_index_covers_the_recording_with_tiles_of_the_sprite(old_camera: Path, tmp_path: Path) -> None:
    made, _ = make_all(old_camera, tmp_path / "made")
    sprite, index = made[DerivativeKind.STORYBOARD], made[DerivativeKind.STORYBOARD_INDEX]
    text = index.path.read_text()
    assert text.startswith("WEBVTT\n\n")
    cues = re.findall(r"(\S+) --> (\S+)\nstoryboard\.webp#xywh=(\d+),(\d+),(\d+),(\d+)\n", text)
    assert len(cues) == sprite.details["tiles"] == 6
    assert cues[0][0] == "00:00:00.000"
    assert all(earlier[1] == later[0] for earlier, later in pairwise(cues))
    assert cues[-1][1] == "00:00:06.000"
    with Image.open(sprite.path) as image:
        assert image.size == (sprite.width, sprite.height) == (960, 120)
        assert {cue[4:] for cue in cues} == {("160", "120")}
        assert all(int(x) + int(w) <= image.width and int(y) + int(h) <= image.height for *_, x, y, w, h in cues)


def test_a_false_short_duration_costs_no_endless_storyboard(make: Any, tmp_path: Path) -> None:
    source = make("long.mp4", *make.picture(400, "64x48", 2), "-c:v", "libx264", "-preset", "ultrafast", "-g", "2")
    description = MediaDescription(
        MediaKind.VIDEO, container="mp4", codec="h264", pixel_format="yuv420p", width=64, height=48, duration_s=1.0
    )
    made, _ = make_all(source, tmp_path / "made", description=description)
    assert made[DerivativeKind.STORYBOARD].details["tiles"] == MOST_TILES
    starts = re.findall(r"(\d\d):(\d\d):(\d\d)\.\d+ -->", made[DerivativeKind.STORYBOARD_INDEX].path.read_text())
    hours, minutes, seconds = map(int, starts[-1])
    assert hours * 3600 + minutes * 60 + seconds > 380


def test_key_frames_too_far_apart_are_not_relied_on(make: Any, tmp_path: Path) -> None:
    once = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "9999", "-sc_threshold", "0")
    source = make("sparse.mp4", *make.picture(45, "64x48", 2), *once)
    made, _ = make_all(source, tmp_path / "made")
    assert made[DerivativeKind.STORYBOARD].details["tiles"] > 30
    assert made[DerivativeKind.FINGERPRINT_FRAMES].details["key_frames_only"] is False


def test_peaks_are_high_where_it_is_loud_and_flat_where_it_is_silent(playable: Path, tmp_path: Path) -> None:
    made, _ = make_all(playable, tmp_path / "made")
    peaks = json.loads(made[DerivativeKind.WAVEFORM].path.read_text())
    assert (peaks["version"], peaks["channels"], peaks["bits"]) == (2, 1, 8)
    assert len(peaks["data"]) == 2 * peaks["length"]
    seconds = peaks["length"] * peaks["samples_per_pixel"] / peaks["sample_rate"]
    assert seconds == pytest.approx(6, abs=0.2)
    middle = peaks["length"]  # of pairs: an even index
    middle -= middle % 2
    loud, silent = peaks["data"][: middle - 20], peaks["data"][middle + 20 :]
    assert min(loud) < -90
    assert max(loud) > 90
    assert all(abs(value) <= 2 for value in silent)


def test_sound_that_browsers_do_not_play_gets_a_proxy(make: Any, tmp_path: Path) -> None:
    source = make("note.wav", *make.sound(4), "-c:a", "adpcm_ima_wav")
    made, result = make_all(source, tmp_path / "made")
    assert set(made) == {DerivativeKind.PROXY, DerivativeKind.WAVEFORM}
    assert made[DerivativeKind.PROXY].media_type == "audio/mp4"
    assert stream(made[DerivativeKind.PROXY].path, "a")["codec_name"] == "aac"
    assert result.problems == ()


def test_a_cover_picture_does_not_make_sound_a_film(make: Any, tmp_path: Path) -> None:
    cover = make("cover.png", "-f", "lavfi", "-i", "testsrc2=size=64x64:duration=1", "-frames:v", "1")
    source = make("cover.mp3", *make.sound(2), "-i", str(cover), "-map", "0:a", "-map", "1:v", "-c:v", "copy")
    made, _ = make_all(source, tmp_path / "made", ALWAYS)
    assert set(made) == {DerivativeKind.PROXY, DerivativeKind.WAVEFORM}


def test_a_recording_cut_by_a_power_loss_shows_what_there_is(old_camera: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.avi"
    cut.write_bytes(old_camera.read_bytes()[: old_camera.stat().st_size // 2])
    made, result = make_all(cut, tmp_path / "made")
    proxy = made[DerivativeKind.PROXY]
    assert proxy.duration_s == pytest.approx(3, abs=0.5)
    assert len(packets(proxy.path)) > 30
    assert DerivativeKind.POSTER in made
    [problem] = [problem for problem in result.problems if problem.code is ProblemCode.TRUNCATED]
    assert re.search(r"second [23]\.\d", problem.detail)


def test_damage_in_the_middle_is_told(make: Any, tmp_path: Path) -> None:
    whole = make("stream.ts", *make.picture(6), *make.h264)
    damaged = tmp_path / "damaged.ts"
    content = bytearray(whole.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = bytes(20_000)
    damaged.write_bytes(content)
    made, result = make_all(damaged, tmp_path / "made")
    assert len(packets(made[DerivativeKind.PROXY].path)) > 40
    assert ProblemCode.PARTLY_DECODABLE in {problem.code for problem in result.problems}


def test_sound_is_kept_where_no_picture_decodes(playable: Path, tmp_path: Path) -> None:
    """The codec's configuration is overwritten: every frame fails, the sound is sound."""
    broken = tmp_path / "broken.mp4"
    content = playable.read_bytes()
    at = content.index(b"avcC") + 4
    broken.write_bytes(content[:at] + bytes(20) + content[at + 20 :])
    made, result = make_all(broken, tmp_path / "made", description=look(playable))
    assert DerivativeKind.WAVEFORM in made
    assert DerivativeKind.POSTER not in made
    assert ProblemCode.UNDECODABLE in {problem.code for problem in result.problems}


def test_noise_gives_no_derivatives_and_says_so(tmp_path: Path, playable: Path) -> None:
    source = tmp_path / "noise.mp4"
    source.write_bytes(bytes(range(256)) * 400)
    made, result = make_all(source, tmp_path / "made", description=look(playable))
    assert made == {}
    assert [problem.code for problem in result.problems] == [ProblemCode.UNDECODABLE]
    assert str(tmp_path) not in result.problems[0].detail


def test_a_play_list_in_disguise_opens_no_other_file(tmp_path: Path, playable: Path) -> None:
    source = tmp_path / "list.mp4"
    source.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile:{playable}\n#EXT-X-ENDLIST\n")
    made, _ = make_all(source, tmp_path / "made", description=look(playable))
    assert made == {}


def test_names_are_no_options_and_no_addresses(playable: Path, tmp_path: Path) -> None:
    source = tmp_path / "-i http:| 'odd' [name];,%d\\.mp4"
    source.write_bytes(playable.read_bytes())
    made, _ = make_all(source, tmp_path / "made [f=x]|'it'", ALWAYS)
    assert DerivativeKind.PROXY in made
    assert DerivativeKind.STORYBOARD in made


def test_a_second_try_overwrites_the_first(playable: Path, tmp_path: Path) -> None:
    first, _ = make_all(playable, tmp_path / "made", ALWAYS)
    before = {kind: one.path.stat().st_size for kind, one in first.items()}
    second, _ = make_all(playable, tmp_path / "made", ALWAYS)
    assert {kind: one.path.stat().st_size for kind, one in second.items()} == before


def test_a_tool_that_is_stopped_leaves_what_it_had_and_a_problem(playable: Path, tmp_path: Path) -> None:
    def stopped(command: Any, *, limits: ProcessLimits, on_output: Any = None) -> ProcessResult:
        run_tool(command, limits=limits, on_output=on_output)
        proxy = tmp_path / "made" / "proxy.mp4"
        content = proxy.read_bytes()
        proxy.write_bytes(content[: content.rindex(b"moof") + 1000])
        raise ToolTimedOut("ffmpeg", limits.seconds)

    chosen = plan(look(playable), ALWAYS)
    result = derive(chosen, playable, tmp_path / "made", on_progress=lambda _: None, run=stopped)
    proxy = next(one for one in result.made if one.kind is DerivativeKind.PROXY)
    assert proxy.details["fragments"] == 2
    assert ProblemCode.TOOL_TIMED_OUT in {problem.code for problem in result.problems}


def test_nothing_planned_makes_nothing(tmp_path: Path) -> None:
    source = tmp_path / "notes.txt"
    source.write_text("nothing to see")
    problems = (Problem(ProblemCode.UNRECOGNISED, "It is text."),)
    made, result = make_all(source, tmp_path / "made", description=MediaDescription(MediaKind.OTHER, problems=problems))
    assert made == {}
    assert result.problems == ()
