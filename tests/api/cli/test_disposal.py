"""Disposal and holds by the command line, and every way in which one person might try to go it alone."""

import csv
import sqlite3
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.api.cli.conftest import Zhilu
from tests.api.cli.test_approvers import founded, sources

SCHEDULE = """
id = "own"
version = "1"
name = { zh = "自定", en = "Own" }

[[rule]]
id = "general"
name = { zh = "一般", en = "All" }
keep = "6 months"
basis = { zh = "本机关规定", en = "Our own" }
verified = true
"""
NAME = "012345_1234567_20250301103000_0007.txt"


@pytest.fixture
def agency(zhilu: Zhilu) -> Zhilu:
    """Two approvers, a schedule in force, and a recording of last year that nobody needs any more."""
    program = zhilu.having(ZHILU_LOCK__FIRST_DAYS="1", ZHILU_LOCK__RENEW_DAYS_BEFORE="0")
    founded(program)
    (program.folder / "own.toml").write_text(SCHEDULE, "utf-8")
    program("retention", "schedule", "load", program.folder / "own.toml")
    program(
        "retention", "schedule", "propose", "own", "--by", "扎西", "--reason", "ours", *sources(program.folder, "扎西")
    )
    program("retention", "schedule", "activate", "own", "--yes", "--by", "卓玛", *sources(program.folder, "卓玛"))
    (program.folder / NAME).write_text("what was said")
    (taken,) = program.lines("ingest", "--wait", program.folder / NAME)
    program("retention", "classify", taken["recording_id"], "ordinary", "--reason", "nothing happened")
    return program


def submitted(agency: Zhilu) -> dict[str, str]:
    made: dict[str, str] = agency.one("retention", "plan", "--reason", "its time is over", "--submit")
    return made


def approve(agency: Zhilu, made: dict[str, str], name: str, *more: str, code: int = 0) -> str:
    words = ("retention", "approve", made["number"], "--as", name, "--reason", "looked through")
    return agency(*words, "--list", made["list_sha256"], *sources(agency.folder, name), *more, code=code)


def recordings_in(agency: Zhilu) -> list[str]:
    return [each["id"] for each in agency.lines("find")]


def test_a_plan_changes_nothing_and_says_what_would_go(agency: Zhilu) -> None:
    told = agency.one("retention", "plan", "--reason", "look", "--csv", "a.csv", "--xlsx", "a.xlsx")
    assert (told["recordings"], told["would_go"], told["left_out"], told["number"]) == (1, 1, {}, None)
    assert agency.lines("retention", "list", "--all") == []
    with (agency.folder / "a.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    sheet = load_workbook(agency.folder / "a.xlsx").active
    assert sheet is not None
    assert [row[1] for row in rows[1:]] == [NAME] == [row[1] for row in list(sheet.values)[1:]]


def test_two_people_approve_and_it_can_be_taken_back(agency: Zhilu) -> None:
    made = submitted(agency)
    approve(agency, made, "扎西")
    approve(agency, made, "卓玛")
    (listed,) = agency.lines("retention", "list")
    assert (listed["state"], listed["approved_by"]) == ("approved", ["扎西", "卓玛"])
    agency("retention", "execute", made["number"], code=1)
    assert agency("retention", "execute", "--due") == ""
    agency("retention", "recover", made["number"], "--reason", "asked for")
    shown = agency.one("retention", "show", made["number"])
    assert (shown["state"], [each["state"] for each in shown["items"]]) == ("recovered", ["recovered"])
    assert len(recordings_in(agency)) == 1


def test_one_person_under_two_names_of_the_machine(agency: Zhilu) -> None:
    """Logins, variables of the environment and a second approval of the same person are one person's word."""
    made = submitted(agency)
    approve(agency, made, "扎西")
    posing = agency.having(LOGNAME="卓玛", USER="卓玛")
    approve(posing, made, "扎西", code=1)
    words = ("retention", "approve", made["number"], "--as", "卓玛", "--reason", "x", "--list", made["list_sha256"])
    posing(*words, code=2)
    wrong = posing.folder / "wrong.txt"
    wrong.write_text("sings on the way home")
    wrong.chmod(0o600)
    posing(*words, "--passphrase-from", f"卓玛={wrong}", code=1)
    assert agency.lines("retention", "list")[0]["state"] == "planned"
    agency("retention", "execute", made["number"], code=1)


def test_another_list_than_the_one_that_was_shown(agency: Zhilu) -> None:
    made = submitted(agency)
    approve(agency, {**made, "list_sha256": "0" * 64}, "扎西", code=1)
    assert agency.lines("retention", "list")[0]["approved_by"] == []


def test_nobody_is_asked_which_list_without_a_terminal(agency: Zhilu) -> None:
    made = submitted(agency)
    words = ("retention", "approve", made["number"], "--as", "扎西", "--reason", "x", *sources(agency.folder, "扎西"))
    assert "--list" in agency(*words, code=2)


def test_a_list_cannot_wait_for_less_than_seven_days(agency: Zhilu) -> None:
    agency.having(ZHILU_DISPOSAL__RECOVERABLE_DAYS="6")("retention", "list", code=2)


def test_holds_of_a_court_keep_it_off_the_list(agency: Zhilu) -> None:
    (recording,) = recordings_in(agency)
    (agency.folder / "order.pdf").write_bytes(b"%PDF order")
    words = ("hold", "place", "--authority", "德钦县人民法院", "--document", "〔2026〕7号", "--reason", "appeal")
    number = agency(*words, "--file", "order.pdf", "--recording", recording).strip()
    shown = agency.one("hold", "show", number)
    assert (shown["covered"], len(shown["document_sha256"])) == ([recording], 64)
    agency("hold", "follow")
    assert agency.one("show", recording)["lock"]["held"] is True
    assert agency.one("retention", "plan", "--reason", "look")["left_out"]["hold"]["recordings"] == 1
    agency("retention", "plan", "--reason", "look", "--submit", code=1)
    agency("hold", "release", number, "--document", "〔2026〕8号", "--reason", "decided")
    agency("hold", "release", number, "--document", "〔2026〕8号", "--reason", "decided", code=1)
    assert agency.lines("hold", "list") == []
    assert [each["released_by"] for each in agency.lines("hold", "list", "--all")] != [None]
    again = agency.one("retention", "plan", "--reason", "look")
    assert (again["would_go"], again["left_out"]) == (1, {})


def test_what_was_disposed_of_is_said_to_be(agency: Zhilu) -> None:
    (recording,) = recordings_in(agency)
    made = submitted(agency)
    with sqlite3.connect(agency.home / "catalog.sqlite3") as past_the_program:
        past_the_program.execute("UPDATE recording SET leaving_since = secured_at, disposed_at = secured_at")
        past_the_program.execute("UPDATE disposal_item SET state = 'deleted'")
    agency("get", recording, "-o", "out.txt", code=1)
    assert not (agency.folder / "out.txt").exists()
    shown = agency.lines("show", recording)[0]
    assert (shown["disposed_under"], shown["playback"]["why"][0]["code"]) == (made["number"], "disposed")
    (again,) = agency.lines("ingest", agency.folder / NAME)
    assert again["outcome"] == "secured"
    assert again["recording_id"] != recording
    assert agency.one("show", again["sha256"])["id"] == again["recording_id"]


def test_there_is_no_certificate_before_anything_went(agency: Zhilu, tmp_path: Path) -> None:
    made = submitted(agency)
    agency("retention", "certificate", made["number"], "--pdf", tmp_path / "c.pdf", code=2)
    assert not (tmp_path / "c.pdf").exists()
