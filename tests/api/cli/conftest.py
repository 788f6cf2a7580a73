"""The program itself, run as people run it: each command a process of its own, in a home of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from api.system_user import system_user

# Whoever runs the tests; LOGNAME says "li" throughout, and is nobody's word.
ACCOUNT = str(system_user().get("account", "unknown user"))
PROGRAM = Path(sys.executable).with_name("zhilu")
VIDEO = "012345_1234567_20260301103000_0007.mp4"
PHOTO = "012345_1234567_20260301103100_0008.jpg"
SIDE = VIDEO.replace(".mp4", ".xml")
DAMAGED = "012345_1234567_20260301103200_0009.mp4"


@dataclass(frozen=True)
class Zhilu:
    """`zhilu` with a home and a language; no setting of this machine reaches it."""

    folder: Path
    home: Path
    language: str = "C.UTF-8"
    more: dict[str, str] = field(default_factory=dict)

    def having(self, **more: str) -> "Zhilu":
        return replace(self, more={**self.more, **more})

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "LANG": self.language, "ZHILU_HOME": str(self.home), "LOGNAME": "li", **self.more}

    def start(self, *arguments: str | bytes | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def __call__(self, *arguments: str | bytes | Path, code: int = 0) -> str:
        """Run a command to its end, look at its exit code, and return what it wrote. Nobody is ever shown a trace."""
        returned, out, err = forks(self.language).run(self, [os.fsdecode(argument) for argument in arguments])
        assert "Traceback" not in err + out, err
        assert returned == code, f"{arguments}: exit {returned}\n{out}\n{err}"
        return out if code in {0, 1} or "--json" in arguments else err

    def refused(self, *arguments: str | bytes | Path, code: int) -> str:
        """What a command said to people, beside what it gave."""
        returned, _, err = forks(self.language).run(self, [os.fsdecode(argument) for argument in arguments])
        assert "Traceback" not in err, err
        assert returned == code, err
        return err

    def lines(self, *arguments: str | bytes | Path, code: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self(*arguments, "--json", code=code).splitlines()]

    def one(self, *arguments: str | bytes | Path, code: int = 0) -> dict[str, Any]:
        (line,) = self.lines(*arguments, code=code)
        return line


class Forks:
    """The process that has read in the program in one language, and forks for each command; see `forking.py`."""

    def __init__(self, language: str) -> None:
        script = Path(__file__).with_name("forking.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script)],
            env={**os.environ, "LANG": language, "LC_ALL": language},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="ascii",
        )
        self._folder = tempfile.TemporaryDirectory()

    def run(self, zhilu: Zhilu, arguments: list[str]) -> tuple[int, str, str]:
        """The exit code of one command, and what it wrote."""
        out, err = (Path(self._folder.name) / name for name in ("out", "err"))
        order = {
            "arguments": arguments,
            "environment": zhilu.environment,
            "folder": str(zhilu.folder),
            "out": str(out),
            "err": str(err),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return code, out.read_text("utf-8"), err.read_text("utf-8")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._folder.cleanup()


@cache
def forks(language: str) -> Forks:
    return Forks(language)


@pytest.fixture(scope="session", autouse=True)
def _end_of_forks() -> Iterator[None]:
    yield
    for language in ("C.UTF-8", "zh_CN.UTF-8"):
        forks(language).close()
    forks.cache_clear()


@pytest.fixture
def zhilu(tmp_path: Path) -> Zhilu:
    return Zhilu(tmp_path, tmp_path / "home")


@dataclass(frozen=True)
class Filled:
    """A home in which the card has been taken in, which tests only read, and what was said of it."""

    zhilu: Zhilu
    card: Path
    said: list[dict[str, Any]]

    def path(self, name: str) -> str:
        return str(self.card / name)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    folder = tmp_path_factory.mktemp("filled")
    card = make_card(folder / "card")
    program = Zhilu(folder, folder / "home")
    return Filled(program, card, program.lines("ingest", "--wait", card, code=1))


def make_card(card: Path) -> Path:
    """A video with its side file, a photo held upright, and a video that lost its index."""
    card.mkdir()
    picture = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=10:duration=2"]
    h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10"]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *picture, *h264, card / VIDEO], check=True, timeout=60)
    (card / SIDE).write_text(
        '<locations usrName="x" policeNum="012345" devNum="1234567" videoDuration="2"'
        ' beginTime="2026-03-01 10:30:00" endTime="2026-03-01 10:30:02">'
        '<location longitude="98.911" latitude="28.486"/></locations>',
        "utf-8",
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.radial_gradient("L").resize((320, 240)).save(card / PHOTO, exif=exif)
    whole = (card / VIDEO).read_bytes()
    (card / DAMAGED).write_bytes(whole[: whole.index(b"moov")])
    return card
