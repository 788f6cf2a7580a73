"""What was last written into the store of the tables that speak of no single recording, page by page."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from catalog.tables.base import Row, time_field


class ManifestPage(Row, table=True):
    """One page of one table, as it lies in the store. Made again by writing all pages anew."""

    __tablename__ = "manifest_page"
    __table_args__ = (UniqueConstraint("noun", "page"),)
    noun: str
    page: int
    rows: int
    sha256: str = Field(min_length=64, max_length=64)
    object_key: str
    object_version: str
    written_at: datetime = time_field()
