import shutil
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.media.describe import describe
from ingest.media.model import MediaDescription, MediaKind, ProblemCode
from ingest.process import ProcessLimits, ProcessResult, ToolMissing, ToolTimedOut, run

ZONE = ZoneInfo("Asia/Shanghai")
Make = Callable[..., Path]


def tell(source: Path, name: str = "recording") -> MediaDescription:
    return describe(source, name, run=run, zone=ZONE)


def codes(description: MediaDescription) -> set[ProblemCode]:
    return {problem.code for problem in description.problems}


def broken(tmp_path: Path, content: bytes, name: str = "broken") -> Path:
    target = tmp_path / name
    target.write_bytes(content)
    return target


def test_good_mp4_is_told_whole(mp4: Path) -> None:
    told = tell(mp4)
    assert told.problems == ()
    assert (told.kind, told.container, told.codec, told.audio_codec) == (MediaKind.VIDEO, "mp4", "h264", "aac")
    assert (told.width, told.height, told.orientation, told.mirrored) == (160, 120, 0, False)
    assert told.bit_depth == 8
    assert told.variable_frame_rate is False
    assert told.duration_s == pytest.approx(2, abs=0.05)
    assert told.captured is not None
    assert told.captured.at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert told.captured.zone_origin == "utc by format"
    assert told.position is not None
    assert told.position.latitude == pytest.approx(25.1234, abs=2e-5)  # 3GPP stores 65,536ths of a degree
    assert told.position.longitude == pytest.approx(98.5678, abs=2e-5)
    assert MediaDescription.from_json(told.to_json()) == told


def test_rotation_and_sample_aspect_are_those_of_the_track_header(make: Make, tmp_path: Path) -> None:
    plain = make(tmp_path / "plain.mp4", "-vf", "setsar=64/45", "-c:v", "libx264", "-pix_fmt", "yuv420p", sound=False)
    turned = tmp_path / "turned.mp4"
    content = plain.read_bytes()
    at = content.index(b"tkhd") + 4 + 40
    quarter = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    turned.write_bytes(content[:at] + quarter + content[at + 36 :])
    told = tell(turned)
    assert (told.width, told.height, told.coded_width, told.coded_height) == (227, 120, 160, 120)
    assert (told.orientation, told.mirrored) == (90, False)
    reflected = struct.pack(">9i", 0, 65536, 0, 65536, 0, 0, 0, 0, 1 << 30)
    turned.write_bytes(content[:at] + reflected + content[at + 36 :])
    told = tell(turned)
    assert (told.orientation, told.mirrored) == (90, True)


def test_power_loss_without_index(mp4: Path, tmp_path: Path) -> None:
    content = mp4.read_bytes()
    told = tell(broken(tmp_path, content[: content.index(b"moov") - 4]))
    assert told.kind is MediaKind.VIDEO
    assert ProblemCode.NO_INDEX in codes(told)
    assert told.duration_s is None


def test_power_loss_leaves_a_zeroed_tail(mp4: Path, tmp_path: Path) -> None:
    told = tell(broken(tmp_path, mp4.read_bytes() + bytes(4096)))
    assert codes(told) == {ProblemCode.TRUNCATED}


def test_cut_off_data_keeps_what_can_be_played_apart_from_what_is_declared(make: Make, tmp_path: Path) -> None:
    whole = make(
        tmp_path / "whole.mp4",
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-g",
        "5",
        "-movflags",
        "+faststart",
        seconds=4,
    )
    content = whole.read_bytes()
    told = tell(broken(tmp_path, content[: int(len(content) * 0.6)]))
    assert ProblemCode.TRUNCATED in codes(told)
    assert told.declared_duration_s == pytest.approx(4, abs=0.1)
    assert told.duration_s is not None
    assert 0.5 < told.duration_s < 3.8


def test_noise_between_the_frames_is_found_though_the_container_is_fine(mp4: Path, tmp_path: Path) -> None:
    content = bytearray(mp4.read_bytes())
    start, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[start + 200 : end] = bytes((index * 37) % 251 for index in range(end - start - 200))
    told = tell(broken(tmp_path, bytes(content)))
    assert codes(told) & {ProblemCode.PARTLY_DECODABLE, ProblemCode.UNDECODABLE}
    assert (told.width, told.height) == (160, 120)


