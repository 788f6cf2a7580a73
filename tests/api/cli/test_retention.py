"""`zhilu retention`: classified, put in force by two people, explained in both languages, deadlines as a file."""

import csv
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.api.cli.conftest import Zhilu

SECRETS = {"Li Na": "seven horses cross the river", "Wang Wei": "a kettle sings at midnight"}
NAME = "012345_1234567_20260301103000_0007.txt"


@pytest.fixture
def enrolled(zhilu: Zhilu, tmp_path: Path) -> dict[str, str]:
    """Two approvers; by name the file that holds the passphrase."""
    files = {}
    for name, secret in SECRETS.items():
        file = tmp_path / name.replace(" ", "")
        file.write_text(secret)
        file.chmod(0o600)
        files[name] = f"{name}={file}"
        zhilu("approver", "enrol", name, "--passphrase-from", files[name])
    return files


@pytest.fixture
def recorded(zhilu: Zhilu, tmp_path: Path) -> str:
    folder = tmp_path / "card"
    folder.mkdir()
    (folder / NAME).write_text("what was said")
    taken = json.loads(zhilu("ingest", str(folder), "--json").splitlines()[-1])
    return str(taken["recording_id"])


def test_from_no_schedule_to_a_decision_with_its_reasons(zhilu: Zhilu, enrolled: dict[str, str], recorded: str) -> None:
    before = json.loads(zhilu("retention", "explain", recorded, "--json", code=1))
    assert (before["outcome"], before["schedule"]) == ("undecided", None)
    li, wang = (
        ("--by", "Li Na", "--passphrase-from", enrolled["Li Na"]),
        (
            "--by",
            "Wang Wei",
            "--passphrase-from",
            enrolled["Wang Wei"],
        ),
    )
    zhilu("retention", "schedule", "load", "cn-permanent")
    zhilu("retention", "schedule", "propose", "cn-permanent", "--reason", "as decided", *li)
    zhilu("retention", "schedule", "activate", "cn-permanent", "--yes", *li, code=1)
    effect = json.loads(zhilu("retention", "schedule", "activate", "cn-permanent", "--dry-run", "--json"))
    assert effect["effect"]["recordings"] == 1
    zhilu("retention", "schedule", "activate", "cn-permanent", *wang, code=2)  # nobody agreed to its effect
    zhilu("retention", "schedule", "activate", "cn-permanent", "--yes", *wang)
    listed = [json.loads(line) for line in zhilu("retention", "schedule", "list", "--json").splitlines()]
    assert [each["schedule"] for each in listed if each["state"] == "in force"] == ["cn-permanent"]

    after = json.loads(zhilu("retention", "explain", recorded, "--json"))
    assert (after["outcome"], after["rule"]["id"], after["rule"]["basis"]["verified"]) == ("forever", "permanent", True)
    assert json.loads(zhilu("show", recorded, "--json"))["retention"]["outcome"] == "forever"
    assert "焦作市司法局" in zhilu("retention", "explain", recorded)


def test_what_a_person_says_of_a_recording(zhilu: Zhilu, recorded: str) -> None:
    zhilu("retention", "classify", recorded, "evidence", "--reason", "used in court")
    zhilu("retention", "classify", recorded, "evidence", "--reason", "again", code=1)
    zhilu("retention", "declassify", recorded, "evidence", "--reason", "a mistake")
    zhilu("retention", "declassify", recorded, "evidence", "--reason", "again", code=1)
    zhilu("retention", "classify", recorded, "nonsense", "--reason", "x", code=2)


def test_a_schedule_that_is_wrong_is_refused_with_its_line(zhilu: Zhilu, tmp_path: Path) -> None:
    text = zhilu("retention", "schedule", "show", "us-ca", "--toml")
    (tmp_path / "own.toml").write_text(text.replace('keep = "60 days"', 'keep = "60 dags"'))
    process = zhilu.start("retention", "schedule", "load", str(tmp_path / "own.toml"))
    _out, err = process.communicate(timeout=90)
    assert process.returncode == 1
    line = 1 + text.splitlines().index('keep = "60 days"')
    assert err.startswith(f"own.toml, line {line}: 60 dags is no period")
    assert len(err.strip().splitlines()) == 1


def test_deadlines_as_files(zhilu: Zhilu, enrolled: dict[str, str], recorded: str, tmp_path: Path) -> None:
    zhilu("retention", "deadlines", code=1)  # none is in force
    zhilu("retention", "schedule", "load", "cn-yunnan-draft")
    for verb, name, more in (("propose", "Li Na", ["--reason", "r"]), ("activate", "Wang Wei", ["--yes"])):
        given = ("--by", name, "--passphrase-from", enrolled[name])
        zhilu("retention", "schedule", verb, "cn-yunnan-draft", *given, *more)
    table, book = tmp_path / "d.csv", tmp_path / "d.xlsx"
    zhilu("retention", "deadlines", "--csv", str(table), "--xlsx", str(book))
    with table.open(encoding="utf-8-sig") as opened:
        headers, row = list(csv.reader(opened))
    sheet = load_workbook(book).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == headers
    assert dict(zip(headers, row, strict=True))["recordings"] == "1"
    told = json.loads(zhilu("retention", "deadlines", "--json"))
    assert (told["recordings"], told["judged"], told["time_unknown"], told["share_in_time"]) == (1, 0, 1, None)
    assert recorded
