"""`zhilu retention plan`: what may be disposed of now, and why the rest stays."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.context import Terminal, opened, say
from api.disposal_files import table_of
from api.errors import ExitCode
from api.spreadsheets import as_csv, as_xlsx
from api.times import for_people, in_utc
from api.writing import check_output, write_output
from catalog.tables import Disposal
from retention.disposal.planning import Plan


def plan(
    reason: Annotated[str, typer.Option("--reason", help=say("cli-disposal-reason"))],
    submit: Annotated[bool, typer.Option("--submit", help=say("cli-disposal-submit"))] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help=say("cli-disposal-csv"))] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help=say("cli-disposal-xlsx"))] = None,
    force: Annotated[bool, typer.Option("--force", help=say("cli-get-force"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False,
) -> int:
    terminal = Terminal(as_json)
    for path in filter(None, (csv, xlsx)):
        check_output(path, force=force)
    with opened() as runtime:
        zone = runtime.settings.time_zone
        found = runtime.retention.planner().plan()
        if csv is not None:
            write_output(csv, as_csv(table_of(found, say, zone)), force=force)
        if xlsx is not None:
            sheet = as_xlsx(table_of(found, say, zone), title=say("cli-disposal-sheet"))
            write_output(xlsx, sheet, force=force)
        made = runtime.retention.disposal_desk().submit(found, reason=reason) if submit else None
    if as_json:
        terminal.line(_plain(found, made))
        return ExitCode.DONE
    columns = ("", say("cli-column-recordings"), say("cli-column-bytes"), say("cli-column-earliest"))
    rows = [(say("cli-disposal-would-go"), str(len(found.candidates)), str(found.bytes), "")]
    for why, count in sorted(found.left_out.items()):
        until = " – ".join(dict.fromkeys(for_people(each, zone) for each in found.left_until.get(why, ())))
        stays = say("cli-disposal-left-out", why=say.word("obstacle", why))
        rows.append((stays, str(count), str(found.left_out_bytes[why]), until))
    rows.append((say("cli-disposal-looked-at"), str(found.looked_at), str(found.bytes_looked_at), ""))
    terminal.table(columns, rows)
    terminal.note(
        say("cli-disposal-made", number=made.number, digest=made.list_sha256) if made else say("cli-disposal-dry")
    )
    return ExitCode.DONE


def _plain(found: Plan, made: Disposal | None) -> dict[str, Any]:
    return {
        "recordings": found.looked_at,
        "bytes": found.bytes_looked_at,
        "would_go": len(found.candidates),
        "would_go_bytes": found.bytes,
        "left_out": {why: _left_out(found, why) for why in found.left_out},
        "schedule": f"{found.schedule.schedule.id}@{found.schedule.schedule.version}" if found.schedule else None,
        "number": made.number if made else None,
        "list_sha256": made.list_sha256 if made else None,
    }


def _left_out(found: Plan, why: str) -> dict[str, Any]:
    first, last = found.left_until.get(why, (None, None))
    return {
        "recordings": found.left_out[why],
        "bytes": found.left_out_bytes[why],
        "first_until": in_utc(first) if first else None,
        "last_until": in_utc(last) if last else None,
    }
