"""Mistakes of people and troubles of machines: one sentence each, the exit code that the contract gives, no trace."""

import os
import sqlite3
from pathlib import Path

import pytest

from tests.api.cli.conftest import ACCOUNT, VIDEO, Filled, Zhilu

USAGE, UNAVAILABLE = 2, 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nonsense",),
        ("nonsense",),
        ("find", "--nonsense"),
        ("show",),
        ("find", "--limit", "x"),
        ("find", "--limit", "0"),
        ("up", "--port", "99999"),
        ("get", "ab"),
        ("link", "confirm", "ab"),
        ("case", "list", "--status", "half"),
        ("link", "add", "ab", "1", "--stage", "lunch"),
        ("find", "one", "two"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_with_the_usage(zhilu: Zhilu, arguments: tuple[str, ...]) -> None:
    said = zhilu(*arguments, code=USAGE)
    assert "Usage: zhilu" in said
    assert "Error: " in said
    assert not zhilu.home.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--nonsense",), "没有这个选项：--nonsense"),
        (("fnd",), "没有命令 'fnd'。是否想用 'find'？"),
        (("find", "--attentio"), "没有这个选项：--attentio（可用：--attention）"),
        (("show",), "缺少参数 'ID'。"),
        (("get", "ab"), "缺少选项 '-o' / '--output'。"),
        (("find", "--limit", "x"), "'--limit' 的值无效：必须是整数。"),
        (("find", "--limit", "0"), "'--limit' 的值无效：不得小于 1。"),
        (("up", "--port", "99999"), "'--port' 的值无效：不得大于 65535。"),
        (("case", "list", "--status", "half"), "'half' 不在以下各项之中：'open', 'closed'。"),
        (("find", "one", "two"), "参数多于该命令所需：two"),
        (("find", "--limit"), "选项 '--limit' 需要一个值。"),
        (("find", "--json=3"), "选项 '--json' 不带值。"),
        (("link",), "用法：zhilu link [选项] 命令 [参数]..."),
    ],
    ids=str,
)
def test_wrong_usage_is_told_in_chinese(zhilu: Zhilu, arguments: tuple[str, ...], told: str) -> None:
    chinese = Zhilu(zhilu.folder, zhilu.home, "zh_CN.UTF-8")
    said = chinese(*arguments, code=USAGE)
    assert told in said
    for word in ("Usage", "Error", "Try", "Missing", "Invalid", "Input", "OPTIONS"):
        assert word not in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "zzz"), "no recording 'zzz'"),
        (("show", "ab" * 40), "no recording"),
        (("show", ""), "no recording"),
        (("find", "--from", "yesterday"), "yesterday"),
        (("find", "--kind", "hologram"), "hologram"),
        (("find", "x" * 300), "longer than"),
        (("find", "--clip", "gone.mp4"), "gone.mp4"),
        (("find", "text", "--clip", "."), "--clip"),
        (("ingest", "gone.mp4"), "gone.mp4"),
        (("ingest", b"\xff\xfe.mp4"), ""),
        (("retry",), "--failed"),
        (("retry", "nonsense"), "nonsense"),
        (("retry", "--failed", "nonsense"), "--failed"),
        (("retry", "01890a5d-ac96-774b-bcce-b302099a8057"), "no job"),
        (("case", "show", "12"), "no case '12'"),
        (("link", "confirm", "zzz", "12"), "no recording"),
        (("register", "import", "gone.csv"), "gone.csv"),
        (("register", "import", "."), "."),
        (("get", "zzz", "-o", "out"), "no recording"),
        (("demo", "--dock", "gone"), "gone"),
    ],
    ids=str,
)
def test_what_does_not_exist_is_said_in_one_sentence(
    filled: Filled, arguments: tuple[str | bytes, ...], told: str
) -> None:
    said = filled.zhilu(*arguments, code=USAGE)
    assert told in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ZHILU_LOCK__DAYS": "abc"}, "lock.days"),
        ({"ZHILU_LOCK__DAYS": "-1"}, "lock.days"),
        ({"ZHILU_LOCK": "garbage"}, "lock"),
        ({"ZHILU_LOCK__DAZE": "1"}, "lock"),
        ({"ZHILU_ZONE": "Mars/Olympus"}, "Mars/Olympus"),
        ({"ZHILU_ZONE": "../../etc/passwd"}, "zone"),
        ({"ZHILU_LANGUAGE": "tlh"}, "language"),
        ({"ZHILU_SERVE__HOST": "0.0.0.0"}, "serve.host"),  # noqa: S104 - that is what is refused
        ({"ZHILU_SETTINGS": "/gone.toml"}, "/gone.toml"),
        ({"ZHILU_NAMING": '[{"id": "x", "expression": "("}]'}, "naming"),
        ({"ZHILU_WORK__THREADS": "0"}, "work.threads"),
    ],
    ids=lambda value: next(iter(value.items())) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_named(zhilu: Zhilu, settings: dict[str, str], told: str) -> None:
    said = zhilu.having(**settings)("find", code=USAGE)
    assert told in said
    assert len(said.strip().splitlines()) == 1
    assert not zhilu.home.exists()


