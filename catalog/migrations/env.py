"""Alembic's entry: always online, on the connection that `catalog/schema.py` hands over."""

from alembic import context
from sqlmodel import SQLModel

import catalog.tables  # noqa: F401 - registers the tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
context.run_migrations()
