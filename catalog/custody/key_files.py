"""Files that only our own user may read: the key of the log, and what was signed with it last."""

import base64
import binascii
import contextlib
import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from catalog.custody.note import NoteMalformed, SignerKey
from catalog.errors import CustodyKeyUnfit
from storage.local_files import sync_folder

_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_ED25519 = b"\x01"
_PARTS = 5


def key_text(key: SignerKey) -> str:
    """A private key as Go's note package writes it: `PRIVATE+KEY+<name>+<hint>+<base64 of 0x01 and the seed>`."""
    seed = base64.b64encode(_ED25519 + key.private_key.private_bytes_raw()).decode()
    return f"PRIVATE+KEY+{key.name}+{key.verifier.hint.hex()}+{seed}\n"


def read_key_text(text: str, where: str) -> SignerKey:
    """Raises CustodyKeyUnfit, which never repeats the text."""
    parts = text.strip().split("+", _PARTS - 1)
    try:
        content = base64.b64decode(parts[-1], validate=True)
        key = SignerKey(parts[2], Ed25519PrivateKey.from_private_bytes(content[1:]))
        is_one = parts[:2] == ["PRIVATE", "KEY"] and content[:1] == _ED25519 and parts[3] == key.verifier.hint.hex()
    except (NoteMalformed, binascii.Error, ValueError, IndexError):
        raise CustodyKeyUnfit(where, "it holds no such key") from None
    if not is_one:
        raise CustodyKeyUnfit(where, "it holds no such key")
    return key


def read_key_file(path: Path) -> SignerKey | None:
    """None where there is no such file. Raises CustodyKeyUnfit, also for one that others may read."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                why = f"others may read it (mode {mode:o}): make it yours alone (chmod 600)"
                raise CustodyKeyUnfit(str(path), why)
            text = file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CustodyKeyUnfit(str(path), getattr(error, "strerror", None) or "it is no text") from error
    return read_key_text(text, str(path))


def write_private(path: Path, text: str, *, replace: bool) -> bool:
    """Write a file durably, for our own user alone; without `replace`, returns False where there is one.

    All of it is there, or nothing. Raises CustodyKeyUnfit.
    """
    try:
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        path.parent.chmod(_FOLDER_MODE)
        new = path.with_name(f".{path.name}.{os.getpid()}")
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a handle, not a path
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return _put(new, path, replace=replace)
    except OSError as error:
        raise CustodyKeyUnfit(str(path), error.strerror or str(error)) from error


def _put(new: Path, path: Path, *, replace: bool) -> bool:
    if replace:
        new.replace(path)
    else:
        try:
            path.hardlink_to(new)
        except FileExistsError:
            return False
        finally:
            new.unlink()
    sync_folder(path.parent)
    return True


def move(path: Path, to: Path) -> None:
    """Put a file in the place of another, durably. Raises CustodyKeyUnfit."""
    try:
        path.replace(to)
        sync_folder(to.parent)
    except OSError as error:
        raise CustodyKeyUnfit(str(to), error.strerror or str(error)) from error


def remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