@pytest.mark.parametrize(
    "content",
    [b"\x00\xff\xfe\x80 binary", b"home = ", b'home = "a\\u0000b"', b"nonsense = 1", b"[lock]\ndays = []", b"home = 5"],
    ids=repr,
)
def test_a_wrong_settings_file_is_said_to_be_wrong(zhilu: Zhilu, content: bytes) -> None:
    (zhilu.folder / "zhilu.toml").write_bytes(content)
    program = zhilu
    if b"home" in content:
        program = _without_home(zhilu)
    said = program("find", code=USAGE)
    assert len(said.strip().splitlines()) == 1


def _without_home(zhilu: Zhilu) -> Zhilu:
    """One that reads where its home is from the settings file."""

    class Homeless(Zhilu):
        @property
        def environment(self) -> dict[str, str]:
            return {name: value for name, value in super().environment.items() if name != "ZHILU_HOME"}

    return Homeless(zhilu.folder, zhilu.home)


def test_settings_come_from_the_file_and_the_environment_wins(zhilu: Zhilu) -> None:
    (zhilu.folder / "zhilu.toml").write_text('home = "from-file"\n[lock]\ndays = 9\n', "utf-8")
    _without_home(zhilu)("find")
    assert (zhilu.folder / "from-file" / "catalog.sqlite3").exists()
    assert "lock.days" in zhilu.having(ZHILU_LOCK__DAYS="x")("find", code=USAGE)
    zhilu("find")
    assert (zhilu.home / "catalog.sqlite3").exists()


# --- troubles of machines -------------------------------------------------------------------------------------


def test_a_home_on_an_unwritable_place(zhilu: Zhilu) -> None:
    (zhilu.folder / "file").write_text("")
    for home in ("/proc/zhilu", zhilu.folder / "file" / "home"):
        said = zhilu.having(ZHILU_HOME=str(home))("find", code=UNAVAILABLE)
        assert str(home) in said
        assert len(said.strip().splitlines()) == 1


def test_a_home_within_a_loop_of_links(zhilu: Zhilu) -> None:
    (zhilu.folder / "loop").symlink_to("loop")
    zhilu.having(ZHILU_HOME=str(zhilu.folder / "loop" / "home"))("find", code=USAGE)


def test_no_ffmpeg_on_the_path(zhilu: Zhilu) -> None:
    program = zhilu.having(PATH=str(zhilu.folder))
    card = zhilu.folder / "one card"
    card.mkdir()
    (card / "recording.mp4").write_bytes(b"evidence that nothing here can decode")
    [secured] = program.lines("ingest", str(card))  # securing needs no decoder
    assert secured["outcome"] == "secured"
    assert "ffmpeg" in program("ingest", "--wait", str(card), code=UNAVAILABLE)
    tools, *_ = program.lines("doctor", code=UNAVAILABLE)
    assert (tools["check"], tools["state"]) == ("tools", "unavailable")


@pytest.mark.parametrize("path", [".", "home/objects"])
def test_a_card_that_holds_what_we_write(zhilu: Zhilu, path: str) -> None:
    (zhilu.folder / "home" / "objects").mkdir(parents=True)
    here = zhilu.having(ZHILU_HOME=str(zhilu.folder / "home"))
    assert "ZHILU_HOME" in here("ingest", str(zhilu.folder / path), code=USAGE)


def test_a_misspelt_setting_in_the_environment(zhilu: Zhilu) -> None:
    assert "ZHILU_HOM" in zhilu.having(ZHILU_HOM="/nowhere")("find", code=USAGE)
    assert "ZHILU_HOME" in zhilu.having(ZHILU_HOME="")("find", code=USAGE)


def test_a_damaged_catalog(zhilu: Zhilu) -> None:
    zhilu.home.mkdir()
    content = os.urandom(5000)
    (zhilu.home / "catalog.sqlite3").write_bytes(content)
    for command in (("find",), ("ingest", "/proc/version"), ("jobs",), ("up",)):
        assert "restore a backup" in zhilu(*command, code=UNAVAILABLE)
    assert "恢复备份" in Zhilu(zhilu.folder, zhilu.home, "zh_CN.UTF-8")("find", code=UNAVAILABLE)
    (zhilu.home / "catalog.sqlite3-journal").unlink(missing_ok=True)
    assert (zhilu.home / "catalog.sqlite3").read_bytes() == content