def test_an_overlong_box_around_complete_samples_is_no_loss(make: Make, tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
    content = bytearray(whole.read_bytes())
    at = content.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", content, at)
    struct.pack_into(">I", content, at, size + 8)
    assert codes(tell(broken(tmp_path, bytes(content)))) == {ProblemCode.MALFORMED}


def test_avi_time_is_of_the_device_clock_and_truncation_shows(make: Make, tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.avi", "-c:v", "mjpeg", "-c:a", "pcm_s16le", "-metadata", "date=2020-01-02 03:04:05")
    content = whole.read_bytes()
    assert tell(whole).problems == ()
    told = tell(broken(tmp_path, content[: len(content) // 2]))
    assert ProblemCode.TRUNCATED in codes(told)
    assert told.declared_duration_s == pytest.approx(2, abs=0.1)


def test_sound_without_index_is_measured(make: Make, tmp_path: Path) -> None:
    target = make(tmp_path / "sound.mp3", "-map", "1:a", "-c:a", "libmp3lame", "-q:a", "9", seconds=3)
    told = tell(target)
    assert (told.kind, told.codec, told.width) == (MediaKind.AUDIO, "mp3", None)
    assert told.duration_s == pytest.approx(3, abs=0.1)
    assert told.problems == ()


def test_wav_whose_length_was_never_written(make: Make, tmp_path: Path) -> None:
    target = make(tmp_path / "sound.wav", "-map", "1:a", "-c:a", "pcm_s16le", "-bitexact")
    content = bytearray(target.read_bytes())
    assert tell(target).problems == ()
    struct.pack_into("<I", content, content.index(b"data") + 4, 0)
    assert ProblemCode.MALFORMED in codes(tell(broken(tmp_path, bytes(content))))


def test_empty_file(tmp_path: Path) -> None:
    told = tell(broken(tmp_path, b""))
    assert (told.kind, codes(told)) == (MediaKind.OTHER, {ProblemCode.EMPTY})


def test_json_named_mp4_is_not_recognised(tmp_path: Path) -> None:
    told = tell(broken(tmp_path, b'{"streams": [{"index": 0}]}'), "hello.mp4")
    assert (told.kind, codes(told)) == (MediaKind.OTHER, {ProblemCode.UNRECOGNISED})


def test_a_play_list_opens_nothing_else(mp4: Path, tmp_path: Path) -> None:
    shutil.copy(mp4, tmp_path / "secret.mp4")
    content = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{tmp_path}/secret.mp4\n#EXT-X-ENDLIST\n".encode()
    told = tell(broken(tmp_path, content, "list.mp4"), "list.mp4")
    assert (told.kind, codes(told)) == (MediaKind.OTHER, {ProblemCode.UNRECOGNISED})


def test_nested_index_bomb(tmp_path: Path) -> None:
    content = b""
    for _ in range(1000):
        content = struct.pack(">I4s", 8 + len(content), b"moov") + content
    told = tell(broken(tmp_path, b"\0\0\0\x10ftypisom\0\0\0\0" + content))
    assert told.kind is MediaKind.VIDEO
    assert ProblemCode.UNDECODABLE in codes(told)


@pytest.mark.parametrize("name", ["DCAM_CAM001_000000_20260619_100324_IMP_enc.mp4", "20240101.dav"])
def test_ciphertext_is_kept_as_what_it_is(tmp_path: Path, name: str) -> None:
    told = tell(broken(tmp_path, bytes((index * 73 + index // 256) % 256 for index in range(50_000))), name)
    assert told.kind is MediaKind.OTHER
    assert ProblemCode.ENCRYPTED_OR_VENDOR in codes(told)


def test_a_name_of_ciphertext_around_good_media_means_nothing(mp4: Path) -> None:
    assert tell(mp4, "DCAM_CAM001_000000_20260619_100324_enc.mp4").problems == ()


def test_side_files(tmp_path: Path) -> None:
    xml = b'<locations policeNum="012345"><point lng="98.5" lat="25.1"/></locations>'
    told = tell(broken(tmp_path, xml), "012345_1234567_20170722101530_0007.xml")
    assert told.kind is MediaKind.SIDECAR
    assert told.position is not None
    assert (told.position.latitude, told.position.origin) == (25.1, "sidecar xml")
    assert told.track[0].offset_s is None
    assert tell(broken(tmp_path, b"BM 2024 started"), "device.LOG").kind is MediaKind.SIDECAR
    assert codes(tell(broken(tmp_path, b"<locations"), "gps.xml")) == {ProblemCode.SIDECAR_UNREADABLE}


def test_a_tool_that_hangs_is_a_check_not_done(mp4: Path) -> None:
    def hangs(
        command: Sequence[str], *, limits: ProcessLimits, on_output: Callable[[str], None] | None = None
    ) -> ProcessResult:
        if command[0] == "ffmpeg":
            raise ToolTimedOut(command[0], limits.seconds)
        return run(command, limits=limits, on_output=on_output)

    told = describe(mp4, "recording.mp4", run=hangs, zone=ZONE)
    assert codes(told) == {ProblemCode.TOOL_TIMED_OUT}
    assert told.duration_s == pytest.approx(2, abs=0.05)


def test_a_missing_tool_is_not_the_fault_of_the_file(mp4: Path) -> None:
    def missing(command: Sequence[str], **_: object) -> ProcessResult:
        raise ToolMissing(command[0])

    with pytest.raises(ToolMissing):
        describe(mp4, "recording.mp4", run=missing, zone=ZONE)


def test_stored_text_is_printable(make: Make, tmp_path: Path) -> None:
    target = make(tmp_path / "named.mp4", "-c:v", "libx264", "-metadata", "make=ACME", "-movflags", "use_metadata_tags")
    content = target.read_bytes().replace(b"ACME", b"A\0\x1bE")
    told = tell(broken(tmp_path, content))
    assert told.make is not None
    assert told.make.isprintable()


def test_json_keeps_the_zone_a_time_was_written_in(tmp_path: Path) -> None:
    from PIL import Image

    image = Image.new("RGB", (32, 16), "red")
    exif = image.getexif()
    exif.get_ifd(0x8769)[0x9003] = "2024:02:03 04:05:06"
    image.save(tmp_path / "photo.jpg", exif=exif)
    again = MediaDescription.from_json(tell(tmp_path / "photo.jpg").to_json())
    assert again.captured is not None
    assert again.captured.at.isoformat() == "2024-02-03T04:05:06+08:00"
    assert again.captured.at.utcoffset() == timedelta(hours=8)
    assert again.captured.zone_origin == "setting"
