"""What can go wrong with fingerprints.

FingerprintError
├── FramesUnreadable        permanent: ffmpeg left no readable pictures and times
├── FingerprintMalformed    permanent: stored bytes are no fingerprint, or one of a later version
└── ClipUnreadable          permanent: ffmpeg could not read any picture from the clip
"""

import unicodedata
from pathlib import Path


class FingerprintError(Exception):
    """Base of all fingerprint errors: one sentence a person can act on, and whether trying again can help."""

    retryable = False


class FramesUnreadable(FingerprintError):
    def __init__(self, folder: Path, why: str) -> None:
        self.folder, self.why = folder, why
        super().__init__(f"The fingerprint frames in {folder} cannot be read: {why}. Derive the recording again.")


class FingerprintMalformed(FingerprintError):
    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"These bytes are no fingerprint that this version can read: {why}. Fingerprint it again.")


class ClipUnreadable(FingerprintError):
    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.shown, self.why = printable(str(path)), printable(why.strip().rstrip("."))
        super().__init__(f"No picture could be read from the clip {self.shown}: {self.why}.")


def printable(text: str) -> str:
    """The text on one line, what would move a cursor, hide or is no text at all written as its number."""
    return "".join(
        letter
        if letter.isprintable() or unicodedata.category(letter) == "Zs"
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )
