"""What every job of ingest is handed."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from catalog.engine import Catalog
from catalog.tables import Recording
from ingest.derive import DerivationSettings
from ingest.matching import MatchingSettings
from ingest.media.photo_worker import PhotoWorkers
from ingest.naming import NamePattern
from storage.contract import ObjectStore
from storage.files import as_file
from storage.model import Bucket, VersionReference


@dataclass(frozen=True)
class IngestServices:
    """Engines and settings; `scratch` is a folder on this machine for what is being made."""

    catalog: Catalog
    store: ObjectStore
    scratch: Path
    clock: Callable[[], datetime]
    zone: tzinfo
    patterns: Sequence[NamePattern]
    derivation: DerivationSettings
    matching: MatchingSettings
    photos: PhotoWorkers = field(default_factory=PhotoWorkers)

    @contextlib.contextmanager
    def original(self, recording: Recording) -> Iterator[Path]:
        """The original as a file on this machine; never to be written."""
        with as_file(self.store, original_of(recording), self.scratch) as path:
            yield path

    @contextlib.contextmanager
    def workshop(self) -> Iterator[Path]:
        """An empty folder that goes afterwards."""
        with tempfile.TemporaryDirectory(dir=self.scratch, prefix="job-") as folder:
            yield Path(folder)


def original_of(recording: Recording) -> VersionReference:
    """Where the original lies."""
    return VersionReference(Bucket.ORIGINALS, recording.object_key, recording.object_version)
