"""What a database server says of itself: its version, its clock, how long an answer takes."""

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from catalog.engine import Catalog


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`clock` is what the server's clock said in the middle of `answer_seconds`, the time that one question took."""

    version: str
    clock: datetime
    answer_seconds: float


def ask(catalog: Catalog) -> ServerFacts | None:
    """None for SQLite, which has no server. Raises CatalogUnavailable, CatalogMisconfigured."""
    if catalog.is_sqlite:
        return None
    with catalog.translated(), catalog.engine.connect() as connection:
        began = time.monotonic()
        version, clock = connection.execute(text("SELECT current_setting('server_version'), clock_timestamp()")).one()
        return ServerFacts(str(version).split(" ", 1)[0], clock, time.monotonic() - began)
