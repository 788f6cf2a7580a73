"""`zhilu catalog upgrade | export`: bringing the schema to this version, on purpose; all evidence as lines."""

from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.engines import open_postgresql, open_sqlite
from api.errors import ExitCode
from api.runtime import home_of, make_home
from api.settings import Settings, load_settings
from catalog import schema
from catalog.engine import Catalog
from catalog.export import export as exported


def add_to(application: typer.Typer) -> None:
    catalog = typer.Typer(help=say("cli-catalog"), no_args_is_help=True, rich_markup_mode=None)
    catalog.command("upgrade", help=say("cli-catalog-upgrade"))(upgrade)
    catalog.command("export", help=say("cli-catalog-export"))(export)
    application.add_typer(catalog, name="catalog")


def upgrade(as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False) -> int:
    terminal = Terminal(as_json)
    catalog = _opened(load_settings())
    try:
        done = schema.upgrade(catalog)
    finally:
        catalog.close()
    if as_json:
        terminal.line({"catalog": catalog.where, "before": done.before, "after": done.after})
    elif done.before is None:
        terminal.out.print(say("cli-catalog-made", where=catalog.where, after=done.after))
    elif done.before == done.after:
        terminal.out.print(say("cli-catalog-current", where=catalog.where, after=done.after))
    else:
        terminal.out.print(say("cli-catalog-upgraded", where=catalog.where, before=done.before, after=done.after))
    return ExitCode.DONE


def export(_as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = True) -> int:
    """Always in JSON: there is no other way to tell all of it."""
    terminal = Terminal(as_json=True)
    with opened() as runtime, runtime.catalog.reading(at_length=True) as session:
        for line in exported(session):
            terminal.line(line)
    return ExitCode.DONE


def _opened(settings: Settings) -> Catalog:
    if settings.catalog.url is not None:
        return open_postgresql(settings.catalog)
    home = home_of(settings)
    make_home(home)
    return open_sqlite(home)
