"""What metadata every engine can keep with a version and give back unchanged."""

import re
from collections.abc import Mapping

# Amazon S3 User Guide, "User-defined object metadata", allows 2,048, of which the S3 engine needs some for itself; the
# other engines keep to the same limit.
METADATA_BYTES_AT_MOST = 2000
# Metadata travels as headers: keys lose their case, values their outer blanks and everything beyond ASCII.
_KEY = re.compile(r"[a-z0-9][a-z0-9-]*")
_VALUE = re.compile(r"([!-~]([ -~]*[!-~])?)?")


def check_metadata(metadata: Mapping[str, str]) -> None:
    """Raise ValueError for metadata that some engine would lose or change."""
    for key, value in metadata.items():
        if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
            message = f"The metadata {key!r}: {value!r} cannot be stored: use printable ASCII, with keys in lower case."
            raise ValueError(message)
    if sum(len(key) + len(value) for key, value in metadata.items()) > METADATA_BYTES_AT_MOST:
        message = f"The metadata is larger than {METADATA_BYTES_AT_MOST} bytes: keep it in a manifest instead."
        raise ValueError(message)
