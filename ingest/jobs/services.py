"""What every job of ingest is handed."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from catalog.engine import Catalog
from catalog.repositories import recordings
from catalog.tables import Recording
from ingest.derive import DerivationSettings
from ingest.matching import MatchingSettings
from ingest.media.photo_worker import PhotoWorkers
from ingest.naming import NamePattern
from storage.contract import ObjectStore
from storage.files import as_file
from storage.model import Lock


@dataclass(frozen=True)
class IngestServices:
    """Engines and settings; `scratch` is a folder on this machine for what is being made.

    `lock_for` gives the lock of what is stored now.
    """

    catalog: Catalog
    store: ObjectStore
    scratch: Path
    clock: Callable[[], datetime]
    zone: tzinfo
    patterns: Sequence[NamePattern]
    derivation: DerivationSettings
    matching: MatchingSettings
    lock_for: Callable[[datetime], Lock]
    photos: PhotoWorkers = field(default_factory=PhotoWorkers)

    @contextlib.contextmanager
    def original(self, recording: Recording) -> Iterator[Path]:
        """The original, or what replaced it, as a file on this machine; never to be written."""
        with self.catalog.reading() as session:
            serving = recordings.serving(session, recording)
        with as_file(self.store, serving, self.scratch) as path:
            yield path

    @contextlib.contextmanager
    def workshop(self) -> Iterator[Path]:
        """An empty folder that goes afterwards."""
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="job-") as folder:
            yield Path(folder)