def test_a_catalog_of_a_later_version(zhilu: Zhilu) -> None:
    zhilu("find")
    with sqlite3.connect(zhilu.home / "catalog.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "update Zhilu" in zhilu("find", code=UNAVAILABLE)


def test_paths_with_any_characters(zhilu: Zhilu) -> None:
    home = zhilu.folder / "50% 案件?#&"
    card = zhilu.folder / "卡?"
    card.mkdir()
    (card / "笔录 100%.txt").write_text("x")
    program = zhilu.having(ZHILU_HOME=str(home))
    (line,) = program.lines("ingest", card)
    assert line["path"] == str(card / "笔录 100%.txt")
    assert [found["name"] for found in program.lines("find", "100%")] == ["笔录 100%.txt"]
    assert (home / "catalog.sqlite3").is_file()


def test_what_cannot_be_secured_does_not_stop_the_rest(zhilu: Zhilu) -> None:
    card = zhilu.folder / "card"
    card.mkdir()
    (card / "good.txt").write_text("x")
    os.mkfifo(card / "pipe.mp4")
    (card / "link.mp4").symlink_to("good.txt")
    said = {Path(line["path"]).name: line for line in zhilu.lines("ingest", card, code=1)}
    assert {name: line["outcome"] for name, line in said.items()} == {
        "good.txt": "secured",
        "pipe.mp4": "failed",
        "link.mp4": "failed",
    }
    assert all(line["reason"] for name, line in said.items() if name != "good.txt")
    assert zhilu.lines("ingest", card / "good.txt")[0]["outcome"] == "duplicate"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("执法".encode("gb18030") + b".txt", "执法.txt"), (b"a\xff\xff.txt", "a<0xFF><0xFF>.txt")],
    ids=["gb18030", "no text at all"],
)
def test_names_that_are_not_utf8_are_taken_in_and_shown(zhilu: Zhilu, name: bytes, shown: str) -> None:
    path = os.path.join(os.fsencode(zhilu.folder), name)  # noqa: PTH118 - bytes
    with open(path, "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"x")
    (line,) = zhilu.lines("ingest", path)
    assert line["outcome"] == "secured"
    (found,) = zhilu.lines("find")
    assert (found["id"], found["name"]) == (line["recording_id"], shown)


def test_a_terminal_that_lacks_characters_shows_their_numbers(zhilu: Zhilu) -> None:
    (zhilu.folder / "执法.txt").write_text("x")
    zhilu("ingest", zhilu.folder / "执法.txt")
    process = zhilu.having(PYTHONIOENCODING="ascii").start("find")
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert "\\u6267\\u6cd5.txt" in out


# --- fetching bytes -------------------------------------------------------------------------------------------


def _video(filled: Filled) -> str:
    (found,) = filled.zhilu.lines("find", VIDEO)
    return str(found["id"])


def test_get_gives_the_bytes_that_were_docked(filled: Filled, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    filled.zhilu("get", _video(filled), "-o", out)
    assert out.read_bytes() == (filled.card / VIDEO).read_bytes()
    filled.zhilu("get", _video(filled), "--kind", "poster", "-o", tmp_path / "poster.jpg")
    assert (tmp_path / "poster.jpg").read_bytes()[:2] == b"\xff\xd8"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "poster.jpg"]


def test_get_overwrites_nothing_unless_forced(filled: Filled, tmp_path: Path) -> None:
    video, out = _video(filled), tmp_path / "out.mp4"
    out.write_text("mine")
    assert "--force" in filled.zhilu("get", video, "-o", out, code=USAGE)
    (tmp_path / "dangling").symlink_to("nowhere")
    assert "--force" in filled.zhilu("get", video, "-o", tmp_path / "dangling", code=USAGE)
    assert out.read_text() == "mine"
    filled.zhilu("get", video, "--force", "-o", out)
    assert out.read_bytes() == (filled.card / VIDEO).read_bytes()


@pytest.mark.parametrize("where", ["no/folder/out", "file/out", "x" * 300, "", "/", "folder"])
def test_get_says_where_it_cannot_write(filled: Filled, tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    video = _video(filled)
    out = where if where in {"", "/"} else str(tmp_path / where)
    said = filled.zhilu("get", video, "--force", "-o", out, code=USAGE)
    assert len(said.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_get_names_the_derivatives_that_there_are(filled: Filled, tmp_path: Path) -> None:
    assert "poster" in filled.zhilu("get", _video(filled), "--kind", "hologram", "-o", tmp_path / "x", code=USAGE)


def test_get_never_gives_bytes_that_are_not_those_on_record(zhilu: Zhilu) -> None:
    (zhilu.folder / "a.txt").write_bytes(b"evidence" * 100)
    (line,) = zhilu.lines("ingest", zhilu.folder / "a.txt")
    (stored,) = [path for path in (zhilu.home / "objects").rglob("*") if path.is_file() and path.stat().st_size == 800]
    stored.chmod(0o644)
    content = bytearray(stored.read_bytes())
    content[7] ^= 1
    stored.write_bytes(content)
    out = zhilu.folder / "out" / "a.txt"
    out.parent.mkdir()
    zhilu("get", line["recording_id"], "-o", out, code=1)
    assert list(out.parent.iterdir()) == []
    with sqlite3.connect(zhilu.home / "catalog.sqlite3") as connection:
        looks = connection.execute("SELECT actor, result FROM custody_event WHERE action = 'downloaded'").fetchall()
    connection.close()
    assert looks == [(ACCOUNT, "failed")]
