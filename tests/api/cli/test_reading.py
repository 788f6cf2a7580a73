"""What the reading commands say: keys that other programs rely on, whole values through pipes."""

import contextlib
import hashlib
import re
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.api.cli.conftest import DAMAGED, PHOTO, SIDE, VIDEO, Filled, Zhilu

TAKEN = {"path", "outcome", "recording_id", "sha256", "size", "receipt_id", "reason"}
JOB = {
    "id",
    "recording_id",
    "kind",
    "state",
    "attempts",
    "due_at",
    "again",
    "owner",
    "lease_until",
    "progress",
    "last_error",
    "created_at",
    "finished_at",
    "name",
}
SUMMARY = {"id", "name", "sha256", "size", "kind", "device", "captured_at", "captured_at_origin", "status", "reasons"}
VIEW = {
    "id",
    "name",
    "sha256",
    "sightings",
    "captured_at",
    "captured_at_origin",
    "media",
    "position",
    "derivatives",
    "jobs",
    "status",
    "reasons",
    "lock",
}


def by_name(filled: Filled, name: str) -> str:
    (line,) = [line for line in filled.said if line["path"] == filled.path(name)]
    return str(line["recording_id"])


def test_ingest_says_what_became_of_each_path(filled: Filled) -> None:
    assert {line["path"] for line in filled.said} == {filled.path(name) for name in (VIDEO, SIDE, PHOTO, DAMAGED)}
    for line in filled.said:
        content = (filled.card / line["path"]).read_bytes()
        assert set(line) == TAKEN
        assert (line["outcome"], line["reason"]) == ("secured", None)
        assert (line["size"], line["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_find_says_the_same_on_every_line(filled: Filled) -> None:
    found = filled.zhilu.lines("find")
    assert len({frozenset(line) for line in found}) == 1
    assert set(found[0]) >= SUMMARY
    assert {line["name"]: line["status"] for line in found} == {
        VIDEO: "ready",
        SIDE: "ready",
        PHOTO: "ready",
        DAMAGED: "attention",
    }


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        (("0009",), [DAMAGED]),
        (("--attention",), [DAMAGED]),
        (("--kind", "photo"), [PHOTO]),
        (("--kind", "photo", "--kind", "sidecar"), [PHOTO, SIDE]),
        (("--device", "1234567", "--to", "2026-03-01T10:30"), [VIDEO, SIDE]),
        (("--from", "2026-03-02"), []),
        (("%",), []),
    ],
    ids=str,
)
def test_find_takes_criteria(filled: Filled, criteria: tuple[str, ...], names: list[str]) -> None:
    found = filled.zhilu.lines("find", *criteria)
    assert sorted(line["name"] for line in found) == sorted(names)


def test_find_gives_whole_values_through_a_pipe(filled: Filled) -> None:
    said = filled.zhilu("find")
    lines = said.splitlines()
    assert len(lines) == 5
    for name in (VIDEO, SIDE, PHOTO, DAMAGED):
        (line,) = [line for line in lines if name in line]
        assert "2026-03-01 10:3" in line
        assert "1234567" in line
    narrow = filled.zhilu.having(COLUMNS="20")("find")
    assert narrow == said


def test_show_says_everything_of_a_video(filled: Filled) -> None:
    view = filled.zhilu.one("show", by_name(filled, VIDEO))
    assert set(view) >= VIEW
    assert (view["id"], view["name"]) == (by_name(filled, VIDEO), VIDEO)
    assert view["sha256"] == hashlib.sha256((filled.card / VIDEO).read_bytes()).hexdigest()
    assert [sighting["path"] for sighting in view["sightings"]] == [filled.path(VIDEO)]
    assert (view["captured_at"], view["captured_at_origin"]) == ("2026-03-01T10:30:00+08:00", "name")
    media = view["media"]
    assert (media["kind"], media["codec"], media["width"], media["height"]) == ("video", "h264", 320, 240)
    assert media["duration_s"] == pytest.approx(2.0, abs=0.05)
    assert media["orientation"] in {0, None}
    position = view["position"]
    assert (position["latitude"], position["longitude"]) == (28.486, 98.911)
    assert position["origin"]
    assert {"poster", "storyboard"} <= {derivative["kind"] for derivative in view["derivatives"]}
    assert [(job["kind"], job["state"]) for job in view["jobs"]] == [
        ("probe", "done"),
        ("derive", "done"),
        ("match", "done"),
        ("manifest", "done"),
    ]
    assert (view["status"], view["reasons"]) == ("ready", [])
    lock = view["lock"]
    assert (lock["reported"], lock["mode"]) == (True, "governance")
    # The first lock, whose days begin just before the original is on record.
    lasts = datetime.fromisoformat(lock["retain_until"]) - datetime.fromisoformat(view["secured_at"])
    assert timedelta(91) < lasts <= timedelta(92)


