"""Every command explains itself, in both languages."""

import importlib.metadata
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from api.messages.language import Language
from api.messages.translator import translator
from tests.api.cli.conftest import Zhilu

COMMANDS = {
    "up": (),
    "dock": (),
    "work": (),
    "serve": (),
    "demo": (),
    "ingest": (),
    "find": (),
    "show": (),
    "get": (),
    "rebuild": (),
    "jobs": (),
    "retry": (),
    "verify": (),
    "doctor": (),
    "case": ("list", "show", "close", "reopen", "archive-tier"),
    "link": ("add", "confirm", "reject"),
    "approver": ("enrol", "passphrase", "revoke", "list"),
    "hold": ("place", "release", "list", "show", "follow"),
    "retention": (
        *("classify", "declassify", "explain", "evaluate", "schedule", "deadlines"),
        *("plan", "approve", "reject", "recover", "execute", "list", "show", "certificate"),
    ),
    "register": ("import", "show"),
    "catalog": ("upgrade",),
    "storage": ("init", "probe", "reconcile"),
    "custody": ("status", "show", "prove", "checkpoint", "rotate", "report"),
    "fixity": ("status", "run", "repair"),
}
WAYS = [(), *((name,) for name in COMMANDS), *((name, below) for name, all_of in COMMANDS.items() for below in all_of)]
LANGUAGES = {"C.UTF-8": Language.ENGLISH, "zh_CN.UTF-8": Language.CHINESE}


def closed_up(text: str) -> str:
    """Without the breaks of lines, which depend on widths."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_every_command_explains_itself(tmp_path: Path, way: tuple[str, ...], locale: str) -> None:
    say = translator(LANGUAGES[locale])
    said = Zhilu(tmp_path, tmp_path / "home", locale)(*way, "--help")
    assert closed_up(say("-".join(("cli", *(way or ("zhilu",)))))) in closed_up(said)
    assert "--help" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("locale", "word"), [("zh_CN.UTF-8", "执录"), ("C.UTF-8", "secures")])
def test_the_installed_program_speaks_the_language_of_the_terminal(tmp_path: Path, locale: str, word: str) -> None:
    process = Zhilu(tmp_path, tmp_path / "home", locale).start("--help")
    out, err = process.communicate(timeout=90)
    assert (process.returncode, err) == (0, "")
    assert word in out


def test_all_commands_are_known_to_this_test(zhilu: Zhilu) -> None:
    said = zhilu("--help").partition("Commands:")[2]
    assert re.findall(r"^  (\w+)", said, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("way", [(), ("case",), ("link",), ("register",)], ids=" ".join)
def test_a_command_without_arguments_shows_its_help(zhilu: Zhilu, way: tuple[str, ...]) -> None:
    assert "Usage: zhilu" in zhilu(*way, code=2)


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_help_in_chinese_holds_no_word_of_the_parser(tmp_path: Path, way: tuple[str, ...]) -> None:
    said = Zhilu(tmp_path, tmp_path / "home", "zh_CN.UTF-8")(*way, "--help")
    assert "用法：zhilu" in said
    for word in (
        "Usage",
        "OPTIONS",
        "ARGS",
        "Options:",
        "Arguments:",
        "Commands:",
        "Show this",
        "default:",
        "required",
    ):
        assert word not in said
    assert not re.search(r"<(str|int|path|list)", said)


def test_help_is_aligned_by_the_width_that_characters_have(tmp_path: Path) -> None:
    said = Zhilu(tmp_path, tmp_path / "home", "zh_CN.UTF-8")("find", "--help").partition("选项：\n")[2]
    begins = {
        cell_len(found[0]) for line in said.splitlines() if (found := re.match(r"  --[^ ]+(?: [^ ]+)? {2,}", line))
    }
    assert len(begins) == 1


def test_the_version_is_that_of_the_package(zhilu: Zhilu) -> None:
    assert zhilu("--version") == f"zhilu {importlib.metadata.version('zhilu')}\n"
