"""Attacks on a rebuild by who may write into the bucket of the log, and cannot sign."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.custody.note import Checkpoint, SignerKey, sign
from catalog.custody.objects import Shelf, segment_object
from catalog.custody.tree import Growth, leaf_hash
from catalog.rebuild.report import FindingKind
from storage.model import Bucket, Lock, LockMode
from tests.catalog.rebuild.archives import Archive, kinds, log
from tests.catalog.rebuild.conftest import EmptyCatalog
from tests.rows import NOW


def put(archive: Archive, key: str, content: bytes) -> None:
    Shelf(archive.store, lambda now: Lock(LockMode.GOVERNANCE, now + timedelta(days=9))).put(key, content, NOW)


def true_lines(archive: Archive) -> list[bytes]:
    listed = archive.store.list_references(Bucket.CUSTODY, "segment/")
    return [line for each in listed for line in b"".join(archive.store.read(each.reference)).splitlines()]


def forged(line: bytes) -> bytes:
    told = json.dumps({**json.loads(line), "actor": "nobody"}, sort_keys=True, separators=(",", ":"))
    return told.encode()


@pytest.mark.parametrize(("begin", "end"), [(0, 1), (0, 4), (2, 3), (3, 9)])
def test_a_foreign_segment_of_the_log_is_told_and_passed_over(
    small: Archive, empty_catalog: EmptyCatalog, begin: int, end: int
) -> None:
    lines = true_lines(small)[begin:end]
    put(small, segment_object(begin, end), b"".join(forged(line) + b"\n" for line in lines))
    after = empty_catalog("sqlite")
    done = small.rebuild(after)
    assert kinds(done) == {FindingKind.LOG: 1}
    assert segment_object(begin, end) in done.findings[0].subject
    assert done.checkpoints == done.checkpoints_found > 0
    assert log(after)[:-1] == log(small.catalog)


def test_a_foreign_segment_with_a_checkpoint_of_a_foreign_key_is_passed_over(
    small: Archive, empty_catalog: EmptyCatalog
) -> None:
    line, growth = forged(true_lines(small)[0]), Growth()
    growth.add(leaf_hash(line))
    put(small, segment_object(0, 1), line + b"\n")

    put(small, "checkpoint/2026/01/01/000000000001.note", _note_of_one(growth.root()).encode())
    after = empty_catalog("sqlite")
    done = small.rebuild(after)
    assert kinds(done) == {FindingKind.LOG: 2}
    assert done.checkpoints == done.checkpoints_found - 1 > 0
    assert log(after)[:-1] == log(small.catalog)


def _note_of_one(root: bytes) -> str:
    stranger = SignerKey("zhilu-log", Ed25519PrivateKey.generate())
    return sign(Checkpoint("zhilu-log", 1, root).text(), stranger)
