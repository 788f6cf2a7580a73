"""Files that are locked to be alone at something, beside a database that is a file."""

import contextlib
import os
from pathlib import Path
from typing import IO

from catalog.engine import Catalog
from catalog.errors import CatalogUnavailable

_OURS_ALONE = 0o600


def open_lock_file(catalog: Catalog, path: Path) -> IO[bytes]:
    """Open a file that nobody but our own user may open: whoever can open it can lock it, and keep us out.

    Raises CatalogUnavailable.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, _OURS_ALONE)
    except OSError as error:
        raise CatalogUnavailable(catalog.where, f"{path} cannot be written ({error.strerror})") from error
    with contextlib.suppress(PermissionError):  # another user's, who may share it with us on purpose
        os.fchmod(descriptor, _OURS_ALONE)
    return os.fdopen(descriptor, "r+b", buffering=0)
