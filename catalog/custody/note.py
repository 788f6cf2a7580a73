"""Signed notes (C2SP signed-note) and checkpoints in them (C2SP tlog-checkpoint), with Ed25519. Text and keys alone.

    <origin>
    <size of the tree, decimal>
    <root, base64>

    — <name> <base64 of: 4 bytes that hint at the key, 64 bytes of signature>

The signatures are over the text above the empty line, its last newline included.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from catalog.custody.tree import HASH_BYTES

_ED25519 = b"\x01"
_HINT_BYTES = 4
_KEY_BYTES = 32
_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<content>[A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NO_NAME = re.compile(r"[\s+]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LONGEST = 1_000_000
_SIGNATURES_AT_MOST = 100


class NoteMalformed(ValueError):
    """It is no signed note, or no checkpoint, in the form that C2SP gives them."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key, with its name; as text: `<name>+<hint, hexadecimal>+<base64 of 0x01 and the key>`."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not self.name or _NO_NAME.search(self.name) or len(self.public_key) != _KEY_BYTES:
            message = "a key has 32 bytes, and a name without spaces and plus signs"
            raise NoteMalformed(message)

    @property
    def hint(self) -> bytes:
        named = self.name.encode() + b"\n" + _ED25519 + self.public_key
        return hashlib.sha256(named).digest()[:_HINT_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.hint.hex()}+{_encoded(_ED25519 + self.public_key)}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises NoteMalformed."""
        name, _, rest = text.partition("+")
        hint, _, encoded = rest.partition("+")
        content = _decoded(encoded)
        if content[:1] != _ED25519:
            message = "the key is none of Ed25519"
            raise NoteMalformed(message)
        found = cls(name, content[1:])
        if hint != found.hint.hex():
            message = "the key does not fit its hint"
            raise NoteMalformed(message)
        return found

    def signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A private key with its name. Never shown."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private_key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"SignerKey({self.verifier})"


def sign(text: str, *keys: SignerKey) -> str:
    """The note of a text, with a signature of each key."""
    if not text.endswith("\n") or _CONTROL.search(text):
        message = "the text of a note ends in a newline and has no other control characters"
        raise NoteMalformed(message)
    lines = [f"— {key.name} {_encoded(key.verifier.hint + key.private_key.sign(text.encode()))}\n" for key in keys]
    return f"{text}\n{''.join(lines)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is written: its text, and who is said to have signed it (name, hint, signature)."""

    text: str
    signatures: Sequence[tuple[str, bytes, bytes]]

    def signers(self, known: Iterable[VerifierKey]) -> Sequence[VerifierKey]:
        """Those of the known keys that signed it indeed. Raises NoteMalformed where one of them is said to and did not.

        Signatures of other keys say nothing, as the specification has it.
        """
        keys = {(key.name, key.hint): key for key in known}
        found: list[VerifierKey] = []
        for name, hint, signature in self.signatures:
            key = keys.get((name, hint))
            if key is None or key in found:
                continue
            if not key.signed(self.text, signature):
                message = f"the signature of {name} does not fit the text"
                raise NoteMalformed(message)
            found.append(key)
        return found


def read_note(note: str) -> Note:
    """Raises NoteMalformed."""
    text, gap, rest = note.rpartition("\n\n")
    lines = rest.split("\n")
    if not gap or len(note) > _LONGEST or lines.pop() or not 0 < len(lines) <= _SIGNATURES_AT_MOST:
        message = "a note is a text, an empty line and signatures"
        raise NoteMalformed(message)
    if _CONTROL.search(note):
        message = "a note has no control characters"
        raise NoteMalformed(message)
    return Note(f"{text}\n", [_signature(line) for line in lines])


def _signature(line: str) -> tuple[str, bytes, bytes]:
    found = _SIGNATURE.fullmatch(line)
    if found is None:
        message = "a line of a note is no signature"
        raise NoteMalformed(message)
    content = _decoded(found["content"])
    if len(content) <= _HINT_BYTES:
        message = "a signature of a note is too short"
        raise NoteMalformed(message)
    return found["name"], content[:_HINT_BYTES], content[_HINT_BYTES:]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the tree of a log was: its size and root. `extensions` are further lines, which say nothing to us."""

    origin: str
    size: int
    root: bytes
    extensions: Sequence[str] = ()

    def text(self) -> str:
        lines = (self.origin, str(self.size), _encoded(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def read_checkpoint(text: str) -> Checkpoint:
    """Raises NoteMalformed."""
    lines = text.split("\n")
    if len(lines) < len(("origin", "size", "root", "")) or lines.pop() or not all(lines):
        message = "a checkpoint has an origin, a size and a root, a line each"
        raise NoteMalformed(message)
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size):
        message = "the size of a checkpoint is a decimal number"
        raise NoteMalformed(message)
    found = _decoded(root)
    if len(found) != HASH_BYTES:
        message = "the root of a checkpoint has 32 bytes"
        raise NoteMalformed(message)
    return Checkpoint(origin, int(size), found, tuple(extensions))


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _decoded(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        message = "a note holds what is no base64"
        raise NoteMalformed(message) from error
    if _encoded(found) != text:
        message = "a note holds base64 that is not written the one way"
        raise NoteMalformed(message)
    return found