def test_show_says_how_a_photo_is_held(filled: Filled) -> None:
    view = filled.zhilu.one("show", by_name(filled, PHOTO))
    assert (view["media"]["kind"], view["media"]["orientation"], view["media"]["duration_s"]) == ("photo", 6, None)
    assert view["position"] is None


def test_show_says_what_is_wrong_and_exits_with_it(filled: Filled) -> None:
    view = filled.zhilu.one("show", by_name(filled, DAMAGED), code=1)
    assert view["status"] == "attention"
    assert [reason["code"] for reason in view["reasons"]] == ["no_index", "undecodable"]
    said = filled.zhilu("show", by_name(filled, DAMAGED), code=1)
    assert DAMAGED in said
    assert view["sha256"] in said


def test_a_digest_or_the_beginning_of_either_names_a_recording(filled: Filled) -> None:
    view = filled.zhilu.one("show", by_name(filled, VIDEO))
    for name in (view["sha256"], view["sha256"][:12], view["sha256"].upper()):
        assert filled.zhilu.one("show", name)["id"] == view["id"]


def test_jobs_says_every_job(filled: Filled) -> None:
    assert filled.zhilu.lines("jobs") == []
    every = filled.zhilu.lines("jobs", "--all")
    assert {frozenset(line) for line in every} == {frozenset(JOB)}
    assert {line["state"] for line in every} == {"done"}
    assert len(filled.zhilu.lines("jobs", "--all", "--limit", "3")) == 3


def test_doctor_says_every_check(filled: Filled) -> None:
    checks = filled.zhilu.lines("doctor")
    assert {frozenset(check) for check in checks} == {frozenset({"check", "state", "facts", "message"})}
    names = [check["check"] for check in checks]
    assert names == [
        "tools",
        "room",
        "catalog",
        "clock",
        "custody",
        "jobs",
        "intake",
        "locks",
        "retention",
        "fixity",
        "verification",
        "immutability",
        "store",
        "originals",
        "dispatch",
    ]
    assert {check["state"] for check in checks} == {"ok"}
    assert all(check["message"] for check in checks)


def test_an_empty_register_has_no_cases(filled: Filled) -> None:
    assert set(filled.zhilu.one("register", "show")) == {
        "agencies",
        "officers",
        "devices",
        "assignments",
        "cases",
        "activities",
    }
    assert filled.zhilu.lines("case", "list") == []


def test_chinese_is_spoken_where_it_is_asked_for(filled: Filled) -> None:
    from dataclasses import replace

    chinese = replace(filled.zhilu, language="zh_CN.UTF-8")
    assert "就绪" in chinese("find")
    assert "需要处理" in chinese("show", by_name(filled, DAMAGED), code=1)
    assert "没有" in chinese("show", "ffff", code=2)


def test_chinese_output_has_no_english_sentence(filled: Filled) -> None:
    from dataclasses import replace

    chinese = replace(filled.zhilu, language="zh_CN.UTF-8")
    view = filled.zhilu.one("show", by_name(filled, DAMAGED), code=1)
    said = chinese("show", by_name(filled, DAMAGED), code=1)
    assert "没有一帧可以解码。" in said
    assert "治理模式" in said
    assert "识别内容: 完成" in said
    assert "governance" not in said
    assert view["reasons"]
    for reason in view["reasons"]:
        assert reason["message"] not in said
        assert reason["message"] in filled.zhilu("show", by_name(filled, DAMAGED), code=1)
    assert "视频" in chinese("find")


