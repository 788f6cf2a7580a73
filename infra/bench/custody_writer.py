# ruff: noqa: INP001 - a program, no package
"""Appends custody events as fast as it can: custody_writer.py TRANSACTIONS EVENTS. Begins when a line comes in."""

import os
import sys
from datetime import UTC, datetime

from catalog.engine import Catalog
from catalog.repositories import custody
from catalog.tables.custody import CustodyAction
from catalog.types import new_id


def main() -> None:
    transactions, events = int(sys.argv[1]), int(sys.argv[2])
    catalog = Catalog(os.environ["ZHILU_CATALOG__URL"])
    _append(catalog, 20, events)  # connected, and everything read in
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    _append(catalog, transactions, events)
    catalog.close()


def _append(catalog: Catalog, transactions: int, events: int) -> None:
    for _ in range(transactions):
        with catalog.writing() as session:
            for _ in range(events):
                custody.record(
                    session,
                    CustodyAction.VIEWED,
                    at=datetime.now(UTC),
                    actor="li",
                    subject_kind="recording",
                    subject_id=new_id(),
                    purpose="review",
                    address="127.0.0.1",
                    case="1",
                )


if __name__ == "__main__":
    main()
