"""A store that gives back other bytes than it was given: no page is told to the catalog or to the log."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.engine import Catalog
from catalog.manifest.pages import PageWriter
from catalog.tables import ManifestPage
from storage.errors import StoreUnavailable
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode, VersionReference
from tests.catalog.manifest import evidence
from tests.rows import NOW


class _Forgetful(LocalStore):
    """Keeps the first byte of a manifest otherwise."""

    def read_back(self, reference: VersionReference) -> Iterator[bytes]:
        content = b"".join(super().read_back(reference))
        yield b"?" + content[1:] if reference.bucket is Bucket.MANIFESTS else content


def test_a_page_that_comes_back_otherwise_is_not_put_on_record(catalog: Catalog, tmp_path: Path) -> None:
    evidence.fill(catalog, 2, None)
    pages = PageWriter(
        catalog,
        _Forgetful(tmp_path / "objects"),
        clock=lambda: NOW,
        lock_for=lambda now: Lock(LockMode.GOVERNANCE, now + timedelta(days=9)),
    )
    with pytest.raises(StoreUnavailable):
        pages.write()
    with catalog.reading() as session:
        assert session.exec(select(ManifestPage)).all() == []
