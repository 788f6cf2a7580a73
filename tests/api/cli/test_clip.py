"""`zhilu find --clip`: the original itself, sure and possible matches, what could not be compared, and refusals."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api.cli.conftest import DAMAGED, PHOTO, VIDEO, Filled, Zhilu

USAGE = 2
MATCH = {
    "outcome",
    "recording_id",
    "name",
    "start_s",
    "end_s",
    "clip_start_s",
    "clip_end_s",
    "score",
    "certainty",
    "matched_frames",
    "compared_frames",
    "reasons",
}


def ffmpeg(*arguments: object) -> None:
    command = ["ffmpeg", "-nostdin", "-v", "error", *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, timeout=60)


def in_chinese(program: Zhilu) -> Zhilu:
    return replace(program, language="zh_CN.UTF-8")


@pytest.mark.parametrize("name", [VIDEO, PHOTO, DAMAGED])
def test_the_original_is_found_by_its_bytes_whatever_it_shows(filled: Filled, tmp_path: Path, name: str) -> None:
    """The video is too short to be recognised, the photo is none, the damaged one shows nothing."""
    clip = tmp_path / "renamed.bin"
    clip.write_bytes((filled.card / name).read_bytes())
    (match,) = filled.zhilu.lines("find", "--clip", clip)
    assert set(match) == MATCH
    assert (match["outcome"], match["name"], match["score"], match["certainty"]) == ("match", name, 1, "sure")
    duration = 2.0 if name == VIDEO else None
    assert (match["start_s"], match["end_s"], match["clip_start_s"], match["clip_end_s"]) == (0, duration, 0, duration)
    assert [reason["code"] for reason in match["reasons"]] == ["bytes_identical"]
    assert "identical" in match["reasons"][0]["message"]
    assert "identical bytes" in filled.zhilu("find", "--clip", clip)
    assert "字节完全一致" in in_chinese(filled.zhilu)("find", "--clip", clip)


def test_one_other_byte_of_the_same_size_is_not_the_original(filled: Filled, tmp_path: Path) -> None:
    content = bytearray((filled.card / DAMAGED).read_bytes())
    content[-1] ^= 1
    (tmp_path / "clip").write_bytes(content)
    assert len(filled.zhilu("find", "--clip", tmp_path / "clip", code=USAGE).strip().splitlines()) == 1


@pytest.fixture(scope="module")
def looked_for(tmp_path_factory: pytest.TempPathFactory) -> tuple[Zhilu, Path]:
    """A recording, a clip cut from it, and 21 recordings with a single picture each."""
    folder = tmp_path_factory.mktemp("looked-for")
    card = folder / "card"
    card.mkdir()
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=10", "-c:v", "libx264", "-g", 10, card / "long.mp4")
    for number in range(21):
        source = f"testsrc=s=320x240:r=10:d=0.{number % 8 + 1}:n={number % 3}"
        ffmpeg("-f", "lavfi", "-i", source, "-metadata", f"title={number}", card / f"short {number}.mp4")
    ffmpeg("-ss", 2, "-i", card / "long.mp4", "-t", 6, "-vf", "scale=240:180", folder / "clip.mp4")
    program = Zhilu(folder, folder / "home")
    program("ingest", "--wait", card)
    return program, folder / "clip.mp4"


def test_a_match_says_how_sure_it_is_and_the_others_are_named(looked_for: tuple[Zhilu, Path]) -> None:
    program, clip = looked_for
    match, *others = program.lines("find", "--clip", clip)
    assert set(match) == MATCH
    assert (match["outcome"], match["name"], match["certainty"]) == ("match", "long.mp4", "sure")
    assert match["start_s"] == pytest.approx(2, abs=1.1)
    assert match["reasons"][0]["code"] == "frames_agree"
    assert {frozenset(other) for other in others} == {frozenset({"outcome", "recording_id", "name"})}
    assert {other["outcome"] for other in others} == {"not_comparable"}
    assert sorted(other["name"] for other in others) == sorted(f"short {number}.mp4" for number in range(21))


@pytest.mark.parametrize(
    ("language", "named", "more"),
    [("C.UTF-8", "Not compared", "And 1 more"), ("zh_CN.UTF-8", "未能比对：short", "另有 1 个")],
)
def test_people_are_shown_twenty_names(looked_for: tuple[Zhilu, Path], language: str, named: str, more: str) -> None:
    program, clip = looked_for
    process = replace(program, language=language).having(LC_ALL=language).start("find", "--clip", clip)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert len(out.splitlines()) == 1
    assert sum(named in line for line in err.splitlines()) == 20
    assert more in err


def test_a_possible_match_is_told_apart_in_both_languages() -> None:
    from api.messages import Language, translator

    facts = {"name": "a", "start_s": 1.0, "end_s": 2.0, "score": 0.5, "recording_id": "b"}
    for language, possible in ((Language.ENGLISH, "compare by eye"), (Language.CHINESE, "人工比对")):
        say = translator(language)
        assert possible in say("cli-clip-match", certainty="possible", **facts)
        assert possible not in say("cli-clip-match", certainty="sure", **facts)


@pytest.mark.parametrize("content", [b"", b"root:x:0:0:root:/root:/bin/sh\n"], ids=["empty", "text"])
def test_what_is_no_video_is_refused_in_one_printable_sentence(filled: Filled, tmp_path: Path, content: bytes) -> None:
    clip = tmp_path / os.fsdecode(b"two\nlines \x1b[31m\xff.mp4")
    clip.write_bytes(content)
    for program, told in ((filled.zhilu, "No picture could be read"), (in_chinese(filled.zhilu), "读取画面")):
        said = program("find", "--clip", clip, code=USAGE)
        assert told in said
        assert r"two\nlines \x1b[31m\udcff.mp4" in said
        assert len(said.strip().splitlines()) == 1


def test_what_is_no_file_is_called_what_it_is(filled: Filled, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    chinese = in_chinese(filled.zhilu)
    assert "is a folder" in filled.zhilu("find", "--clip", tmp_path, code=USAGE)
    assert "是文件夹" in chinese("find", "--clip", tmp_path, code=USAGE)
    assert "no regular file" in filled.zhilu("find", "--clip", tmp_path / "pipe", code=USAGE)
    for gone in ("gone\nfor good.mp4", "x" * 300):
        said = filled.zhilu("find", "--clip", tmp_path / gone, code=USAGE)
        assert "There is no" in said
        assert len(said.strip().splitlines()) == 1
