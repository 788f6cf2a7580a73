"""What the manifests owe: put on the ledger by the very transaction that changed a fact, so that none can forget it.

Of recordings: their MANIFEST job, unless a chain of jobs is on its way that ends in it. Of the tables that speak of no
single recording: the rows, for whoever writes the pages.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from catalog.repositories import jobs
from catalog.seals import Touched
from catalog.tables import ManifestChange
from catalog.types import new_id

_KEY = "zhilu_manifests_owed"


def put(session: Session, touched: Touched, *, now: datetime) -> None:
    """No statement where nothing is owed, as when a recording is secured for the first time."""
    if touched.rows:
        changes = [{"id": new_id(), "noun": noun, "row_id": row_id} for noun, row_id in sorted(touched.rows)]
        session.connection().execute(insert(ManifestChange), changes)
    if touched.recordings:
        session.info[_KEY] = jobs.add_manifests(session, list(touched.recordings), now=now)


def jobs_put(session: Session) -> Sequence[UUID]:
    """The jobs that the transaction of this session, which has ended, put on the ledger: to be rung for."""
    found: Sequence[UUID] = session.info.get(_KEY, ())
    return found
