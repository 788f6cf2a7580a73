import os
from pathlib import Path

import pytest

from api.demo.docking import simulate_docking
from api.demo.errors import FootageInTheWay
from api.demo.footage import Footage


class PulledOut(Exception):
    """The demonstration is stopped in the middle."""


@pytest.fixture
def cards(planned: Footage) -> Footage:
    """The planned tree, filled with bytes of differing sizes instead of recordings."""
    for number, file in enumerate(planned.files):
        path = planned.source(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * (1000 + 150_000 * number))
        os.utime(path, (file.started_at.timestamp(), file.started_at.timestamp()))
    return planned


def total(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_folders_come_first_then_files_grow_side_by_side(cards: Footage, tmp_path: Path) -> None:
    onto = tmp_path / "watched"
    sizes: list[int] = []
    waits: list[float] = []

    def look(seconds: float) -> None:
        if not sizes:
            assert all((onto / file.path).parent.is_dir() for file in cards.files)
            assert {path.relative_to(onto).parts[0] for path in onto.rglob("*.*") if path.is_file()} == {
                "slot-1",
                "slot-2",
            }
        sizes.append(total(onto))
        waits.append(seconds)

    simulate_docking(cards, onto, pace=1_000_000, wait=look)
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > len(cards.files)
    slower_card = max(total(cards.root / slot) for slot in ("slot-1", "slot-2"))
    assert sum(waits) == pytest.approx(slower_card / 1_000_000, rel=0.5)


def test_bytes_and_times_are_kept(cards: Footage, tmp_path: Path) -> None:
    docked = simulate_docking(cards, tmp_path / "watched", pace=1e9, wait=lambda _: None)
    assert [path.relative_to(tmp_path / "watched").as_posix() for path in docked] == [str(f.path) for f in cards.files]
    for file, path in zip(cards.files, docked, strict=True):
        assert path.read_bytes() == cards.source(file).read_bytes()
        assert path.stat().st_mtime == file.started_at.timestamp()


def test_a_docking_that_was_stopped_goes_on(cards: Footage, tmp_path: Path) -> None:
    onto = tmp_path / "watched"
    left = iter(range(6))

    def pull_out(_: float) -> None:
        if next(left, None) is None:
            raise PulledOut

    with pytest.raises(PulledOut):
        simulate_docking(cards, onto, pace=1e9, wait=pull_out)
    assert 0 < total(onto) < total(cards.root)
    docked_already = [
        onto / file.path
        for file in cards.files
        if (onto / file.path).exists() and (onto / file.path).stat().st_mtime == file.started_at.timestamp()
    ]
    assert docked_already
    before = {path: path.stat().st_ctime_ns for path in docked_already}
    docked = simulate_docking(cards, onto, pace=1e9, wait=lambda _: None)
    assert total(onto) == total(cards.root)
    assert {path: path.stat().st_ctime_ns for path in docked_already} == before
    assert all(path.stat().st_mtime == f.started_at.timestamp() for f, path in zip(cards.files, docked, strict=True))


def test_other_files_in_the_way_stay_untouched(cards: Footage, tmp_path: Path) -> None:
    other = tmp_path / "watched" / cards.files[-1].path
    other.parent.mkdir(parents=True)
    other.write_bytes(b"somebody's evidence")
    with pytest.raises(FootageInTheWay) as refused:
        simulate_docking(cards, tmp_path / "watched", pace=1e9, wait=lambda _: None)
    assert refused.value.path == other
    assert other.read_bytes() == b"somebody's evidence"
    assert total(tmp_path / "watched") == len(b"somebody's evidence")


@pytest.mark.parametrize("pace", [0, -1, float("nan")])
def test_a_pace_that_never_ends_is_refused(cards: Footage, tmp_path: Path, pace: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        simulate_docking(cards, tmp_path / "watched", pace=pace, wait=lambda _: None)
