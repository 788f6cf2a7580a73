"""Ctrl-C at any moment of a start: the program ends as shells expect it to, and nobody is shown a trace."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.api.cli.conftest import Zhilu

INTERRUPTED = 130
# Runs the program, and interrupts it when the module that the variable names is about to be read in.
AT_IMPORT = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPTED_AT"]:
            os.kill(os.getpid(), signal.SIGINT)

from api.cli import main
sys.meta_path.insert(0, Interrupting())
main()
"""
READ_IN = ("api.cli.program", "typer", "structlog", "rich.console", "fluent.runtime", "pydantic", "sqlmodel")
READ_IN_LATE = ("api.cli.finding", "api.register.errors", "ingest.fingerprint.errors", "api.reading.clips")


@pytest.mark.parametrize("module", [*READ_IN, *READ_IN_LATE])
def test_while_the_program_is_read_in(zhilu: Zhilu, module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", AT_IMPORT, "find"],
        cwd=zhilu.folder,
        env=zhilu.having(INTERRUPTED_AT=module).environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (INTERRUPTED, "", "")
    assert not zhilu.home.exists()


def has_begun_to_read_in(process: subprocess.Popen[str]) -> bool:
    """Whether it has come as far as the libraries: before that, the interpreter itself is what starts."""
    try:
        return "pydantic_core" in Path(f"/proc/{process.pid}/maps").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize(
    "command", [("find",), ("doctor",), ("serve", "--port", "0"), ("work", "--once")], ids=" ".join
)
def test_at_a_moment_that_chance_decides(zhilu: Zhilu, command: tuple[str, ...]) -> None:
    zhilu("find")
    chance = random.Random(4711)  # noqa: S311 - no secret
    for _ in range(4):
        process = zhilu.start(*command)
        deadline = time.monotonic() + 60
        while not has_begun_to_read_in(process) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 1.5))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in out + err, err
        assert "KeyboardInterrupt" not in out + err, err
        # One that had come to its end by then, or was asked to stop in good order, says so. In its very last moments
        # the interpreter has no handler left, which shells show as the same 130.
        assert process.returncode in {INTERRUPTED, -signal.SIGINT, 0, 1}


def test_what_runs_in_the_background_of_a_shell_hears_no_interruption(zhilu: Zhilu) -> None:
    process = subprocess.Popen(
        ["sh", "-c", "trap '' INT; exec \"$0\" find", str(Path(sys.executable).with_name("zhilu"))],
        cwd=zhilu.folder,
        env=zhilu.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    deadline = time.monotonic() + 60
    while not has_begun_to_read_in(process) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
