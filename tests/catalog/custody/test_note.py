"""Signed notes and checkpoints: the published example of Go's implementation, and every way to bend one."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from catalog.custody.note import (
    Checkpoint,
    NoteMalformed,
    SignerKey,
    VerifierKey,
    read_checkpoint,
    read_note,
    sign,
)

# golang.org/x/mod/sumdb/note, note_test.go.
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = TEXT + (
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PETER = SignerKey("PeterNeumann", Ed25519PrivateKey.from_private_bytes(SEED))
OTHER = SignerKey("another", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def test_a_key_is_written_as_others_write_it() -> None:
    assert str(PETER.verifier) == VERIFIER
    assert VerifierKey.read(VERIFIER) == PETER.verifier


def test_a_note_is_signed_as_others_sign_it() -> None:
    assert sign(TEXT, PETER) == NOTE


def test_a_note_of_others_is_read() -> None:
    note = read_note(NOTE)
    assert (note.text, note.signers([PETER.verifier])) == (TEXT, [PETER.verifier])


def test_two_signatures_are_two_signers_and_one_twice_is_one() -> None:
    both = sign(TEXT, PETER, OTHER, PETER)
    assert read_note(both).signers([OTHER.verifier, PETER.verifier]) == [PETER.verifier, OTHER.verifier]


def test_signatures_of_keys_that_are_not_known_say_nothing() -> None:
    assert read_note(NOTE).signers([OTHER.verifier]) == []
    namesake = SignerKey("PeterNeumann", OTHER.private_key)
    assert read_note(sign(TEXT, namesake)).signers([PETER.verifier]) == []


def test_a_text_that_was_changed_is_found_out() -> None:
    with pytest.raises(NoteMalformed, match="does not fit"):
        read_note(NOTE.replace("problem,", "problems,")).signers([PETER.verifier])


def test_the_hint_of_one_key_on_the_signature_of_another_is_found_out() -> None:
    signature = base64.b64encode(PETER.verifier.hint + OTHER.private_key.sign(TEXT.encode())).decode()
    forged = f"{TEXT}\n— PeterNeumann {signature}\n"
    with pytest.raises(NoteMalformed, match="does not fit"):
        read_note(forged).signers([PETER.verifier])


@given(st.integers(0, len(NOTE) - 1), st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs"]))
def test_no_note_with_one_character_changed_is_signed(place: int, character: str) -> None:
    bent = NOTE[:place] + character + NOTE[place + 1 :]
    if bent == NOTE:
        return
    try:
        signers = read_note(bent).signers([PETER.verifier])
    except NoteMalformed:
        return
    assert signers == []


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        TEXT,
        f"{TEXT}\n",
        NOTE.removesuffix("\n"),
        NOTE + "trailing\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("x08g", "x0 8g"),
        NOTE.replace("PeterNeumann", "Peter+Neumann"),
        f"{TEXT}\n— PeterNeumann AAAA\n",
        f"{TEXT}\n— PeterNeumann !!!!\n",
        f"a\x00b\n\n{NOTE.rpartition(chr(10) * 2)[2]}",
        TEXT + "\n" + NOTE.rpartition("\n\n")[2] * 101,
        "x" * 1_000_001 + NOTE,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteMalformed):
        read_note(note)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "PeterNeumann",
        VERIFIER.replace("c74f20a3", "c74f20a4"),
        VERIFIER.replace("c74f20a3", "C74F20A3"),
        VERIFIER.replace("+ARpc", "+ZRpc"),
        VERIFIER + "AAAA",
        VERIFIER.replace("PeterNeumann", "Peter Neumann"),
    ],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(NoteMalformed):
        VerifierKey.read(key)


@pytest.mark.parametrize("text", ["no newline", "control\x07\n"])
def test_what_a_note_cannot_hold_is_not_signed(text: str) -> None:
    with pytest.raises(NoteMalformed):
        sign(text, PETER)


def test_a_private_key_is_never_shown() -> None:
    assert SEED.hex() not in repr(PETER)
    assert str(PETER.verifier) in repr(PETER)


def test_a_checkpoint_is_written_as_the_specification_shows_it() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    found = read_checkpoint(text)
    assert (found.origin, found.size, len(found.root)) == ("example.com/behind-the-sofa", 20852163, 32)
    assert found.text() == text


@given(st.integers(0, 10**18), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_comes_back_as_it_was(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("zhilu", size, root)
    assert read_checkpoint(checkpoint.text()) == checkpoint


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"x\n1\n{ROOT}",
        f"x\n01\n{ROOT}\n",
        f"x\n-1\n{ROOT}\n",
        f"x\n1 \n{ROOT}\n",
        f"x\n１\n{ROOT}\n",
        f"\n1\n{ROOT}\n",
        "x\n1\nAAAA\n",
        "x\n1\n\n",
        f"x\n{10**30}\n{ROOT}\n",
        f"x\n1\n{ROOT}\n\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteMalformed):
        read_checkpoint(text)
