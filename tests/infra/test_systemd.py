"""The systemd units: systemd understands them, they are closed tightly, and the program runs inside what they allow."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import Settings, load_settings
from tests.infra.sandbox import allowed_calls, settings_of

UNITS = Path("infra/deploy/systemd").resolve()
HARDENING = UNITS / "zhilu-.service.d" / "50-hardening.conf"
SERVICES = sorted(UNITS.glob("*.service"))
PROGRAM = Path(sys.executable).with_name("zhilu")
# 0 is sealed, 10 wide open; what is left is the network, local sockets and priorities, which the services need.
MOST_EXPOSURE = 15  # tenths


@pytest.fixture(scope="session")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        sentence = "No systemd-analyze to check the units with: run `infra/setup deploy`."
        if os.environ.get("ZHILU_REQUIRE_ENGINES") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with the units in their place, the system's own units beside them, and the program."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(UNITS, root / "etc/systemd/system")
    for folder in ("/usr/lib/systemd/system", "/lib/systemd/system"):
        if Path(folder).is_dir():
            shutil.copytree(folder, root / "usr/lib/systemd/system", symlinks=True, ignore_dangling_symlinks=True)
            break
    program = root / "opt/zhilu/.venv/bin/zhilu"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for name in ("passwd", "group"):
        shutil.copy(Path("/etc") / name, root / "etc" / name)
    return root


def unit_name(path: Path) -> str:
    return path.name.replace("@.", "@1.")


def merged(path: Path) -> str:
    return HARDENING.read_text(encoding="utf-8") + path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", [*SERVICES, *UNITS.glob("*.timer"), *UNITS.glob("*.target")], ids=lambda path: path.name
)
def test_systemd_understands_every_line(analyze: str, installed: Path, path: Path) -> None:
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", f"--root={installed}", unit_name(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_services_are_closed_tightly(analyze: str, installed: Path, path: Path) -> None:
    done = subprocess.run(
        [
            analyze,
            "security",
            "--no-pager",
            "--offline=true",
            f"--threshold={MOST_EXPOSURE}",
            f"--root={installed}",
            unit_name(path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_commands_exist(path: Path) -> None:
    (command,) = settings_of(merged(path), "ExecStart")
    program, *words = command.split()
    assert program == "/opt/zhilu/.venv/bin/zhilu"
    shown = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert " ".join(word for word in words if not word.startswith("-")) in shown.stdout


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_credentials_and_variables_are_settings(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    role = (
        path.name.removeprefix("zhilu-")
        .removesuffix(".service")
        .removesuffix("@")
        .replace("reconcile", "retention")
        .replace("repair", "retention")
        .replace("dispose", "retention")
        .replace("hold", "retention")
    )
    values = {
        "ZHILU_CATALOG__URL": "postgresql://zhilu@db.example/zhilu",
        "ZHILU_CATALOG__PASSWORD": "one",
        "ZHILU_DISPATCH__PASSWORD": "two",
        "ZHILU_STORAGE__S3__ACCESS_KEY": "three",
        "ZHILU_STORAGE__S3__SECRET_KEY": "four",
        "ZHILU_CUSTODY__KEY": "five",
    }
    for credential in settings_of(merged(path), "LoadCredential"):
        name, source = credential.split(":")
        assert source == f"/etc/zhilu/credentials/{role}/{name}"
        (tmp_path / name).write_text(values[name])
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("ZHILU_STORAGE__ENGINE", "s3")
    monkeypatch.setenv("ZHILU_STORAGE__S3__ENDPOINT", "s3.example:443")
    monkeypatch.setenv("ZHILU_DISPATCH__URL", "rediss://redis.example:6379/0")
    for setting in settings_of(merged(path), "Environment"):
        name, _, value = setting.replace("%i", "1").partition("=")
        if name.startswith("ZHILU_") and name != "ZHILU_SETTINGS":
            monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.storage.s3 is not None
    assert settings.storage.s3.secret_key.get_secret_value() == "four"
    assert settings.catalog.password is not None
    assert settings.catalog.password.get_secret_value() == "one"


def test_stopping_waits_longer_than_what_is_under_way_may_take() -> None:
    (given,) = settings_of(HARDENING.read_text(encoding="utf-8"), "TimeoutStopSec")
    settings = Settings()
    assert int(given) > settings.work.patience_seconds


def test_retry_stops_where_trying_again_cannot_help() -> None:
    hardening = HARDENING.read_text(encoding="utf-8")
    assert settings_of(hardening, "Restart") == ["on-failure"]
    assert settings_of(hardening, "RestartPreventExitStatus") == ["2"]


def test_no_unit_opens_what_the_hardening_closed() -> None:
    """Later lines win: a service may only loosen what is named here, with its reason beside it in the file."""
    loosened = {"PrivateDevices"}
    keys = {line.partition("=")[0] for line in HARDENING.read_text(encoding="utf-8").splitlines() if "=" in line}
    for path in SERVICES:
        own = re.findall(r"^(\w+)=", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        again = set(own) & keys - {"Restart", "Environment", "After", "Wants"}
        assert again <= loosened, path.name


class TestUnderTheFilters:
    """The real program with numpy, Pillow, ffmpeg and its child processes, under each filter of system calls."""

    @pytest.fixture
    def unit(self, analyze: str, tmp_path: Path) -> Path:
        assert analyze
        path = tmp_path / "merged.unit"
        path.write_text(merged(UNITS / "zhilu-work@.service"))
        return path

    def run(self, unit: Path, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        sandbox = Path(__file__).with_name("sandbox.py")
        return subprocess.run(
            [sys.executable, sandbox, unit, *words],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
        )

    def test_the_filters_are_in_force(self, unit: Path) -> None:
        tried = """
import ctypes, mmap, os, socket
refused = []
for name, act in {
    "write and execute": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "chroot": lambda: os.chroot("/"),
}.items():
    try:
        act()
    except OSError:
        refused.append(name)
print(refused)
"""
        done = self.run(unit, sys.executable, "-c", tried)
        assert done.stdout == "['write and execute', 'netlink', 'chroot']\n", done.stderr
        assert "chroot" not in allowed_calls(unit.read_text())

    def test_a_recording_becomes_playable(self, unit: Path, tmp_path: Path) -> None:
        card = tmp_path / "card"
        card.mkdir()
        picture = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=4"]
        for name in ("clip.mp4", "still.jpg"):
            kind = ["-c:v", "libx264", "-pix_fmt", "yuv420p"] if name == "clip.mp4" else ["-frames:v", "1"]
            subprocess.run(["ffmpeg", "-v", "error", *picture, *kind, card / name], check=True)
        home = str(tmp_path / "home")

        done = self.run(
            unit, PROGRAM, "ingest", card, "--wait", "--json", ZHILU_HOME=home, ZHILU_DERIVATION__PROXY="always"
        )

        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert {line["outcome"] for line in found} == {"secured"}
        listed = self.run(unit, PROGRAM, "find", "--json", ZHILU_HOME=home)
        recordings = {line["name"]: line for line in map(json.loads, listed.stdout.splitlines())}
        assert {name: line["status"] for name, line in recordings.items()} == {
            "clip.mp4": "ready",
            "still.jpg": "ready",
        }
        assert "proxy" in recordings["clip.mp4"]["derivatives"]
        assert "photo" in recordings["still.jpg"]["derivatives"]
