"""Checkpoints: each extends the one before, whoever tampers in between, wherever the process is killed."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.custody import checkpoints, key_files
from catalog.custody.keys import KeyPlace
from catalog.custody.objects import Shelf, size_in, span_in
from catalog.custody.tree import Growth, consistency_spans, leaf_hash, nodes_of, proof_of, proves_consistency
from catalog.errors import CustodyLogChanged, CustodyLogShorter
from catalog.repositories import custody_log
from catalog.tables import CustodyCheckpoint, CustodyObject
from storage.model import Bucket, VersionReference

from .conftest import Log


def rows(log: Log) -> list[CustodyCheckpoint]:
    with log.catalog.reading() as session:
        return list(session.exec(select(CustodyCheckpoint).order_by(CustodyCheckpoint.size)))  # type: ignore[arg-type]


def rebuilt(log: Log) -> Growth:
    """The tree, from the bucket alone."""
    growth = Growth()
    for each in log.store.list_references(Bucket.CUSTODY, "segment/"):
        begin, end = span_in(each.reference.key) or (0, 0)
        if end > growth.size >= begin:
            lines = b"".join(log.store.read(each.reference)).split(b"\n")[:-1]
            growth.add_all([leaf_hash(line) for line in lines[growth.size - begin :]])
    return growth


def test_the_first_checkpoint_is_of_all_there_is(log: Log) -> None:
    log.record(5)
    (made,) = log.checkpoint()
    assert log.read(made.note).size == made.size == 5
    assert log.read(made.note).root == made.root == rebuilt(log).root()
    assert log.content(made.object_key).decode() == made.note
    stored = log.store.head(VersionReference(Bucket.CUSTODY, made.object_key, made.object_version))
    assert stored.lock is not None
    assert stored.lock.retain_until == log.now + timedelta(days=366)


def test_a_tree_that_did_not_grow_is_not_signed_again(log: Log) -> None:
    log.record(1)
    log.checkpoint()
    log.checkpoint()  # the key's own event
    assert log.checkpoint() == []
    assert [row.size for row in rows(log)] == [1, 2]


def test_each_checkpoint_extends_the_one_before(log: Log) -> None:
    for count in (1, 5, 30, 64, 1):
        log.record(count)
        log.checkpoint()
        log.now += timedelta(minutes=1)
    made = rows(log)
    assert len(made) == 5
    for earlier, later in pairwise(made):
        spans = consistency_spans(earlier.size, later.size)
        with log.catalog.reading() as session:
            hashes = custody_log.hashes(session, [node for span in spans for node in nodes_of(span)])
        proof = proof_of(spans, hashes)
        assert proves_consistency(earlier.size, later.size, proof, earlier.root, later.root)
    assert (rebuilt(log).size, rebuilt(log).root()) == (made[-1].size, made[-1].root)


def test_what_lies_in_the_bucket_is_on_record_with_its_locks(log: Log) -> None:
    log.record(3)
    log.checkpoint()
    with log.catalog.reading() as session:
        noted = {(each.object_key, each.object_version) for each in session.exec(select(CustodyObject))}
    lies = {(each.reference.key, each.reference.version_id) for each in log.store.list_references(Bucket.CUSTODY)}
    assert noted == lies
    assert {key.partition("/")[0] for key, _version in lies} == {"key", "segment", "checkpoint"}


def test_a_long_backlog_is_signed_in_steps(log: Log) -> None:
    log.record(25)
    log.sequence()
    made = log.checkpointer(events_at_most=10).run()
    assert [each.size for each in made] == [10, 20, 25]
    assert rebuilt(log).root() == made[-1].root


def test_segments_stay_smaller_than_a_part(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.custody.segments.BYTES_AT_MOST", 2000)
    log.record(25)
    (made,) = log.checkpoint()
    assert len(log.objects("segment/")) > 2
    assert all(len(log.content(key)) <= 2000 for key in log.objects("segment/"))
    assert rebuilt(log).root() == made.root


@pytest.mark.parametrize("step", ["SEGMENT", "SIGN", "STORE", "RECORD"])
def test_killed_between_steps_the_next_round_goes_on(log: Log, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    log.record(3)
    log.checkpoint()
    log.record(4)
    log.sequence()
    put = Shelf.put

    def killed(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    def killed_at_the_note(self: Shelf, key: str, *rest: object) -> object:
        if key.startswith("checkpoint/"):
            raise KeyboardInterrupt
        return put(self, key, *rest)  # type: ignore[arg-type]

    where: dict[str, tuple[object, str, object]] = {
        "SEGMENT": (Shelf, "put", killed),
        "SIGN": (key_files, "write_private", killed),
        "STORE": (Shelf, "put", killed_at_the_note),
        "RECORD": (checkpoints, "CustodyCheckpoint", killed),
    }
    with monkeypatch.context() as patched:
        patched.setattr(*where[step])
        with pytest.raises(KeyboardInterrupt):
            log.checkpointer().run()
    log.record(1)
    log.checkpoint()
    newest = rows(log)[-1]
    assert newest.size == log.size() == 9
    assert rebuilt(log).root() == newest.root


# --- attacks ----------------------------------------------------------------------------------------------------------


@pytest.mark.past_the_program
def test_attack_a_signed_event_is_changed_and_the_tree_computed_anew(log: Log) -> None:
    """By somebody who has the database, and knows how the tree is made, but not the key."""
    log.record(40)
    log.checkpoint()
    log.past_the_program("UPDATE custody_event SET actor = 'somebody else'")
    with log.catalog.reading() as session:
        from catalog.custody.leaf import leaf_hash as hash_of

        forged = [(each.position, hash_of(each.row)) for each in custody_log.placed(session, 0, 40)]
    growth, statements = Growth(), list[str]()
    for position, found in forged:
        forging = f"UPDATE custody_leaf SET leaf_hash = {log.literal(found)} WHERE position = {position}"  # noqa: S608
        statements.append(forging)
        for node, inner in growth.add(found):
            where = f"WHERE height = {node.height} AND number = {node.number}"
            statements.append(f"UPDATE custody_subtree SET hash = {log.literal(inner)} {where}")  # noqa: S608
    log.past_the_program(*statements)
    log.record(1)
    with pytest.raises(CustodyLogChanged, match="first 40 events differ"):
        log.checkpoint()
    assert len(log.objects("checkpoint/")) == 1


@pytest.mark.past_the_program
@pytest.mark.parametrize("statement", ["UPDATE custody_event SET actor = 'somebody else'", "DELETE FROM custody_event"])
def test_attack_an_event_is_changed_or_removed_after_it_was_placed_and_before_it_was_signed(
    log: Log, statement: str
) -> None:
    log.record(3)
    log.checkpoint()
    log.record(3)
    log.sequence()
    log.past_the_program(statement)
    with pytest.raises(CustodyLogChanged, match=r"event \d+ is not what its leaf says"):
        log.checkpoint()


@pytest.mark.past_the_program
def test_attack_the_end_of_the_log_is_cut_off(log: Log) -> None:
    log.record(9)
    log.checkpoint()
    log.past_the_program("DELETE FROM custody_leaf WHERE position >= 5", "DELETE FROM custody_checkpoint")
    with pytest.raises(CustodyLogShorter, match="5 events, but 9 were signed"):
        log.checkpointer().run()


@pytest.mark.past_the_program
@pytest.mark.parametrize("forgotten", ["nothing", "beside the key", "in the catalog", "both"])
def test_attack_the_catalog_of_yesterday_is_put_back(log: Log, forgotten: str) -> None:
    """Whatever else is wiped with it: what was signed last is told by the bucket too."""
    log.record(5)
    log.checkpoint()
    log.now += timedelta(days=1)
    log.record(4)
    log.checkpoint()
    statements = ["DELETE FROM custody_leaf WHERE position >= 5", "DELETE FROM custody_subtree"]
    if forgotten in {"in the catalog", "both"}:
        statements.append("DELETE FROM custody_checkpoint WHERE size > 5")
    log.past_the_program(*statements)
    if forgotten in {"beside the key", "both"}:
        log.place.memory.unlink()
    log.now += timedelta(hours=1)
    with pytest.raises(CustodyLogShorter):
        log.checkpointer().run()


@pytest.mark.past_the_program
def test_attack_a_new_catalog_on_an_old_bucket(log: Log) -> None:
    log.record(5)
    log.checkpoint()
    log.place.memory.unlink()
    log.past_the_program("DELETE FROM custody_checkpoint", "DELETE FROM custody_leaf", "DELETE FROM custody_subtree")
    with pytest.raises(CustodyLogShorter, match="0 events, but 5"):
        log.checkpointer().run()


def test_attack_notes_of_nobody_in_the_bucket_move_nothing(log: Log) -> None:
    """Who can write into the bucket but has no key cannot keep the log from being signed."""
    log.record(3)
    log.checkpoint()
    forged = log.content(log.objects("checkpoint/")[0]).decode().replace("\n3\n", "\n999\n")
    for size, content in ((999, forged), (1000, "no note"), (1001, "\udcff")):
        key = log.objects("checkpoint/")[0].rpartition("/")[0] + f"/{size:012d}.note"
        log.shelf.put(key, content.encode(errors="surrogateescape"), log.now)
        assert size_in(key) == size
    log.record(1)
    assert log.checkpoint()[-1].size == 5


def test_two_machines_with_one_key_sign_one_tree(log: Log, tmp_path: Path) -> None:
    log.record(3)
    log.checkpoint()
    other = KeyPlace(tmp_path / "other/custody/log-key")
    key_files.write_private(other.path, log.place.path.read_text(), replace=True)
    for _ in range(3):
        for place in (log.place, other):
            log.record(2)
            log.sequence()
            assert len(log.checkpointer(place).run()) == 1
    assert rows(log)[-1].root == rebuilt(log).root()
