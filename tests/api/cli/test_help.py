"""Every command explains itself, in both languages."""

import json
import re
import subprocess
import sys

import pytest

from api.messages.language import Language
from api.messages.translator import Translator, translator
from tests.api.cli.conftest import Zhilu

COMMANDS = {
    "up": (),
    "demo": (),
    "ingest": (),
    "find": (),
    "show": (),
    "get": (),
    "jobs": (),
    "retry": (),
    "doctor": (),
    "case": ("list", "show"),
    "link": ("add", "confirm", "reject"),
    "register": ("import", "show"),
}
WAYS = [(), *((name,) for name in COMMANDS), *((name, below) for name, all_of in COMMANDS.items() for below in all_of)]
LANGUAGES = {"C.UTF-8": Language.ENGLISH, "zh_CN.UTF-8": Language.CHINESE}


def closed_up(text: str) -> str:
    """Without the breaks of lines, which depend on widths."""
    return re.sub(r"\s+", "", text)


# Reading in the program takes a second: it is read in once a language, and a process forked for each command.
FORKING = """
import json, os, sys
from api.cli import main
for way in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        sys.argv = ["zhilu", *way, "--help"]
        main()
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit(f"{way} failed")
    print("=" * 9, flush=True)
"""


@pytest.fixture(scope="module", params=LANGUAGES)
def helps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Translator, list[str]]:
    """The texts of a language, and what each command says of itself in it."""
    folder = tmp_path_factory.mktemp("help")
    program = Zhilu(folder, folder / "home", request.param)
    done = subprocess.run(
        [sys.executable, "-c", FORKING, json.dumps(WAYS)],
        env=program.environment,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=90,
    )
    assert list(folder.iterdir()) == []
    return translator(LANGUAGES[request.param]), done.stdout.split("=" * 9)


@pytest.mark.parametrize("number", range(len(WAYS)), ids=[" ".join(way) for way in WAYS])
def test_every_command_explains_itself(helps: tuple[Translator, list[str]], number: int) -> None:
    (say, said), way = helps, WAYS[number]
    assert closed_up(say("-".join(("cli", *(way or ("zhilu",)))))) in closed_up(said[number])
    assert "--help" in said[number]


def test_all_commands_are_known_to_this_test(zhilu: Zhilu) -> None:
    said = zhilu("--help").partition("Commands:")[2]
    assert re.findall(r"^  (\w+)", said, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("way", [(), ("case",), ("link",), ("register",)], ids=" ".join)
def test_a_command_without_arguments_shows_its_help(zhilu: Zhilu, way: tuple[str, ...]) -> None:
    assert "Usage: zhilu" in zhilu(*way, code=2)
