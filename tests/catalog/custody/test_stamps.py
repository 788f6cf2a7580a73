"""Time stamps on checkpoints, by a real authority: what is believed, what is not, and what waits for its turn."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.custody.stamps import Authority, Stamper, StampRefused, check_stamp
from catalog.repositories import custody_log
from catalog.tables import CustodyStamp
from catalog.tables.custody import StampState

from .authority import LocalAuthority, answering, make_authority
from .conftest import Log

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return make_authority(tmp_path_factory.mktemp("tsa") / "authority")


@pytest.fixture
def local(made: LocalAuthority) -> Iterator[LocalAuthority]:
    made.asked, made.status, made.another = [], 200, None
    with answering(made) as authority:
        yield authority


@pytest.fixture
def stamped(log: Log) -> Log:
    """A log whose checkpoints are to be stamped by the authority."""
    log.authorities = {"local": HOUR}
    log.record(3)
    log.checkpoint()
    return log


def stamper(log: Log, *authorities: Authority) -> Stamper:
    return Stamper(log.catalog, log.shelf, authorities, clock=lambda: log.now, seconds=30)


def stamps(log: Log) -> list[CustodyStamp]:
    with log.catalog.reading() as session:
        return list(session.exec(select(CustodyStamp)))


def note_of(log: Log) -> bytes:
    with log.catalog.reading() as session:
        latest = custody_log.latest_checkpoint(session)
    assert latest is not None
    return latest.note.encode()


def test_a_checkpoint_is_stamped_and_the_stamp_is_kept_in_the_bucket_too(stamped: Log, local: LocalAuthority) -> None:
    assert [each.state for each in stamps(stamped)] == [StampState.PENDING]
    assert stamper(stamped, local.authority).run() == 1
    (stamp,) = stamps(stamped)
    assert (stamp.state, stamp.attempts, stamp.last_error) == (StampState.STAMPED, 1, None)
    assert stamp.token is not None
    (lies,) = stamped.objects("stamp/")
    assert stamped.content(lies) == stamp.token
    said = check_stamp(stamp.token, note_of(stamped), local.ca_file)
    assert abs(said.at - datetime.now(UTC)) < HOUR
    assert stamper(stamped, local.authority).run() == 0, "it is not asked again"


def test_openssl_believes_it_as_well(stamped: Log, local: LocalAuthority, tmp_path: Path) -> None:
    stamper(stamped, local.authority).run()
    (stamp,) = stamps(stamped)
    assert stamp.token is not None
    (tmp_path / "note").write_bytes(note_of(stamped))
    (tmp_path / "reply").write_bytes(stamp.token)
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "note", "-in", "reply", "-CAfile", local.ca_file],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Verification: OK" in done.stdout + done.stderr


def test_an_authority_stamps_at_most_so_often(stamped: Log) -> None:
    for minutes in (10, 20, 40):
        stamped.now += timedelta(minutes=minutes)
        stamped.record(1)
        stamped.checkpoint()
    assert len(stamps(stamped)) == 2, "at once, and again an hour later"


def test_one_that_is_away_is_asked_again_later_each_time(stamped: Log, made: LocalAuthority) -> None:
    away = stamper(stamped, Authority("local", "http://127.0.0.1:1/tsr", made.ca_file))
    waited = []
    for _ in range(12):
        assert away.run() == 0
        (stamp,) = stamps(stamped)
        waited.append(stamp.due_at - stamped.now)
        assert away.run() == 0
        assert stamps(stamped)[0].attempts == stamp.attempts, "before its time it is left alone"
        stamped.now = stamp.due_at
    assert waited[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert waited[-1] == timedelta(hours=6)
    assert "does not answer" in (stamps(stamped)[0].last_error or "")
    with answering(made) as back:
        assert stamper(stamped, back.authority).run() == 1
    assert stamps(stamped)[0].last_error is None


def test_one_that_is_away_costs_no_other_its_stamp(log: Log, local: LocalAuthority) -> None:
    log.authorities = {"away": HOUR, "local": HOUR}
    log.record(1)
    log.checkpoint()
    both = (Authority("away", "http://127.0.0.1:1/", local.ca_file), local.authority)
    assert stamper(log, *both).run() == 1
    assert {each.authority: each.state for each in stamps(log)} == {
        "away": StampState.PENDING,
        "local": StampState.STAMPED,
    }


def test_one_that_the_settings_no_longer_name_is_said_so(stamped: Log) -> None:
    assert stamper(stamped).run() == 0
    assert "no such authority" in (stamps(stamped)[0].last_error or "")


def test_an_answer_that_is_no_stamp(stamped: Log, local: LocalAuthority) -> None:
    for status, another, why in (
        (500, b"", "HTTP 500"),
        (200, b"<html>", "no time stamp"),
        (200, b"", "no time stamp"),
    ):
        local.status, local.another = status, another
        stamper(stamped, local.authority).run()
        stamp = stamps(stamped)[0]
        assert (stamp.state, stamp.token) == (StampState.PENDING, None)
        assert why in (stamp.last_error or "")
        stamped.now = stamp.due_at


def test_attack_a_stamp_of_an_authority_nobody_named(stamped: Log, local: LocalAuthority, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other")
    stamper(stamped, Authority("local", local.url, other.ca_file)).run()
    assert "not to be believed" in (stamps(stamped)[0].last_error or "")


def test_attack_an_old_stamp_is_played_again(stamped: Log, local: LocalAuthority) -> None:
    stamper(stamped, local.authority).run()
    (stamp,) = stamps(stamped)
    local.another = stamp.token
    stamped.now += 2 * HOUR
    stamped.record(1)
    stamped.checkpoint()
    stamper(stamped, local.authority).run()
    pending = [each for each in stamps(stamped) if each.state is StampState.PENDING]
    assert len(pending) == 1
    assert "not to be believed" in (pending[0].last_error or "")


def test_attack_a_stamp_on_another_note(stamped: Log, local: LocalAuthority) -> None:
    stamper(stamped, local.authority).run()
    (stamp,) = stamps(stamped)
    assert stamp.token is not None
    with pytest.raises(StampRefused, match="not to be believed"):
        check_stamp(stamp.token, note_of(stamped) + b" ", local.ca_file)
    bent = bytearray(stamp.token)
    bent[-20] ^= 1
    with pytest.raises(StampRefused):
        check_stamp(bytes(bent), note_of(stamped), local.ca_file)


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_certificates_that_cannot_be_read(
    stamped: Log, local: LocalAuthority, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    stamper(stamped, Authority("local", local.url, path)).run()
    assert str(path) in (stamps(stamped)[0].last_error or "")
