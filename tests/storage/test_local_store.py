"""What the embedded store alone promises: files nobody writes to, and whole versions whatever kills a process."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.contract import Upload
from storage.errors import StoreFull, StoreUnavailable, VersionNotFound
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, StoredVersion

MIB = 1024 * 1024
CONTENT = bytes(range(256)) * 5000
LOCK = Lock(LockMode.GOVERNANCE, datetime(2100, 1, 1, tzinfo=UTC))
LONGER = Lock(LockMode.COMPLIANCE, datetime(2100, 2, 1, tzinfo=UTC))
KEY = "2026/05/01/recording"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root)


def put(store: LocalStore, key: str = KEY, content: bytes = CONTENT, lock: Lock | None = LOCK) -> StoredVersion:
    with store.upload(Bucket.ORIGINALS, key, lock=lock) as upload:
        upload.write(content)
        return upload.complete()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def incoming(root: Path) -> list[Path]:
    return list((root / "incoming").iterdir())


# --- files nobody writes to ------------------------------------------------------------------------------------


def assert_read_only(store: LocalStore, stored: StoredVersion) -> None:
    data = store.local_path(stored.reference)
    assert (mode(data), mode(data.with_name("facts.json")), mode(data.parent)) == (0o444, 0o444, 0o555)
    assert sorted(path.name for path in data.parent.iterdir()) == ["data", "facts.json"]


def test_a_version_is_read_only_whatever_was_changed_of_its_facts(store: LocalStore) -> None:
    stored = put(store)
    assert_read_only(store, stored)
    changes: list[Callable[[], StoredVersion]] = [
        lambda: store.extend_lock(stored.reference, LONGER),
        lambda: store.set_hold(stored.reference),
        lambda: store.lift_hold(stored.reference),
    ]
    for change in changes:
        change()
        assert_read_only(store, stored)


def test_the_store_is_closed_to_other_users(root: Path, store: LocalStore) -> None:
    assert mode(root) == 0o700
    put(store)


@pytest.mark.parametrize("made", ["a file", "below a file"])
def test_a_root_that_cannot_be_a_folder(tmp_path: Path, made: str) -> None:
    blocking = tmp_path / "blocking"
    blocking.touch()
    with pytest.raises(StoreUnavailable):
        LocalStore(blocking if made == "a file" else blocking / "objects")


# --- room ------------------------------------------------------------------------------------------------------

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as shutil has it


def test_refuses_an_upload_once_the_reserve_would_be_touched(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(root, reserve_bytes=100 * MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(0, 0, 100 * MIB - 1))
    with pytest.raises(StoreFull, match="full but for the 100 MiB that are kept free: make room") as refused:
        store.upload(Bucket.ORIGINALS, KEY)
    assert refused.value.where == str(root)
    assert incoming(root) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(0, 0, 100 * MIB))
    put(store)


def test_stops_a_large_upload_before_it_eats_up_the_reserve(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else fills the disk meanwhile: room is looked at again every 64 MiB."""
    store = LocalStore(root, reserve_bytes=100 * MIB)
    free = [150 * MIB]
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(0, 0, free[0]))
    written = [0]

    def write_on() -> None:
        with store.upload(Bucket.ORIGINALS, KEY) as upload:
            for _ in range(100):
                upload.write(bytes(4 * MIB))
                written[0] += 4 * MIB
                free[0] -= 4 * MIB

    with pytest.raises(StoreFull):
        write_on()
    assert written[0] <= 64 * MIB
    assert incoming(root) == []
    assert list(store.list_versions(Bucket.ORIGINALS)) == []


# --- the sweep -------------------------------------------------------------------------------------------------

HOLD_AN_UPLOAD = """
import sys
from pathlib import Path
from storage.local import LocalStore
from storage.model import Bucket
with LocalStore(Path(sys.argv[1])).upload(Bucket.ORIGINALS, "theirs") as upload:
    upload.write(b"half of it, ")
    print("ready", flush=True)
    sys.stdin.readline()
    upload.write(b"and the rest")
    upload.complete()
"""


