"""The ways people go most, once, on PostgreSQL, S3 and Redis: prepared from nothing, each by its own command."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api.cli.conftest import DAMAGED, PHOTO, SIDE, VIDEO, Zhilu, make_card
from tests.databases import migrated_postgresql  # noqa: F401 - fixtures
from tests.real_engines import RealEngines, namespace, no_buckets, untouched  # noqa: F401
from tests.storage.conftest import s3_client, s3_server  # noqa: F401

pytestmark = pytest.mark.s3
ATTENTION, USAGE, UNAVAILABLE = 1, 2, 3
CASE = "迪市监罚〔2026〕12号"


@dataclass(frozen=True)
class Docked:
    zhilu: Zhilu
    card: Path
    said: list[dict[str, Any]]

    def id_of(self, name: str) -> str:
        return next(str(line["recording_id"]) for line in self.said if line["path"].endswith(name))


@pytest.fixture
def docked(zhilu: Zhilu, untouched: RealEngines, tmp_path: Path) -> Docked:  # noqa: F811 - a fixture
    """Engines that were prepared by the commands for it, and a card taken in by them."""
    program = zhilu.having(**untouched.settings)
    assert "zhilu storage init" in program("find", code=UNAVAILABLE)
    buckets = program.lines("storage", "init")
    assert {line["state"] for line in buckets} == {"made"}
    assert "zhilu catalog upgrade" in program("find", code=UNAVAILABLE)
    assert program.one("catalog", "upgrade")["before"] is None
    card = make_card(tmp_path / "card")
    return Docked(program, card, program.lines("ingest", "--wait", card, code=ATTENTION))


def register(folder: Path) -> list[Path]:
    agencies = "机构代码,机构名称,层级\n533421,香格里拉市局,县级\n"
    officers = "执法证号,姓名,机构代码,人员代码\n53340012345,扎西,533421,012345\n"
    cases = f"案号,案由,执法类别,状态,机构代码\n{CASE},无证经营,处罚,办理中,533421\n"
    for name, content in (("agencies", agencies), ("officers", officers), ("cases", cases)):
        (folder / f"{name}.csv").write_text(content, "utf-8")
    return [folder / f"{name}.csv" for name in ("agencies", "officers", "cases")]


def test_from_a_card_to_a_case(docked: Docked, tmp_path: Path) -> None:
    zhilu = docked.zhilu
    assert {line["outcome"] for line in docked.said} == {"secured"}
    assert {Path(line["path"]).name for line in docked.said} == {VIDEO, PHOTO, SIDE, DAMAGED}

    # again: known content, seen once more
    again = zhilu.lines("ingest", "--wait", docked.card, code=ATTENTION)
    assert {line["outcome"] for line in again} == {"duplicate"}

    # find, show, get
    found = {line["name"]: line for line in zhilu.lines("find", "--device", "1234567")}
    assert set(found) == {VIDEO, PHOTO, SIDE, DAMAGED}
    assert zhilu.one("find", "--attention")["name"] == DAMAGED
    shown = zhilu.one("show", docked.id_of(VIDEO)[:13])
    assert shown["media"]["codec"] == "h264"
    assert {each["kind"] for each in shown["derivatives"]} >= {"poster", "storyboard"}
    assert shown["lock"]["mode"] == "governance"
    out = tmp_path / "out.mp4"
    zhilu("get", docked.id_of(VIDEO), "-o", out)
    assert out.read_bytes() == (docked.card / VIDEO).read_bytes()
    assert hashlib.sha256(out.read_bytes()).hexdigest() == shown["sha256"]
    zhilu("get", docked.id_of(VIDEO), "--kind", "poster", "-o", tmp_path / "poster.jpg")
    assert "no recording 'zzz'" in zhilu("show", "zzz", code=USAGE)

    # the register, and what a person decides
    imported = zhilu.lines("register", "import", *register(tmp_path))
    assert [(line["added"], line["errors"]) for line in imported] == [(1, 0)] * 3
    assert zhilu.one("register", "show")["cases"] == 1
    zhilu("link", "add", docked.id_of(VIDEO), CASE)
    assert [line["name"] for line in zhilu.lines("find", "--case", CASE)] == [VIDEO]
    assert zhilu.one("case", "list")["number"] == CASE
    assert docked.id_of(VIDEO) in zhilu("case", "show", CASE, "--json")
    zhilu("link", "reject", docked.id_of(VIDEO), CASE)
    assert zhilu.lines("find", "--case", CASE) == []

    # what is left to do
    assert zhilu.lines("jobs", "--failed") == []
    zhilu("work", "--once")
    assert zhilu.lines("jobs") == []
    done = zhilu.lines("jobs", "--all")
    assert {job["state"] for job in done} == {"done"}
    assert "nothing to do again" in zhilu("retry", done[0]["id"], code=USAGE)

    # doctor: nothing wrong but that nobody has probed the locks of the store
    checks = {line["check"]: line["state"] for line in zhilu.lines("doctor", code=ATTENTION)}
    assert {name for name, state in checks.items() if state != "ok"} == {"immutability"}


def test_a_register_of_many_lines(zhilu: Zhilu, untouched: RealEngines, tmp_path: Path) -> None:  # noqa: F811
    """As many as a prefecture has; the limits of statements and locks are far below what all of it takes."""
    program = zhilu.having(**untouched.settings, ZHILU_CATALOG__STATEMENT_SECONDS="5", ZHILU_CATALOG__LOCK_SECONDS="1")
    program("storage", "init")
    program("catalog", "upgrade")
    program("register", "import", register(tmp_path)[0])
    lines = ["执法证号,姓名,机构代码,人员代码"]
    lines += [f"5334{number:07},执法人员{number},533421,{number:06}" for number in range(1, 20_001)]
    (tmp_path / "many.csv").write_text("\n".join(lines), "utf-8")
    said = program.one("register", "import", tmp_path / "many.csv")
    assert (said["added"], said["changed"]) == (20_000, 0)
    again = program.one("register", "import", tmp_path / "many.csv")
    assert (again["added"], again["unchanged"]) == (0, 20_000)
    assert program.one("register", "show")["officers"] == 20_000


def test_names_that_are_no_text_come_through_all_engines(
    zhilu: Zhilu,
    untouched: RealEngines,  # noqa: F811
    tmp_path: Path,
) -> None:
    program = zhilu.having(**untouched.settings)
    program("storage", "init")
    program("catalog", "upgrade")
    names = [b"a\xff\xfe.txt", "执法".encode("gb18030") + b".txt", "བོད་ཡིག 🚓.txt".encode()]
    (tmp_path / "card").mkdir()
    for number, name in enumerate(names):
        path = bytes(tmp_path / "card") + b"/" + name
        with open(path, "wb") as file:  # noqa: PTH123 - bytes
            file.write(b"evidence %d" % number)
    taken = program.lines("ingest", tmp_path / "card")
    assert {line["outcome"] for line in taken} == {"secured"}
    assert {line["name"] for line in program.lines("find")} == {"a<0xFF><0xFE>.txt", "执法.txt", "བོད་ཡིག 🚓.txt"}
