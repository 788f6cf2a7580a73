"""Archival storage: are the bytes safe and locked? Knows bytes, digests, versions and locks, nothing of evidence."""

import sys
from types import ModuleType

# minio-py reads in its client for the administration of MinIO's own server wherever it is used, and with that AES,
# Argon2 and a parser of C: 3 MiB and 30 ms of every process, for nothing that is used here.
_UNUSED = "minio.minioadmin"
if _UNUSED not in sys.modules:
    sys.modules[_UNUSED] = ModuleType(_UNUSED)
    vars(sys.modules[_UNUSED])["MinioAdmin"] = None
