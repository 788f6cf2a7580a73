"""SM3 by libgcrypt is the SM3 of the standard and of OpenSSL; without the library it is OpenSSL's."""

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import sm3
from storage.digests import ContentHasher, digest_chunks
from storage.sm3 import new_sm3

# GB/T 32905-2016, appendix A.2.
EXAMPLE = b"abcd" * 16
EXAMPLE_DIGEST = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


@pytest.fixture(params=["as it is here", "without libgcrypt"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "without libgcrypt":
        monkeypatch.setattr(sm3, "_LIBRARY", "libgcrypt-that-nobody-has.so")
    sm3._libgcrypt.cache_clear()
    yield
    sm3._libgcrypt.cache_clear()


@pytest.mark.usefixtures("library")
def test_the_example_of_the_standard() -> None:
    running = new_sm3()
    running.update(EXAMPLE[:5])
    running.update(memoryview(bytearray(EXAMPLE[5:])))
    assert running.hexdigest() == EXAMPLE_DIGEST
    assert running.hexdigest() == EXAMPLE_DIGEST, "it may be asked twice"


@given(st.lists(st.binary(max_size=300)))
def test_all_chunkings_agree_with_openssl(chunks: list[bytes]) -> None:
    expected = hashlib.new("sm3", b"".join(chunks)).hexdigest()
    for kind in (bytes, memoryview, lambda chunk: memoryview(bytearray(chunk))):
        running = new_sm3()
        for chunk in chunks:
            running.update(kind(chunk))
        assert running.hexdigest() == expected


@pytest.mark.usefixtures("library")
def test_large_chunks_digested_in_the_background_agree_too() -> None:
    content = bytes(range(256)) * 8192
    expected = hashlib.new("sm3", content).hexdigest()
    with ContentHasher(sm3=True) as hasher:
        for start in range(0, len(content), 300_001):
            hasher.update(memoryview(bytearray(content[start : start + 300_001])))
        found = hasher.digests()
    assert found.sm3 is not None
    assert found.sm3.hexadecimal == expected
    assert found == digest_chunks([content], sm3=True)
