"""The engines of `infra/services`: whoever waits for one is told which process ended, and what that said."""

import subprocess
import sys
import textwrap
from pathlib import Path

SERVICES = Path("infra/services").resolve()
# A gateway that waits for a monitor, and a monitor with a past, which ends for want of room.
WAITS = """
    import sys
    from pathlib import Path
    from engines.errors import EngineError
    from engines.home import EngineHome
    from engines.processes import Process

    home = EngineHome(Path(sys.argv[1]), "ceph")
    home.make()
    monitor, gateway = Process(home, "monitor"), Process(home, "gateway")
    monitor.log.write_text("words of an earlier life\\n")
    monitor.start(["/bin/sh", "-c", sys.argv[2]])
    gateway.start(["/bin/sleep", "60"])
    try:
        gateway.wait_until(lambda: False, seconds=30, needs=(monitor,))
    except EngineError as error:
        print(error)
    finally:
        gateway.stop()
"""


def _told(folder: Path, monitor: str) -> str:
    """Return what is said to somebody who starts a gateway while the monitor does `monitor`."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WAITS), folder, monitor],
        env={"PYTHONPATH": str(SERVICES), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_what_another_process_needs_is_named_when_it_ends(tmp_path: Path) -> None:
    assert _told(tmp_path, "echo no room; exit 28") == "monitor ended while starting; its last words: no room"


def test_what_ends_without_a_word_is_not_given_words_of_an_earlier_life(tmp_path: Path) -> None:
    assert _told(tmp_path, "exit 28") == f"monitor ended while starting; its last words: none; see {tmp_path / 'ceph'}."
