"""What can go wrong between a card and the catalog.

IngestError
├── SourceError
│   ├── NotARegularFile     permanent: a link, pipe, socket or device is no recording
│   ├── SourceUnreadable    permanent until somebody looks: rights, a damaged card
│   ├── SourceVanished      retryable when the card comes back
│   └── SourceChanged       retryable once the file stands still
└── SecuringError
    ├── ContentBusy         retryable: another process is just securing the same content
    ├── StoredCopyDiffers   retryable with a new version: what was read back is not what was sent
    ├── OriginalDamaged     permanent until somebody looks: known content that the store no longer holds as it was
    └── LockNotConfirmed    permanent until the store is set right: it does not report the lock we asked for
"""

from storage.model import VersionReference


class IngestError(Exception):
    """Base of all ingest errors: one sentence a person can act on, and whether trying again can help."""

    retryable = False


class SourceError(IngestError):
    def __init__(self, path: str, sentence: str) -> None:
        self.path = path
        super().__init__(sentence)


class NotARegularFile(SourceError):
    def __init__(self, path: str, what: str) -> None:
        self.what, self.code = what, what.replace(" ", "-")
        super().__init__(path, f"It is {what}, not a regular file, and was left alone.")


class SourceUnreadable(SourceError):
    def __init__(self, path: str, why: str) -> None:
        self.why = why
        super().__init__(path, f"It cannot be read: {why}.")


class SourceVanished(SourceError):
    retryable = True

    def __init__(self, path: str, why: str) -> None:
        self.why = why
        super().__init__(path, f"It vanished while it was read ({why}): dock the card again. Nothing of it was kept.")


class SourceChanged(SourceError):
    retryable = True

    def __init__(self, path: str) -> None:
        super().__init__(path, "It changed while it was read, so it is still being written: try again when it is done.")


class SecuringError(IngestError):
    pass


class ContentBusy(SecuringError):
    retryable = True

    def __init__(self, owner: str) -> None:
        self.owner = owner
        super().__init__(f"The same content is being secured by another process ({owner}): try again in a while.")


class StoredCopyDiffers(SecuringError):
    retryable = True

    def __init__(self, reference: VersionReference) -> None:
        self.reference = reference
        super().__init__(f"What the store gives back as {reference} is not what was sent: check the store's disk.")


class OriginalDamaged(SecuringError):
    def __init__(self, recording_id: str, reference: VersionReference) -> None:
        self.recording_id, self.reference = recording_id, reference
        super().__init__(
            f"It is on record as {recording_id}, but the store no longer holds it locked and unchanged ({reference}): "
            "keep the card and have the store examined."
        )


class LockNotConfirmed(SecuringError):
    def __init__(self, reference: VersionReference) -> None:
        self.reference = reference
        super().__init__(f"The store does not report the lock asked for on {reference}: check the store's settings.")
