"""Killed on entering any step of securing and erasing: never gone without its receipt, and gone in the end."""

import random
import signal
from pathlib import Path

import pytest

from catalog.tables.custody import CustodyAction
from ingest.erase import EraseStep
from ingest.progress import Step
from tests.conftest import Home, OpenHome
from tests.ingest.secure.conftest import MIB, IntakeProcess, StartIntake, assert_secured_once, some_bytes

from .conftest import actions, assert_gone_only_on_receipts, erasing_events

CONTENT = some_bytes(2 * MIB)


@pytest.fixture
def files(card: Path) -> dict[Path, bytes]:
    path = card / "012345_1234567_20170722101530_0007.mp4"
    path.write_bytes(CONTENT)
    return {path: CONTENT}


def ended(process: IntakeProcess) -> int | None:
    """How it came to its end."""
    process.start()
    return process.join()


def assert_all_secured_and_erased(home: Home, files: dict[Path, bytes]) -> None:
    assert not any(path.exists() for path in files)
    assert_gone_only_on_receipts(home, files)
    assert_secured_once(home, files)


@pytest.mark.parametrize("step", EraseStep, ids=lambda step: step.name.lower())
def test_on_entering_a_step_of_erasing(
    open_home: OpenHome, card: Path, files: dict[Path, bytes], start_intake: StartIntake, step: EraseStep
) -> None:
    home = open_home()
    (path,) = files
    assert ended(start_intake(home.folder, card, erases=True, dies_erasing_at=step.name)) == -signal.SIGKILL
    assert path.exists() is (step is not EraseStep.ERASED)
    assert_gone_only_on_receipts(home, files)
    ordered = step in {EraseStep.ERASE, EraseStep.ERASED}
    assert actions(home) == [CustodyAction.ERASE_ORDERED] * ordered

    assert ended(start_intake(home.folder, card, erases=True)) == 0
    assert_all_secured_and_erased(home, files)
    erased = [event for event in erasing_events(home) if event.action is CustodyAction.ERASED]
    # Killed with the file gone already: the order is what the log says of it.
    assert len(erased) == (0 if step is EraseStep.ERASED else 1)


@pytest.mark.parametrize("step", Step, ids=lambda step: step.name.lower())
def test_on_entering_a_step_of_securing(
    open_home: OpenHome, card: Path, files: dict[Path, bytes], start_intake: StartIntake, step: Step
) -> None:
    home = open_home()
    (path,) = files
    assert ended(start_intake(home.folder, card, erases=True, dies_at=step.name)) == -signal.SIGKILL
    assert path.read_bytes() == CONTENT
    assert actions(home) == []

    assert ended(start_intake(home.folder, card, erases=True)) == 0
    assert_all_secured_and_erased(home, files)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_at_random_moments(open_home: OpenHome, card: Path, start_intake: StartIntake, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same moments each time, as far as the machine allows
    home = open_home()
    files = {card / f"{number:02}.mp4": some_bytes(20_000 * number, seed=seed * 100 + number) for number in range(60)}
    for path, content in files.items():
        path.write_bytes(content)
    for _ in range(12):
        process = start_intake(home.folder, card, erases=True)
        process.start()
        if process.join(dice.uniform(0, 0.5)) is not None:
            break
        process.kill()
        assert_gone_only_on_receipts(home, files)
    assert ended(start_intake(home.folder, card, erases=True)) == 0
    assert_all_secured_and_erased(home, files)
