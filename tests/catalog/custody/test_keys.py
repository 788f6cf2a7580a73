"""The key of the log: made once, found out when it is swapped, rotated by a note of both, wherever it is cut."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.custody import key_files, note
from catalog.custody.key_files import key_text, read_key_text
from catalog.custody.keys import KeyPlace, KeyRing, chain_of, introduces, verifier_of
from catalog.custody.note import SignerKey
from catalog.errors import CustodyKeyAbsent, CustodyKeyForeign, CustodyKeyReplaced, CustodyKeyUnfit
from catalog.repositories import custody_log
from catalog.tables.custody import CustodyAction

from .conftest import Log


def stranger() -> SignerKey:
    return SignerKey("zhilu/stranger", Ed25519PrivateKey.generate())


def test_made_on_the_first_run_for_our_own_user_alone(log: Log) -> None:
    made = log.keys().signing_key()
    assert made is not None
    assert stat.S_IMODE(log.place.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.place.path.parent.stat().st_mode) == 0o700
    assert [event.action for event in log.events()] == [CustodyAction.KEY_MADE]
    again = log.keys().signing_key()
    assert again is not None
    assert (again.id, again.verifier) == (made.id, made.verifier)
    assert [verifier_of(row) for row in log.keys().known()] == [made.verifier]


def test_the_bucket_tells_of_it(log: Log) -> None:
    made = log.keys().signing_key()
    assert made is not None
    (told,) = log.objects("key/")
    assert introduces(log.content(told).decode(), made.verifier, made.verifier)


def test_the_private_key_is_nowhere_but_in_its_file(log: Log, tmp_path: Path) -> None:
    made = log.keys().signing_key()
    assert made is not None
    seed = made.signer.private_key.private_bytes_raw()
    text = key_text(made.signer).strip().rpartition("+")[2]
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != log.place.path:
            content = path.read_bytes()
            assert seed not in content
            assert text.encode() not in content
    assert text not in repr(made)


def test_a_key_is_read_as_it_was_written() -> None:
    key = stranger()
    assert read_key_text(key_text(key), "x").verifier == key.verifier


def test_of_two_machines_that_start_at_once_one_makes_the_key(log: Log, tmp_path: Path) -> None:
    together = threading.Barrier(2)

    def start(number: int) -> bool:
        ring = log.keys(KeyPlace(tmp_path / f"machine-{number}/custody/log-key"))
        together.wait(30)
        return ring.signing_key() is not None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(start, range(2))) == [False, True]
    assert len(log.keys().known()) == 1


def test_a_machine_without_the_key_leaves_signing_to_others(log: Log, tmp_path: Path) -> None:
    log.record(1)
    log.checkpoint()
    log.record(1)
    log.sequence()
    elsewhere = KeyPlace(tmp_path / "elsewhere/log-key")
    assert log.keys(elsewhere).signing_key() is None
    assert log.checkpointer(elsewhere).run() == []
    assert not elsewhere.path.exists()


def test_attack_the_key_is_swapped(log: Log) -> None:
    log.record(1)
    log.checkpoint()
    log.place.path.write_text(key_text(stranger()))
    log.record(1)
    with pytest.raises(CustodyKeyForeign, match="none of this custody log"):
        log.checkpoint()
    assert len(log.objects("checkpoint/")) == 1


def test_attack_a_key_by_the_settings_that_is_another(log: Log) -> None:
    log.keys().signing_key()
    with pytest.raises(CustodyKeyForeign, match=r"custody\.key"):
        log.keys(KeyPlace(log.place.path, given=key_text(stranger()))).signing_key()


@pytest.mark.past_the_program
def test_attack_the_key_in_the_catalog_is_swapped(log: Log) -> None:
    log.record(1)
    log.checkpoint()
    forged = log.literal(stranger().verifier.public_key)
    log.past_the_program(f"UPDATE custody_key SET public_key = {forged}")  # noqa: S608
    with pytest.raises(CustodyKeyForeign):
        log.checkpoint()


@pytest.mark.past_the_program
def test_attack_a_second_key_that_the_first_never_introduced(log: Log) -> None:
    key = log.keys().signing_key()
    assert key is not None
    foe = stranger()
    from catalog.custody.keys import key_statement

    statement = note.sign(key_statement(foe.verifier, log.now), foe)
    value = log.literal(foe.verifier.public_key)
    quoted = statement.replace("'", "''")
    log.past_the_program(
        "INSERT INTO custody_key (id, ordinal, name, public_key, made_at, introduced_by) VALUES"  # noqa: S608
        f" ('01890a5d-ac96-774b-bcce-b302099a8057', 1, '{foe.name}', {value}, '2026-03-02T04:00:00.000000+00:00',"
        f" '{quoted}')"
    )
    found = log.keys().signing_key()
    assert found is not None
    assert found.verifier == key.verifier


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_that_others_may_read_is_refused(log: Log, mode: int) -> None:
    log.keys().signing_key()
    log.place.path.chmod(mode)
    with pytest.raises(CustodyKeyUnfit, match="chmod 600"):
        log.keys().signing_key()


@pytest.mark.parametrize("content", ["", "x", "PRIVATE+KEY+a+b", "PRIVATE+KEY+a+00000000+AAAA", "\x00"])
def test_what_is_no_key_is_refused_and_not_repeated(log: Log, content: str) -> None:
    log.keys().signing_key()
    log.place.path.write_text(content)
    with pytest.raises(CustodyKeyUnfit, match="holds no such key"):
        log.keys().signing_key()


def test_rotating_leaves_a_note_of_both(log: Log) -> None:
    log.record(1)
    log.checkpoint()
    old = log.keys().signing_key()
    new = log.keys().rotate(actor="li")
    assert old is not None
    assert new.verifier != old.verifier
    rows = log.keys().known()
    assert [verifier_of(row) for row in rows] == [old.verifier, new.verifier]
    assert introduces(rows[1].introduced_by or "", new.verifier, old.verifier)
    assert rows[1].introduced_by in {log.content(key).decode() for key in log.objects("key/")}
    log.record(1)
    (made,) = log.checkpoint()
    assert note.read_note(made.note).signers([new.verifier]) == [new.verifier]
    assert note.read_note(made.note).signers([old.verifier]) == []
    assert [event.action for event in log.events()].count(CustodyAction.KEY_ROTATED) == 1


def test_rotating_again_and_again_keeps_the_chain(log: Log) -> None:
    for _ in range(4):
        log.keys().rotate(actor="li")
    with log.catalog.reading() as session:
        rows = custody_log.keys(session)
    assert len(chain_of(rows)) == len(rows) == 5
    assert len(chain_of([rows[0], *rows[2:]])) == 1, "one that was left out ends it"
    assert chain_of(rows[1:]) == []


def test_the_key_of_before_no_longer_signs(log: Log, tmp_path: Path) -> None:
    log.keys().signing_key()
    stale = KeyPlace(tmp_path / "stale/log-key")
    key_files.write_private(stale.path, log.place.path.read_text(), replace=True)
    log.keys().rotate(actor="li")
    with pytest.raises(CustodyKeyReplaced, match="has been replaced"):
        log.keys(stale).signing_key()


def test_who_has_no_key_cannot_rotate(log: Log, tmp_path: Path) -> None:
    log.keys().signing_key()
    with pytest.raises(CustodyKeyAbsent, match="not on this machine"):
        log.keys(KeyPlace(tmp_path / "elsewhere/log-key")).rotate(actor="li")


@pytest.mark.parametrize("step", [2, 3, 4])
def test_killed_while_rotating(log: Log, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    old = log.keys().signing_key()
    assert old is not None

    def killed(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    where = {
        2: "catalog.custody.objects.Shelf.put",
        3: "catalog.custody.keys._row",
        4: "catalog.custody.key_files.move",
    }
    with monkeypatch.context() as patched:
        patched.setattr(where[step], killed)
        with pytest.raises(KeyboardInterrupt):
            log.keys().rotate(actor="li")
    found = log.keys().signing_key()
    assert found is not None
    assert (found.verifier == old.verifier) is (step < 4)
    assert not log.place.next_path.exists()
    assert log.keys().rotate(actor="li").verifier not in {old.verifier, found.verifier}


def test_killed_after_the_file_was_made_it_is_the_key_of_the_next_start(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(KeyRing, "_register", killed)
        with pytest.raises(KeyboardInterrupt):
            log.keys().signing_key()
    left = log.place.path.read_text()
    found = log.keys().signing_key()
    assert found is not None
    assert key_text(found.signer) == left