def test_find_says_when_the_register_does_not_know_what_is_asked_for(filled: Filled) -> None:
    from tests.api.cli.conftest import forks

    for option, value, text in (
        ("--case", "案", "no case 案"),
        ("--officer", "和", "no officer 和"),
        ("--device", "9", "no device 9"),
    ):
        code, _, err = forks("C.UTF-8").run(filled.zhilu, ["find", option, value])
        assert (code, f"The register knows {text}." in err) == (0, True)
    _, _, err = forks("C.UTF-8").run(filled.zhilu, ["find", "nothing of the kind"])
    assert "register" not in err


@pytest.mark.parametrize("option", [("--from", "0001-01-01"), ("--to", "9999-12-31")], ids=str)
def test_the_ends_of_time_are_a_wrong_criterion(filled: Filled, option: tuple[str, str]) -> None:
    assert option[1] in filled.zhilu("find", *option, code=2)


# --- what waits, and for whom -----------------------------------------------------------------------------------


@pytest.fixture
def queued(zhilu: Zhilu, tmp_path: Path) -> Zhilu:
    """One recording with its first job on the ledger, and nobody who works."""
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "a.txt").write_text("evidence")
    zhilu("ingest", tmp_path / "card")
    return zhilu


@pytest.mark.parametrize(
    ("language", "word", "note"),
    [("C.UTF-8", "waiting", "Nobody is working"), ("zh_CN.UTF-8", "等待处理", "没有进程在处理")],
)
def test_what_nobody_works_on_is_said_to_wait(queued: Zhilu, language: str, word: str, note: str) -> None:
    here = Zhilu(queued.folder, queued.home, language)
    identity = queued.one("find")["id"]
    assert queued.one("find")["status"] == "working", "programs are told the same as ever"
    for command in (("find",), ("show", identity)):
        assert word in here(*command)
        assert note not in run_whole(here, *command), "it has only just become due"
    with contextlib.closing(sqlite3.connect(queued.home / "catalog.sqlite3")) as catalog:
        catalog.execute("UPDATE job SET due_at = '2026-01-01T00:00:00.000000+00:00'")
        catalog.commit()
    for command in (("find",), ("show", identity)):
        assert note in run_whole(here, *command)
        assert "2026-01-01 08:00:00 +08:00" in run_whole(here, *command)


def run_whole(zhilu: Zhilu, *command: str) -> str:
    """What it writes to standard output and to standard error."""
    process = zhilu.start(*command)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    return out + err


# --- times ------------------------------------------------------------------------------------------------------


def test_people_are_shown_times_in_their_own_zone_and_programs_in_utc(queued: Zhilu) -> None:
    here = queued.having(ZHILU_ZONE="Asia/Kathmandu")
    identity = queued.one("find")["id"]
    here("storage", "probe", code=1)
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+05:45"
    shown = here("show", identity)
    lock = here.one("show", identity)["lock"]
    until = datetime.fromisoformat(lock["retain_until"])
    assert until.utcoffset() == timedelta(0)
    assert f"{until.astimezone(ZoneInfo('Asia/Kathmandu')):%Y-%m-%d %H:%M:%S} +05:45" in shown
    assert len(re.findall(stamp, shown)) == 2, "the end of the lock, and when the store was probed"
    assert re.search(rf"clock\s+{stamp}\n", here("doctor"))
    (clock,) = [line for line in here.lines("doctor") if line["check"] == "clock"]
    assert datetime.fromisoformat(clock["facts"]["now"]).utcoffset() == timedelta(0)
    for said in (shown, here("doctor"), here("find")):
        assert not re.search(r"\d\dT\d\d:", said)


def test_what_a_camera_said_of_its_time_is_shown_in_the_zone_of_the_agency(filled: Filled) -> None:
    there = filled.zhilu.having(ZHILU_ZONE="Asia/Kathmandu")
    identity = by_name(filled, VIDEO)
    assert "2026-03-01 08:15:00 +05:45" in there("show", identity)
    assert "2026-03-01 08:15:00 +05:45" in there("find", VIDEO)
    assert there.one("show", identity)["captured_at"] == "2026-03-01T10:30:00+08:00", "as it was written"
