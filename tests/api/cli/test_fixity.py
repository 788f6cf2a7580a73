"""`zhilu fixity`: from a folder that was tampered with to a repair from a replica, as people run it."""

import json
import shutil
from pathlib import Path

from tests.api.cli.conftest import Zhilu


def _secured(zhilu: Zhilu, tmp_path: Path) -> str:
    card = tmp_path / "card"
    card.mkdir()
    (card / "a.txt").write_text("evidence")
    return str(zhilu.one("ingest", card)["recording_id"])


def _tamper(zhilu: Zhilu) -> None:
    (data,) = (zhilu.home / "objects" / "objects" / "originals").rglob("data")
    data.chmod(0o644)
    data.write_text("evidenzz")


def test_nothing_is_never_complete(zhilu: Zhilu) -> None:
    found = zhilu.one("fixity", "status")
    assert (found["state"], found["versions"], found["checked"]) == ("nothing", 0, 0)
    assert "could be read again" in zhilu("fixity", "status")


def test_what_was_tampered_with_is_found_held_told_by_all_and_repaired(zhilu: Zhilu, tmp_path: Path) -> None:
    identity = _secured(zhilu, tmp_path)
    shutil.copytree(zhilu.home / "objects", tmp_path / "replica")
    assert zhilu.one("fixity", "status")["state"] == "under way"
    check, summary = zhilu.lines("fixity", "run", "--all")
    assert (check["outcome"], summary["versions"], summary["intact"]) == ("intact", 1, 1)
    assert zhilu.one("fixity", "status")["state"] == "complete"
    _tamper(zhilu)
    check, summary = zhilu.lines("fixity", "run", identity, code=1)
    assert (check["outcome"], summary["differs"]) == ("differs", 1)
    status = zhilu.one("fixity", "status", code=1)
    assert (status["state"], status["damaged_recordings"]) == ("damaged", [identity])
    doctor = {line["check"]: line for line in zhilu.lines("doctor", code=1)}
    assert doctor["fixity"]["state"] == "attention"
    refused = zhilu.one("fixity", "repair", identity, code=1)
    assert (refused["outcome"], "replica" in refused["reason"]) == ("refused", True)
    repairing = zhilu.having(ZHILU_FIXITY__REPLICA=json.dumps({"engine": "file", "folder": str(tmp_path / "replica")}))
    assert repairing.one("fixity", "repair", identity)["outcome"] == "repaired"
    output = tmp_path / "out"
    zhilu("get", identity, "-o", output)
    assert output.read_text() == "evidence"
    shown = zhilu.one("show", identity)
    assert shown["lock"]["reported"] is True
    assert zhilu.one("fixity", "status")["damaged"] == 0
    reconciled = zhilu.lines("storage", "reconcile")
    assert [line for line in reconciled if line.get("finding") == "surplus"] == []
    assert repairing.one("fixity", "repair", identity)["outcome"] == "intact"
    assert repairing.lines("fixity", "repair", "--all") == []
    repairing("fixity", "repair", code=2)


def test_all_and_some_at_once_is_refused(zhilu: Zhilu) -> None:
    zhilu("fixity", "run", "--all", "--limit", "3", code=2)


def test_it_is_said_in_chinese_too(zhilu: Zhilu, tmp_path: Path) -> None:
    _secured(zhilu, tmp_path)
    chinese = Zhilu(zhilu.folder, zhilu.home, "zh_CN.UTF-8")
    assert "共保存 1 个版本" in chinese("fixity", "status")
    assert "完好 1" in chinese("fixity", "run", "--all")
