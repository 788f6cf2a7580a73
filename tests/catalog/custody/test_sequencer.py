"""The sequencer: every event gets one position, in the order of arrival, whoever is at it, wherever it is killed."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, select

from catalog import seals
from catalog.custody.leaf import leaf_content
from catalog.custody.sequencer import Sequencer
from catalog.custody.tree import Growth, Node, Span, leaf_hash, nodes_of
from catalog.engine import Catalog
from catalog.repositories import custody, custody_log
from catalog.tables import CustodyLeaf, CustodyPending, CustodySubtree
from catalog.tables.custody import CustodyAction

from .conftest import Log


def positions(log: Log) -> list[tuple[int, object]]:
    with log.catalog.reading() as session:
        return [
            (leaf.position, leaf.event_id) for leaf in session.exec(select(CustodyLeaf).order_by(CustodyLeaf.position))
        ]  # type: ignore[arg-type]


def waiting(log: Log) -> int:
    with log.catalog.reading() as session:
        return custody_log.count_waiting(session)


def test_events_get_their_positions_in_the_order_of_their_arrival(log: Log) -> None:
    made = log.record(7)
    assert (waiting(log), log.size()) == (7, 0)
    assert log.sequence() == 7
    assert positions(log) == list(enumerate(made))
    assert waiting(log) == 0
    assert log.sequence() == 0
    more = log.record(3)
    assert log.sequence() == 3
    assert positions(log) == list(enumerate([*made, *more]))


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_batches_of_any_size_make_the_same_tree(log: Log, batch: int) -> None:
    log.record(70)
    sequencer = Sequencer(log.catalog, batch=batch)
    while sequencer.once():
        pass
    with log.catalog.reading() as session:
        events = custody_log.placed(session, 0, 70)
        grown = custody_log.growth(session, 70)
        kept = {Node(row.height, row.number): row.hash for row in session.exec(select(CustodySubtree))}
    expected, made = Growth(), dict[Node, bytes]()
    for event in events:
        assert event.leaf_hash == leaf_hash(leaf_content(event.row))
        made.update(expected.add(event.leaf_hash))
    assert (grown.size, grown.root()) == (70, expected.root())
    assert kept == {node: found for node, found in made.items() if node.height >= custody_log.LEAST_HEIGHT}


def test_every_node_of_every_height_can_be_had(log: Log) -> None:
    log.record(70)
    log.sequence()
    with log.catalog.reading() as session:
        leaves = custody_log.leaf_hashes(session, 0, 70)
        for size in (1, 31, 32, 33, 64, 69, 70):
            nodes = nodes_of(Span(0, size))
            growth = Growth()
            growth.add_all(leaves[:size])
            found = custody_log.hashes(session, nodes)
            assert [found[node] for node in nodes] == list(growth.peaks)


def test_several_at_once_place_every_event_once(log: Log) -> None:
    made = log.record(300)
    together = threading.Barrier(4)

    def sequence(_number: int) -> int:
        together.wait(30)
        count = 0
        while waiting(log):
            count += Sequencer(log.catalog, batch=20).run()
        return count

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sequence, range(4))) == 300
    assert positions(log) == list(enumerate(made))


def test_writers_go_on_while_events_are_placed(log: Log) -> None:
    ended = threading.Event()

    def sequence() -> None:
        while not ended.is_set():
            Sequencer(log.catalog, batch=10).run()

    with ThreadPoolExecutor(4) as pool:
        placing = pool.submit(sequence)
        try:
            made = [event for each in [pool.submit(log.record, 40) for _ in range(3)] for event in each.result(60)]
        finally:
            ended.set()
        placing.result(60)
    log.sequence()
    assert [position for position, _event in positions(log)] == list(range(120))
    assert {event for _position, event in positions(log)} == set(made)


# SQLite has one writer at a time.
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_is_not_committed_yet_comes_later_and_nothing_is_left_out(log: Log) -> None:
    first: object = None
    with log.catalog.writing() as session:
        event = custody.record(
            session, CustodyAction.VIEWED, at=log.now, actor="slow", subject_kind="recording", subject_id=None
        )
        first = event.id
        seals.seal(session, now=log.now)  # it has arrived, and is not committed
        seals.collect(session)
        (second,) = log.record(1)
        assert log.sequence() == 1
    assert log.sequence() == 1
    assert positions(log) == [(0, second), (1, first)]


def test_killed_before_the_commit_nothing_is_placed(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.record(5)
    append = custody_log.append

    def killed(*arguments: object) -> None:
        append(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(custody_log, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            log.sequence()
    assert (log.size(), waiting(log)) == (0, 5)
    assert log.sequence() == 5


def test_a_position_is_never_given_twice(log: Log) -> None:
    made = log.record(2)
    log.sequence()
    for position, event in ((0, log.record(1)[0]), (2, made[0])):
        with pytest.raises(DBAPIError), log.catalog.writing() as session:
            session.connection().execute(
                insert(SQLModel.metadata.tables["custody_leaf"]),
                [{"position": position, "event_id": event, "leaf_hash": bytes(32)}],
            )


@pytest.mark.parametrize("statement", ["UPDATE custody_leaf SET leaf_hash = leaf_hash", "DELETE FROM custody_leaf"])
def test_the_database_itself_refuses_to_change_a_position(log: Log, statement: str) -> None:
    log.record(1)
    log.sequence()
    with pytest.raises(DBAPIError, match="append-only"), log.catalog.writing() as session:
        session.connection().execute(text(statement))


def test_events_of_earlier_versions_wait_too(catalog: Catalog) -> None:
    """They have neither salt nor seals, and still their leaf."""
    known = uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    statement = text(
        "INSERT INTO custody_event (id, at, actor, action, subject_kind, result, details)"
        " VALUES (:id, '2026-03-02T04:00:00.000000+00:00', 'li', 'viewed', 'recording', 'done', '{}')"
    )
    with catalog.writing() as session:
        session.connection().execute(statement, {"id": known.hex})
    assert Sequencer(catalog).run() == 1
    with catalog.reading() as session:
        assert session.exec(select(CustodyPending)).all() == []
        (event,) = custody_log.placed(session, 0, 1)
    assert event.leaf_hash == leaf_hash(leaf_content(event.row))
