"""Registers, cases, links and jobs by the command line: from tables of an agency to a decision of a person."""

import sqlite3
from pathlib import Path

import pytest

from tests.api.cli.conftest import ACCOUNT, Zhilu

TABLES = {
    "agencies": "code,name,parent_code,level\n533400,市场监督管理局,,county\n",
    "officers": "certificate_number,name,agency_code,device_code\n53340012345,扎西,533400,012345\n",
    "devices": "serial,model,agency_code\n1234567,DSJ-A9,533400\n",
    "assignments": "device_serial,certificate_number,from,to\n1234567,53340012345,2026-01-01T00:00,\n",
    "cases": "number,cause,category,status,agency_code\n德市监罚〔2026〕12号,无证经营,penalty,open,533400\n",
    "activities": "number,case_number,stage,officers,agency_code,place,started_at,ended_at\n"
    "HD-1,德市监罚〔2026〕12号,investigation,53340012345,533400,升平镇,2026-03-01T10:20,2026-03-01T11:00\n",
}
CASE = "德市监罚〔2026〕12号"
CASE_KEYS = {
    "id",
    "number",
    "cause",
    "category",
    "status",
    "agency_id",
    "opened_at",
    "closed_at",
    "archive_tier",
    "recordings",
}
LINK_KEYS = {"id", "recording_id", "case_id", "state", "origin", "stage", "score", "reasons", "name", "sha256"}


def write_tables(folder: Path) -> list[Path]:
    paths = []
    for name, content in TABLES.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(content, "utf-8")
    return paths


def test_a_register_that_is_imported_afterwards_links_and_a_person_decides(zhilu: Zhilu) -> None:
    sound = zhilu.folder / "012345_1234567_20260301103000_0007.wav"
    sound.write_bytes(b"RIFF" + (36 + 16000).to_bytes(4, "little") + _wave_header() + bytes(16000))
    (taken,) = zhilu.lines("ingest", "--wait", sound)
    recording = taken["recording_id"]
    assert zhilu.one("show", recording)["links"] == []

    imported = zhilu.lines("register", "import", *write_tables(zhilu.folder))
    assert [line["added"] for line in imported] == [1] * 6
    assert {line["errors"] for line in imported} == {0}
    assert zhilu.one("register", "show") == dict.fromkeys(TABLES, 1)
    (waiting,) = zhilu.lines("jobs")
    assert (waiting["kind"], waiting["state"]) == ("match", "waiting")
    zhilu("ingest", "--wait", sound)

    (listed,) = zhilu.lines("case", "list")
    assert set(listed) == CASE_KEYS
    assert (listed["number"], listed["recordings"]) == (CASE, 1)
    shown = zhilu.one("case", "show", CASE)
    assert set(shown) == CASE_KEYS | {"activities"}
    (link,) = shown["recordings"]
    assert set(link) >= LINK_KEYS
    assert (link["recording_id"], link["state"], link["origin"]) == (recording, "suggested", "matched")
    assert zhilu.lines("find", "--case", CASE)[0]["id"] == recording
    assert zhilu.lines("find", "--officer", "扎西")[0]["id"] == recording
    for said in (zhilu("case", "list"), zhilu("case", "show", CASE), zhilu("show", recording), zhilu("find")):
        assert CASE in said

    zhilu("link", "confirm", recording, CASE, "--stage", "service", "--purpose", "归档")
    (link,) = zhilu.one("show", recording)["links"]
    assert (link["state"], link["stage"], link["decided_by"]) == ("confirmed", "service", ACCOUNT)
    zhilu("link", "reject", recording, CASE)
    assert zhilu.one("case", "show", CASE)["recordings"] == []
    zhilu("link", "add", recording, CASE)
    assert zhilu.one("case", "show", CASE)["recordings"][0]["state"] == "confirmed"
    for typed in (CASE.replace("〔", "[").replace("〕", "]"), CASE.replace("〔", "(").replace("〕", ")")):
        assert zhilu.lines("find", "--case", typed)[0]["id"] == recording
        zhilu("link", "add", recording, typed)  # said already: neither written nor logged again
    told = [each["action"] for each in zhilu.lines("custody", "show", recording) if "link" in each["action"]]
    assert told == ["link suggested", "linked", "link rejected", "linked"]
    assert CASE in zhilu("custody", "show", recording)
    another = zhilu.folder / "another.txt"
    another.write_text("of nothing")
    (taken,) = zhilu.lines("ingest", another)
    for decision in ("reject", "confirm"):
        assert "zhilu link add" in zhilu("link", decision, taken["recording_id"], CASE, code=2)
    assert not [
        each for each in zhilu.lines("custody", "show", taken["recording_id"]) if each["action"].startswith("link")
    ]


