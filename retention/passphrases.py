"""What a passphrase must be, and keeping nothing of it but a hash (Argon2id) that takes memory and time to try.

The shortest is 12 characters: with no other rule than that they differ, as NIST SP 800-63B section 5.1.1.2 advises;
longer than its 8, since who knows one may dispose of evidence.
"""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from retention.errors import PassphraseWeak

SHORTEST, LONGEST, FEWEST_DIFFERENT = 12, 1024, 5

if TYPE_CHECKING:
    from pwdlib import PasswordHash


def check_strength(passphrase: str, name: str) -> None:
    """Raises PassphraseWeak."""
    told = normal(passphrase)
    if len(told) > LONGEST:
        raise PassphraseWeak("long", SHORTEST)
    if len(told) < SHORTEST:
        raise PassphraseWeak("short", SHORTEST)
    if normal(name).casefold() in told.casefold() and len(told) - len(normal(name)) < SHORTEST:
        raise PassphraseWeak("name", SHORTEST)
    if len(set(told.casefold())) < FEWEST_DIFFERENT:
        raise PassphraseWeak("plain", SHORTEST)


def hashed(passphrase: str) -> str:
    """What is kept of it."""
    return _hashes().hash(normal(passphrase))


def fits(passphrase: str, secret_hash: str | None) -> bool:
    """Whether it is the one; without a hash it never is, which takes as long to say."""
    told, nobodys = normal(passphrase), _nobodys()
    if secret_hash is None:
        _hashes().verify(told[:LONGEST], nobodys)
        return False
    return len(told) <= LONGEST and _hashes().verify(told, secret_hash)


@cache
def _hashes() -> "PasswordHash":
    """Read in where a passphrase is asked for, which few commands do: one hash alone takes 64 MiB."""
    from pwdlib import PasswordHash  # noqa: PLC0415 - see above

    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    """Of a passphrase that nobody has: for names that nobody bears, so that trying one takes as long."""
    return _hashes().hash("\0nobody has this")


def normal(text: str) -> str:
    """The same however a keyboard puts its characters together."""
    return unicodedata.normalize("NFC", text)