@pytest.fixture
def other(root: Path, store: LocalStore) -> "Iterator[subprocess.Popen[str]]":
    """Another process in the midst of an upload; it completes it at a line of input."""
    assert store.sweep_abandoned() == 0
    command = [sys.executable, "-c", HOLD_AN_UPLOAD, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_sweep_leaves_the_living_alone(root: Path, store: LocalStore, other: "subprocess.Popen[str]") -> None:
    with store.upload(Bucket.ORIGINALS, "ours") as upload:
        assert store.sweep_abandoned() == 0
        assert LocalStore(root).sweep_abandoned() == 0
        upload.write(b"ours")
        upload.complete()
    other.communicate("go on\n", timeout=60)
    assert other.returncode == 0
    assert {stored.reference.key: stored.size for stored in store.list_versions(Bucket.ORIGINALS)} == {
        "ours": 4,
        "theirs": 24,
    }
    assert incoming(root) == []


def test_sweep_removes_what_the_dead_left(root: Path, store: LocalStore, other: "subprocess.Popen[str]") -> None:
    other.kill()
    other.wait(timeout=60)
    assert len(incoming(root)) == 1
    assert store.sweep_abandoned() == 1
    assert incoming(root) == []
    assert list(store.list_versions(Bucket.ORIGINALS)) == []
    assert store.sweep_abandoned() == 0


def test_sweep_beside_uploads_that_come_and_go(root: Path, store: LocalStore) -> None:
    """A process that starts sweeps while others abandon, complete and delete."""
    ended = threading.Event()

    def sweep() -> None:
        while not ended.is_set():
            LocalStore(root).sweep_abandoned()

    def come_and_go(number: int) -> None:
        for turn in range(40):
            with store.upload(Bucket.ORIGINALS, f"{number}/abandoned") as upload:
                upload.write(b"x")
            stored = put(store, f"{number}/{turn}", b"content", lock=None)
            store.delete_version(stored.reference)
            put(store, f"{number}/{turn}", b"content", lock=None)

    with ThreadPoolExecutor(5) as threads:
        sweeping = [threads.submit(sweep) for _ in range(2)]
        try:
            for each in [threads.submit(come_and_go, number) for number in range(3)]:
                each.result(timeout=120)
        finally:
            ended.set()
        for each in sweeping:
            each.result(timeout=60)
    assert incoming(root) == []
    assert len(list(store.list_versions(Bucket.ORIGINALS))) == 3 * 40


def test_versions_of_one_folder_come_and_go_at_once(store: LocalStore) -> None:
    """Deleting the last version of a folder removes the folder, under whoever is just putting another one there."""

    def come_and_go(number: int) -> None:
        for turn in range(60):
            stored = put(store, f"2026/05/01/{number}", str(turn).encode(), lock=None)
            assert b"".join(store.read(stored.reference)) == str(turn).encode()
            store.delete_version(stored.reference)

    with ThreadPoolExecutor(3) as threads:
        for each in [threads.submit(come_and_go, number) for number in range(3)]:
            each.result(timeout=120)
    assert list(store.list_versions(Bucket.ORIGINALS)) == []


def test_a_completed_version_can_be_changed_before_its_upload_is_left(root: Path, store: LocalStore) -> None:
    """Whoever takes over from a slow process must not wait for it."""
    thread = ThreadPoolExecutor(1)
    with store.upload(Bucket.ORIGINALS, KEY, lock=LOCK) as upload:
        upload.write(CONTENT)
        stored = upload.complete()
        changed = thread.submit(LocalStore(root).extend_lock, stored.reference, LONGER)
        assert changed.result(timeout=30).lock == LONGER
    thread.shutdown()


# --- killed between any two steps ------------------------------------------------------------------------------

# Forks once for each moment: the child kills itself before the n-th of the calls that change a disk.
KILL_BEFORE_EACH_CALL = """
import itertools, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode

base, what = Path(sys.argv[1]), sys.argv[2]
key, content = "2026/05/01/recording", bytes(range(256)) * 5000
lock = Lock(LockMode.GOVERNANCE, datetime(2100, 1, 1, tzinfo=UTC))
longer = Lock(LockMode.COMPLIANCE, datetime(2100, 2, 1, tzinfo=UTC))

def put(store, lock):
    with store.upload(Bucket.ORIGINALS, key, lock=lock) as upload:
        upload.write(content)
        return upload.complete().reference

operations = {
    "upload": lambda store, _: put(store, lock),
    "extend_lock": lambda store, reference: store.extend_lock(reference, longer),
    "set_hold": lambda store, reference: store.set_hold(reference),
    "delete_version": lambda store, reference: store.delete_version(reference),
}
first_lock = {"upload": None, "delete_version": None}.get(what, lock)

def arm(moment):
    calls = itertools.count()
    def armed(call):
        def called(*arguments, **given):
            if next(calls) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **given)
        return called
    for name in ("open", "write", "fsync", "fdatasync", "mkdir", "rename", "replace", "chmod", "unlink", "rmdir"):
        setattr(os, name, armed(getattr(os, name)))

for moment in itertools.count():
    store = LocalStore(base / str(moment))
    reference = None if what == "upload" else put(store, first_lock)
    child = os.fork()
    if child == 0:
        arm(moment)
        operations[what](store, reference)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(moment, code, flush=True)
    if code == 0:
        break
    # As the user that runs it, not as one who may do anything: what was left must not stand in the way.
    if what in ("extend_lock", "set_hold"):
        found = store.head(reference)
        (base / str(moment) / "seen").write_text(repr(found.lock == longer or found.held))
        operations[what](store, reference)
"""


def kill_before_each_call(base: Path, what: str) -> list[Path]:
    """Roots of the stores whose process was killed, moment by moment, and last the one that was not."""
    command = [sys.executable, "-c", KILL_BEFORE_EACH_CALL, str(base), what]
    if os.geteuid() == 0:
        humble = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
        if subprocess.run([*humble, "true"], capture_output=True, timeout=30, check=False).returncode == 0:
            command = [*humble, *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    codes = [int(line.split()[1]) for line in done.stdout.splitlines()]
    assert codes[-1] == 0
    assert set(codes[:-1]) == {-signal.SIGKILL}
    return [base / str(moment) for moment in range(len(codes))]


def versions_after_restart(root: Path) -> list[StoredVersion]:
    store = LocalStore(root)
    store.sweep_abandoned()
    assert incoming(root) == []
    return list(store.list_versions(Bucket.ORIGINALS))


def test_upload_killed_at_any_moment_is_whole_or_nothing(tmp_path: Path) -> None:
    roots = kill_before_each_call(tmp_path, "upload")
    visible = []
    for root in roots:
        versions = versions_after_restart(root)
        visible.append(len(versions))
        assert len([path for path in (root / "objects").rglob("*") if path.is_file()]) == 2 * len(versions)
        store = LocalStore(root)
        for stored in versions:
            assert (stored.size, stored.lock) == (len(CONTENT), LOCK)
            assert b"".join(store.read_back(stored.reference)) == CONTENT
        again = put(store)
        assert b"".join(store.read_back(again.reference)) == CONTENT
        assert len(versions_after_restart(root)) == len(versions) + 1
    # Nothing, up to one moment; from then on the whole version.
    assert visible == sorted(visible)
    assert visible[0] == 0
    assert visible[-1] == 1
    assert visible.count(0) >= 8
    assert visible.count(1) >= 3


@pytest.mark.parametrize("what", ["extend_lock", "set_hold"])
def test_change_killed_at_any_moment_is_made_or_not_and_can_be_made_again(tmp_path: Path, what: str) -> None:
    roots = kill_before_each_call(tmp_path, what)
    seen = [(root / "seen").read_text() for root in roots[:-1]]
    assert set(seen) == {"True", "False"}
    assert seen == sorted(seen)  # the old facts, up to one moment; from then on the new ones
    for root in roots:
        (stored,) = versions_after_restart(root)
        assert (stored.lock, stored.held) == ((LONGER, False) if what == "extend_lock" else (LOCK, True))
        store = LocalStore(root)
        assert b"".join(store.read_back(stored.reference)) == CONTENT
        assert_read_only(store, stored)


def test_deletion_killed_at_any_moment_leaves_all_or_nothing(tmp_path: Path) -> None:
    roots = kill_before_each_call(tmp_path, "delete_version")
    left = []
    for root in roots:
        versions = versions_after_restart(root)
        left.append(len(versions))
        store = LocalStore(root)
        for stored in versions:
            assert b"".join(store.read_back(stored.reference)) == CONTENT
            store.delete_version(stored.reference)
            with pytest.raises(VersionNotFound):
                store.head(stored.reference)
        put(store)
    assert left == sorted(left, reverse=True)
    assert (left[0], left[-1]) == (1, 0)


def test_an_upload_that_is_left_removes_its_traces(root: Path, store: LocalStore) -> None:
    def leave(upload: Upload) -> None:
        with upload:
            upload.write(CONTENT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave(store.upload(Bucket.ORIGINALS, KEY, lock=LOCK))
    assert incoming(root) == []
    assert list(store.list_versions(Bucket.ORIGINALS)) == []


def test_a_lock_of_the_past_forbids_nothing(store: LocalStore) -> None:
    stored = put(store, lock=Lock(LockMode.COMPLIANCE, datetime.now(UTC) - timedelta(seconds=1)))
    store.delete_version(stored.reference)
    assert list(store.list_versions(Bucket.ORIGINALS)) == []
