"""What can go wrong between a card and the catalog.

IngestError
├── SourceError
│   ├── NotARegularFile     permanent: a link, pipe, socket or device is no recording
│   ├── SourceUnreadable    permanent until somebody looks: rights, a damaged card
│   ├── SourceVanished      retryable when the card comes back
│   └── SourceChanged       retryable once the file stands still
├── DeviceNotRegistered     retryable: only where unknown devices are refused, until the register has this one
├── SourceKept              why a secured source was not erased: its `reason` tells
├── ErasingRefused          until the store was probed, and its locks were found to hold
├── DockRunning             retryable: another dock has this home until it ends
└── SecuringError
    ├── ContentBusy         retryable: another process is just securing the same content
    ├── ContentLeaving      retryable at once: the recording of this content is just being disposed of
    ├── StoredCopyDiffers   retryable with a new version: what was read back is not what was sent
    ├── OriginalDamaged     permanent until somebody looks: known content that the store no longer holds as it was
    └── LockNotConfirmed    permanent until the store is set right: it does not report the lock we asked for
"""

from enum import StrEnum

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


class DeviceNotRegistered(IngestError):
    """`device` is None where the name tells none."""

    retryable = True

    def __init__(self, device: str | None) -> None:
        self.device = device or ""
        self.named = "yes" if device else "no"
        whose = f"The device {device} is not in the register" if device else "Its name tells no device"
        super().__init__(
            f"{whose}, and unknown devices are refused: it was left on the card. Register the device, or let unknown "
            "devices in."
        )


class KeptReason(StrEnum):
    """Why a secured source stays on its card."""

    NOT_SECURED = "not_secured"
    NO_RECEIPT = "no_receipt"
    RECEIPT_NOT_FRESH = "receipt_not_fresh"
    RECEIPT_TOO_OLD = "receipt_too_old"
    RECEIPT_DIFFERS = "receipt_differs"
    CHANGED = "changed"
    NOT_A_FILE = "not_a_file"
    VANISHED = "vanished"
    CARD_READ_ONLY = "card_read_only"
    NOT_PERMITTED = "not_permitted"
    VERSION_MISSING = "version_missing"
    SIZE_DIFFERS = "size_differs"
    NOT_GUARDED = "not_guarded"
    STORE_SILENT = "store_silent"
    CATALOG_SILENT = "catalog_silent"
    NEVER_PROBED = "never_probed"
    LOCKS_BROKEN = "locks_broken"


_KEPT_BECAUSE = {
    KeptReason.NOT_SECURED: "it is not secured",
    KeptReason.NO_RECEIPT: "there is no receipt for it",
    KeptReason.RECEIPT_NOT_FRESH: "its receipt was not made by this securing: it is read again first",
    KeptReason.RECEIPT_TOO_OLD: "its receipt is too old: it is read again first",
    KeptReason.RECEIPT_DIFFERS: "the catalog has no such receipt, or one for another file: have it examined",
    KeptReason.CHANGED: "it is no longer the file that was read: it is read again first",
    KeptReason.NOT_A_FILE: "something else lies in its place now: look at the card",
    KeptReason.VANISHED: "it is gone, or the card is",
    KeptReason.CARD_READ_ONLY: "the card is write-protected: move its switch, or clear it in the camera",
    KeptReason.NOT_PERMITTED: "the card does not let it be removed: check rights and card",
    KeptReason.VERSION_MISSING: "the store no longer holds its version: keep the card and have the store examined",
    KeptReason.SIZE_DIFFERS: "the store holds it with another size: keep the card and have the store examined",
    KeptReason.NOT_GUARDED: "its lock in the store is over or gone: keep the card and lengthen the lock",
    KeptReason.STORE_SILENT: "the store could not be asked for its lock",
    KeptReason.CATALOG_SILENT: "the catalog could not be asked, or told",
    KeptReason.NEVER_PROBED: "nobody has tried yet whether the locks of this store hold: run `zhilu storage probe`",
    KeptReason.LOCKS_BROKEN: (
        "the last probe of the store did not find its locks to hold: have the store seen to, then run "
        "`zhilu storage probe`"
    ),
}
_FOR_A_PERSON = frozenset(
    {
        KeptReason.RECEIPT_DIFFERS,
        KeptReason.NOT_A_FILE,
        KeptReason.CARD_READ_ONLY,
        KeptReason.NOT_PERMITTED,
        KeptReason.VERSION_MISSING,
        KeptReason.SIZE_DIFFERS,
        KeptReason.NOT_GUARDED,
    }
)


class SourceKept(IngestError):
    """`needs_person` when waiting or reading it again will not help; `why` is what the system said, if it did."""

    def __init__(self, reason: KeptReason, why: str = "") -> None:
        self.reason, self.why = reason, why
        self.told = "yes" if why else "no"
        self.needs_person = reason in _FOR_A_PERSON
        detail = f" ({why})" if why else ""
        super().__init__(f"It was not erased: {_KEPT_BECAUSE[reason]}{detail}.")


class ErasingRefused(IngestError):
    """`trials` are those that broke a lock or say nothing, None of them where the store never was probed."""

    def __init__(self, store: str, trials: tuple[str, ...]) -> None:
        self.store, self.trials = store, ", ".join(trials)
        self.probed = "yes" if trials else "no"
        found = (
            f"the last probe did not find that the locks of the store {store} hold ({self.trials}): see to it, then "
            if trials
            else f"nobody has tried yet whether the locks of the store {store} hold: "
        )
        super().__init__(f"Nothing is erased from the cards, since {found}run `zhilu storage probe`.")


class DockRunning(IngestError):
    retryable = True

    def __init__(self, home: str, process: str, station: str, since: str) -> None:
        self.home, self.process, self.station, self.since = home, process, station, since
        super().__init__(
            f"Another dock already runs in {home} (process {process}, station {station}, since {since}): stop it, add "
            "these slots to it, or give this one a home of its own with ZHILU_HOME; a single card goes in beside it "
            "with `zhilu ingest`."
        )


class SecuringError(IngestError):
    pass


class ContentBusy(SecuringError):
    retryable = True

    def __init__(self, owner: str) -> None:
        self.owner = owner
        super().__init__(f"The same content is being secured by another process ({owner}): try again in a while.")


class ContentLeaving(SecuringError):
    retryable = True

    def __init__(self, recording_id: str) -> None:
        self.recording_id = recording_id
        super().__init__(
            f"The recording {recording_id} of the same content is just being disposed of: take the file in again, "
            "it becomes a recording of its own."
        )


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
