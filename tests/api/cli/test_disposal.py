"""Disposal and holds by the command line, and every way in which one person might try to go it alone."""

import csv
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.api.cli.conftest import Zhilu
from tests.api.cli.test_approvers import founded, sources
from tests.retention.disposing import SCHEDULE

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


def tables(folder: Path) -> tuple[list[list[str]], list[list[object]]]:
    with (folder / "a.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    sheet = load_workbook(folder / "a.xlsx").active
    assert sheet is not None
    return rows, [list(row) for row in sheet.values]


def test_a_plan_changes_nothing_and_says_what_would_go(agency: Zhilu) -> None:
    told = agency.one("retention", "plan", "--reason", "look", "--csv", "a.csv", "--xlsx", "a.xlsx")
    assert (told["recordings"], told["would_go"], told["left_out"], told["number"]) == (1, 1, {}, None)
    assert agency.lines("retention", "list", "--all") == []
    rows, sheet = tables(agency.folder)
    assert [row[1] for row in rows[1:]] == [NAME] == [row[1] for row in sheet[1:]]


def test_each_column_of_a_plan_has_a_heading_of_its_own_and_times_are_local(agency: Zhilu) -> None:
    for language in ("C.UTF-8", "zh_CN.UTF-8"):
        program = replace(agency, language=language)
        program("retention", "plan", "--reason", "x", "--csv", "a.csv", "--xlsx", "a.xlsx", "--force")
        assert (agency.folder / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
        (headings, *rows), sheet = tables(agency.folder)
        assert len(set(headings)) == len(headings)
        assert headings == sheet[0]
        assert [cell for cell in rows[0] if re.search(r"\+00:00|Z$", cell)] == []
        assert sum(cell.endswith(" +08:00") for cell in rows[0]) == 3
        assert (headings[0] == "原始记录编号") is (language == "zh_CN.UTF-8")


@pytest.mark.parametrize("option", ["--csv", "--xlsx"])
def test_a_file_that_is_there_is_not_replaced_without_a_word(agency: Zhilu, option: str) -> None:
    there = agency.folder / "mine.txt"
    there.write_text("mine")
    words = ("retention", "plan", "--reason", "x", option, "mine.txt")
    assert "--force" in agency(*words, code=2)
    assert there.read_text() == "mine"
    agency(*words, "--force")
    assert there.read_bytes() != b"mine"
    assert agency("retention", "plan", "--reason", "x", option, "away/a.csv", code=2).count("\n") == 1


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


def test_a_list_whose_rows_were_changed_is_not_shown_as_what_was_put_on_record(agency: Zhilu) -> None:
    made = submitted(agency)
    shown = agency.one("retention", "show", made["number"])
    assert (shown["list_sha256_now"], shown["list_as_told"]) == (made["list_sha256"], True)
    assert shown["items"][0]["name"] == NAME
    assert NAME in agency("retention", "show", made["number"])
    with sqlite3.connect(agency.home / "catalog.sqlite3") as past_the_program:
        past_the_program.execute("UPDATE disposal_item SET rule = 'another'")
    now = agency.one("retention", "show", made["number"], code=1)
    assert now["list_as_told"] is False
    said = agency("retention", "show", made["number"], code=1)
    assert "no longer is the one" in said
    assert now["list_sha256_now"] in said
    with sqlite3.connect(agency.home / "catalog.sqlite3") as past_the_program:
        past_the_program.execute("UPDATE disposal SET list_sha256 = ?", [now["list_sha256_now"]])
    assert agency.one("retention", "show", made["number"], code=1)["list_as_told"] is False


def test_a_second_word_of_the_same_person_is_told_as_that(agency: Zhilu) -> None:
    made = submitted(agency)
    approve(agency, made, "扎西")
    words = ("retention", "approve", made["number"], "--as", "扎西", "--reason", "x", "--list", made["list_sha256"])
    told = agency.having(ZHILU_LANGUAGE="en").refused(*words, *sources(agency.folder, "扎西"), code=1)
    assert "another approver must give the second one" in told
    assert "proposed" not in told


def test_a_due_list_that_is_refused_is_told_of(agency: Zhilu) -> None:
    made = submitted(agency)
    approve(agency, made, "扎西")
    approve(agency, made, "卓玛")
    assert "can still be taken back" in agency.refused("retention", "execute", "--due", code=0)
    with sqlite3.connect(agency.home / "catalog.sqlite3") as past_the_program:
        past_the_program.execute("UPDATE disposal_item SET rule = 'another'")
    told = agency.refused("retention", "execute", "--due", code=1)
    assert made["number"] in told
    assert "is not the one that was approved" in told
    assert "level=" not in told
    assert len(recordings_in(agency)) == 1


def test_what_is_locked_in_the_store_is_told_with_until_when(agency: Zhilu) -> None:
    with sqlite3.connect(agency.home / "catalog.sqlite3") as past_the_program:
        past_the_program.execute("UPDATE recording SET locked_until = '2036-03-01T02:30:00.000000+00:00'")
    left = agency.one("retention", "plan", "--reason", "look")["left_out"]["locked"]
    assert left["first_until"] == left["last_until"] == "2036-03-01T02:30:00+00:00"
    assert "2036-03-01 10:30:00 +08:00" in agency("retention", "plan", "--reason", "look")


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
