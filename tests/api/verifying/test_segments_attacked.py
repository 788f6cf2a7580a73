"""Whoever may write into the bucket of the log, but delete nothing there, puts a second copy of events beside ours."""

import json
from uuid import UUID

import pytest

from api.verifying.model import Code
from catalog.custody.objects import segment_object, span_in
from storage.model import Bucket, VersionReference
from tests.api.verifying.conftest import House

pytestmark = pytest.mark.parametrize("house", ["embedded"], indirect=True)


def ours(house: House) -> list[tuple[int, bytes]]:
    """The events that were signed, each with its position."""
    found = []
    for each in house.runtime.store.list_references(Bucket.CUSTODY, "segment/"):
        span = span_in(each.reference.key)
        assert span is not None
        lines = b"".join(house.runtime.store.read(each.reference)).splitlines()
        found += list(enumerate(lines, span[0]))
    return found


def forged(line: bytes) -> bytes:
    told = json.loads(line)
    told["actor"] = "nobody"
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def put(house: House, begin: int, lines: list[bytes]) -> VersionReference:
    with house.runtime.store.upload(Bucket.CUSTODY, segment_object(begin, begin + len(lines))) as upload:
        upload.write(b"".join(line + b"\n" for line in lines))
        return upload.complete().reference


@pytest.mark.parametrize("how", ["one event of it", "all of it, under the same key", "more than all of it"])
def test_a_second_segment_is_named_and_nothing_else_is(house: House, how: str) -> None:
    assert house.findings() == {}
    lines = [forged(line) for _position, line in ours(house)]
    match how:
        case "one event of it":
            foreign = put(house, 3, lines[3:4])
        case "all of it, under the same key":
            first = next(iter(house.runtime.store.list_references(Bucket.CUSTODY, "segment/")))
            begin, end = span_in(first.reference.key) or (0, 0)
            foreign = put(house, begin, lines[begin:end])
        case _:
            foreign = put(house, 0, [*lines, *(b"{}" for _each in range(50))])
    found = [each for each in house.verify()[0] if each.code is not Code.OBJECT_UNLOCKED]
    assert [each.code for each in found] == [Code.SEGMENT_FOREIGN]
    assert found[0].facts["object"] == str(foreign)


def test_a_second_segment_beside_a_log_that_was_tampered_with(house: House) -> None:
    """The true one is older: which event was changed is told by that one still."""
    position, line = ours(house)[4]
    put(house, position, [forged(line)])
    event_id = str(json.loads(line)["id"])
    house.attacker.change("custody_event", UUID(event_id), actor="nobody")
    found = house.findings()
    assert found[Code.EVENT_CHANGED]["event"] == event_id
