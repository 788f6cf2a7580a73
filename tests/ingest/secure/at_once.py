"""What several docks or threads do at once on the same card, and what must then hold: all of it, once each."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ingest.progress import Progress, Step
from tests.conftest import Home

from .conftest import KIB, MIB, PATIENCE, IntakeProcess, assert_secured_once, sha256, sightings_of, some_bytes


def filled_in_pairs(card: Path, count: int, *, small: int = 200 * KIB, large: int = 9 * MIB) -> dict[Path, bytes]:
    """Files of which every two have the same content, two of them large."""
    files = {card / f"{number:02}.mp4": some_bytes(small + number // 2, seed=number // 2) for number in range(count)}
    files[card / "large.mp4"] = files[card / "large copy.mp4"] = some_bytes(large)
    for path, content in files.items():
        path.write_bytes(content)
    return files


def taken_by_all(processes: Sequence[IntakeProcess]) -> list[dict[str, Any]]:
    """What all processes said that took the same card at once."""
    for process in processes:
        process.start()
    assert [process.join() for process in processes] == [0] * len(processes)
    return [result for process in processes for result in process.results()]


def assert_each_content_secured_by_one(
    home: Home, files: dict[Path, bytes], said: list[dict[str, Any]], *, times: int
) -> None:
    """Every file was answered `times` times, and every content secured by one of those who asked."""
    assert Counter(each["path"] for each in said) == dict.fromkeys(map(str, files), times)
    secured = Counter(each["sha256"] for each in said if each["outcome"] == "secured")
    assert secured == dict.fromkeys(map(sha256, files.values()), 1)
    assert {sighting.times_seen for sighting in sightings_of(home)} == {times}
    assert_secured_once(home, files)


def assert_one_of_many_secures(home: Home, card: Path, names: Sequence[str], content: bytes) -> None:
    """As many threads as names come to the claim in the same moment; the same name may stand there again."""
    files = {card / name: content for name in names}
    for path in files:
        path.write_bytes(content)
    together = threading.Barrier(len(names))

    def begun(step: Step) -> None:
        if step is Step.CLAIM:
            together.wait(PATIENCE)

    busy = home.watched_by(Progress(on_step=begun))
    with ThreadPoolExecutor(len(names)) as threads:
        said = [result for results in threads.map(busy.take, (card / name for name in names)) for result in results]
    assert sorted(each.outcome for each in said) == ["duplicate"] * (len(names) - 1) + ["secured"]
    assert sum(sighting.times_seen for sighting in sightings_of(home)) == len(names)
    assert_secured_once(home, files)
