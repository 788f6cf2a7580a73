"""Who is dead, and who is merely elsewhere or slow."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import process_identity
from ingest.process_identity import is_dead, own_identity

TELL = (
    "import sys; from ingest.process_identity import own_identity; print(own_identity(), flush=True); sys.stdin.read()"
)


@pytest.fixture
def other() -> "Iterator[subprocess.Popen[str]]":
    """Another process that says who it is and waits."""
    command = [sys.executable, "-c", TELL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_we_live() -> None:
    assert own_identity() == own_identity()
    assert not is_dead(own_identity(), all_here=True)
    assert not is_dead(f"{own_identity()}#securing#something: with colons", all_here=True)


def test_another_lives_until_it_is_killed(other: "subprocess.Popen[str]") -> None:
    assert other.stdout is not None
    identity = other.stdout.readline().strip()
    assert identity != own_identity()
    assert not is_dead(identity, all_here=False)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(identity, all_here=False)  # a zombie: killed, and nobody has asked for it yet
    other.wait(timeout=60)
    assert is_dead(identity, all_here=False)


def test_another_with_the_same_number_is_somebody_else() -> None:
    place, boot, pid, start = own_identity().rsplit(":", 3)
    assert is_dead(f"{place}:{boot}:{pid}:{int(start) - 1}", all_here=False)


def test_before_the_machine_started_anew_or_on_its_twin() -> None:
    """Machines made from one image bear the same names; only where nobody else takes part is it surely dead."""
    place, _, pid, start = own_identity().rsplit(":", 3)
    assert is_dead(f"{place}:00000000:{pid}:{start}", all_here=True)
    assert not is_dead(f"{place}:00000000:{pid}:{start}", all_here=False)


@pytest.mark.parametrize("content", [b"0123456789abcdef0123456789abcdef\n", b"another\n", None])
def test_a_machine_of_the_same_host_name_is_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    place, boot, _, start = own_identity().rsplit(":", 3)
    file = tmp_path / "machine-id"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(process_identity, "_MACHINE_ID", file)
    elsewhere = own_identity().rsplit(":", 3)[0]
    assert elsewhere.split("/")[0] == place.split("/")[0]
    assert elsewhere != place
    assert content is None or content.decode().strip() not in elsewhere
    assert not is_dead(f"{place}:{boot}:999999999:{start}", all_here=True)
    assert is_dead(f"{elsewhere}:{boot}:999999999:{start}", all_here=False)


@pytest.mark.parametrize("place", ["another-machine/4026531836", "another-machine"])
def test_elsewhere_cannot_be_told(place: str) -> None:
    _, boot, pid, start = own_identity().rsplit(":", 3)
    assert not is_dead(f"{place}:{boot}:{pid}:{start}", all_here=True)
    assert not is_dead(f"{place}:00000000:999999999:{start}", all_here=True)


def test_a_container_of_the_same_host_name_is_elsewhere() -> None:
    place, boot, _, start = own_identity().rsplit(":", 3)
    host, _, processes = place.rpartition("/")
    assert not is_dead(f"{host}/{int(processes) + 1}:{boot}:999999999:{start}", all_here=True)


def test_one_that_goes_while_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_path: Path, **_given: str) -> str:
        raise ProcessLookupError

    identity = own_identity()
    monkeypatch.setattr(process_identity, "_boot", lambda: identity.rsplit(":", 3)[1])
    monkeypatch.setattr(Path, "read_text", gone)
    assert is_dead(identity, all_here=False)
