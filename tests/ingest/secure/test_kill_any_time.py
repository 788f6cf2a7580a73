"""Killed at random moments in the midst of a whole card, and started again until it is done."""

import random
import signal
from pathlib import Path

import pytest

from tests.conftest import OpenHome

from .conftest import KIB, MIB, StartIntake, assert_secured_once, some_bytes

KILLS = 15
LONGEST_LIFE = 0.6  # seconds
# What a shift leaves: many small files, a few large ones, an empty one, and contents that are there twice.
SIZES = (
    *(0, 1, 20 * MIB, 12 * MIB, 9 * MIB, 8 * MIB, 4 * MIB, 4 * MIB, 4 * MIB + 1, 2 * MIB),
    *(MIB + number * 777 for number in range(8)),
    *(number * 13 * KIB + 7 for number in range(16)),
)
DOUBLES = (2, 4, 9, 12, 20, 33)


def fill(card: Path, seed: int) -> dict[Path, bytes]:
    contents = [some_bytes(size, seed=seed * 1000 + number) for number, size in enumerate(SIZES)]
    contents += [contents[number] for number in DOUBLES]
    files = {}
    for number, content in enumerate(contents):
        folder = card / f"{20260501 + number % 3}"
        folder.mkdir(exist_ok=True)
        path = folder / f"20260501101010_{number:04}.mp4"
        path.write_bytes(content)
        files[path] = content
    return files


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_at_random_moments(
    tmp_path: Path, card: Path, open_home: OpenHome, start_intake: StartIntake, seed: int
) -> None:
    files = fill(card, seed)
    dice = random.Random(seed)  # noqa: S311 - the same moments each time, as far as the machine allows
    kills, homes = 0, 0
    while kills < KILLS:
        homes += 1
        home = open_home(tmp_path / f"home-{homes}")
        while True:
            process = start_intake(home.folder, card, threads=dice.choice([1, 2, 4]))
            process.start()
            # The last allowed kill is followed by a run to the end.
            exit_code = process.join(dice.uniform(0, LONGEST_LIFE) if kills < KILLS else 120)
            if exit_code is not None:
                break
            process.kill()
            assert process.join() == -signal.SIGKILL
            kills += 1
        assert exit_code == 0
        assert {each["outcome"] for each in process.results()} <= {"secured", "duplicate"}
        assert {each["path"] for each in process.results()} == {str(path) for path in files}
        assert_secured_once(home, files)