def _wave_header() -> bytes:
    form = (1).to_bytes(2, "little") * 2 + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little")
    return b"WAVEfmt " + (16).to_bytes(4, "little") + form + b"\x02\x00\x10\x00data" + (16000).to_bytes(4, "little")


def test_wrong_lines_are_listed_and_nothing_is_written(zhilu: Zhilu) -> None:
    path = zhilu.folder / "agencies.csv"
    path.write_text("code,name,parent_code,level\n1,x,,county\n2,y,,planet\n", "utf-8")
    *errors, total = zhilu.lines("register", "import", path, code=1)
    assert [error["line"] for error in errors] == [3]
    assert (total["errors"], total["added"]) == (1, 0)
    assert zhilu.one("register", "show")["agencies"] == 0


def test_a_table_made_from_the_columns_that_are_told_is_taken(zhilu: Zhilu) -> None:
    columns = zhilu.lines("register", "columns", "agencies")
    assert {column["register"] for column in columns} == {"agencies"}
    required = [column for column in columns if column["required"]]
    path = zhilu.folder / "机构.csv"
    cells = [column["words"][0]["chinese"] if column["words"] else "甲" for column in required]
    path.write_text("\n".join(",".join(line) for line in ([each["chinese"] for each in required], cells)), "utf-8")
    assert zhilu.one("register", "import", path)["added"] == 1


def test_every_register_is_told_with_its_headers_in_both_languages(zhilu: Zhilu) -> None:
    told = {column["register"] for column in zhilu.lines("register", "columns")}
    assert told == set(TABLES)
    assert "执法证号" in zhilu("register", "columns", "officers")
    assert "device_code" in zhilu("register", "columns", "officers")


def test_a_dry_run_writes_nothing(zhilu: Zhilu) -> None:
    path = write_tables(zhilu.folder)[0]
    assert zhilu.one("register", "import", "--dry-run", path)["added"] == 1
    assert zhilu.one("register", "show")["agencies"] == 0


def test_several_tables_are_one_import(zhilu: Zhilu) -> None:
    paths = write_tables(zhilu.folder)
    dry = zhilu.lines("register", "import", "--dry-run", *paths)
    assert [(line["errors"], line["added"], line["written"]) for line in dry] == [(0, 1, False)] * len(paths)
    wrong = zhilu.folder / "wrong.csv"
    wrong.write_text("code,name,parent_code,level\n2,y,,planet\n", "utf-8")
    said = zhilu("register", "import", *paths, wrong, code=1)
    assert said.count("since another table has errors") == len(paths)
    assert set(zhilu.one("register", "show").values()) == {0}
    assert all(line["written"] for line in zhilu.lines("register", "import", *paths))


@pytest.fixture
def failed(zhilu: Zhilu) -> str:
    """The id of a job that was given up."""
    (zhilu.folder / "a.txt").write_text("x")
    zhilu("ingest", zhilu.folder / "a.txt")
    (job,) = zhilu.lines("jobs")
    with sqlite3.connect(zhilu.home / "catalog.sqlite3") as connection:
        connection.execute("UPDATE job SET state = 'failed', attempts = 5, last_error = 'The store is away.'")
    connection.close()
    return str(job["id"])


def test_a_failed_job_is_told_with_its_reason_and_retried(zhilu: Zhilu, failed: str) -> None:
    (job,) = zhilu.lines("jobs", "--failed", code=1)
    assert (job["id"], job["last_error"], job["name"]) == (failed, "The store is away.", "a.txt")
    assert "The store is away." in zhilu("jobs", code=1)
    assert zhilu.one("find", "--attention")["status"] == "attention"
    states = {line["check"]: line["state"] for line in zhilu.lines("doctor", code=1)}
    assert states["jobs"] == "attention"
    zhilu("retry", failed)
    (job,) = zhilu.lines("jobs")
    assert (job["state"], job["attempts"], job["last_error"]) == ("waiting", 0, None)
    zhilu("ingest", "--wait", zhilu.folder / "a.txt")
    assert "nothing to do again" in zhilu("retry", failed, code=2)


def test_all_failed_jobs_are_retried_at_once(zhilu: Zhilu, failed: str) -> None:
    zhilu("retry", "--failed")
    assert [(job["id"], job["state"]) for job in zhilu.lines("jobs")] == [(failed, "waiting")]
    zhilu("retry", "--failed")
