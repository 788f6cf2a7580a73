"""Which keys and metadata every engine can hold."""

from storage.errors import InvalidKey

KEY_BYTES_AT_MOST = 900
RESERVED_ENDING = ".version"
"""What the embedded store calls the folder of a version; no part of a key may end so."""


def check_key(key: str) -> None:
    """Refuse keys that could leave a store or that some engine cannot hold. Raises InvalidKey."""
    if not key or len(key.encode()) > KEY_BYTES_AT_MOST or not key.isascii() or not key.isprintable():
        raise InvalidKey(key, "it must be 1 to 900 printable ASCII characters")
    if any(part in {"", ".", ".."} or part.endswith(RESERVED_ENDING) for part in key.split("/")):
        raise InvalidKey(key, "it has an empty, dotted or reserved part")
