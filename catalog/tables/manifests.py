"""What was last written into the store of the tables that speak of no single recording, and what is still to be."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from catalog.tables.base import Row, time_field


class ManifestPage(Row, table=True):
    """One page of one table, as it lies in the store. Made again by writing all pages anew.

    It holds the rows whose ids are at least `first_id` (None: from the very first), up to where the next one begins.
    """

    __tablename__ = "manifest_page"
    __table_args__ = (UniqueConstraint("noun", "page"),)
    noun: str
    page: int
    first_id: UUID | None = None
    rows: int
    sha256: str = Field(min_length=64, max_length=64)
    object_key: str
    object_version: str
    written_at: datetime = time_field()


class ManifestChange(Row, table=True):
    """A row that was made, changed or removed since its page was written: added with the change, removed with the page.

    One for each change, so that what changes while a page is being written is not overlooked.
    """

    __tablename__ = "manifest_change"
    noun: str
    row_id: UUID
