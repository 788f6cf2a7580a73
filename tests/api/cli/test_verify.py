"""`zhilu verify` as people call it: its lines, its summary, its exit codes."""

from pathlib import Path

import pytest

from tests.api.cli.conftest import Zhilu


@pytest.fixture
def taken(zhilu: Zhilu, tmp_path: Path) -> Zhilu:
    card = tmp_path / "card"
    card.mkdir()
    (card / "notes.bin").write_bytes(b"evidence" * 1000)
    zhilu("ingest", card, "--wait", code=1)  # nothing can be played of it, which is told
    return zhilu


def test_what_no_checkpoint_covers_is_not_passed(taken: Zhilu) -> None:
    *lines, summary = taken.lines("verify", "--all", code=1)
    assert [each["finding"] for each in lines] == ["no checkpoint"]
    assert lines[0]["weight"] == "unchecked"
    assert (summary["passed"], summary["discrepancies"], summary["unchecked"]) == (False, 0, 1)
    assert summary["parts"]["contents"] == {"checked": 1, "of": 1}


def test_a_changed_byte_is_told_in_the_language_of_the_reader(taken: Zhilu, tmp_path: Path) -> None:
    (path,) = (tmp_path / "home/objects/objects/originals").rglob("data")
    path.chmod(0o600)
    path.write_bytes(b"Evidence" + path.read_bytes()[8:])
    said = Zhilu(taken.folder, taken.home, "zh_CN.UTF-8")("verify", "--all", code=1)
    assert "不符" in said
    assert "第 0 至 7,999 字节均不可信" in said
    assert "未通过" in said


@pytest.mark.parametrize("arguments", [(), ("--all", "--since", "2026-01-01"), ("--since", "yesterday"), ("ffff",)])
def test_wrong_usage(zhilu: Zhilu, arguments: tuple[str, ...]) -> None:
    zhilu("verify", *arguments, code=2)


def test_an_engine_that_is_away(zhilu: Zhilu) -> None:
    away = zhilu.having(
        ZHILU_STORAGE__ENGINE="s3",
        ZHILU_STORAGE__S3__ENDPOINT="127.0.0.1:1",
        ZHILU_STORAGE__S3__ACCESS_KEY="a",
        ZHILU_STORAGE__S3__SECRET_KEY="b",  # noqa: S106 - nobody is there to take it
        ZHILU_STORAGE__S3__SECURE="false",
    )
    away("verify", "--all", code=3)
