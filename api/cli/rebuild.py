"""`zhilu rebuild`: making the catalog again from the buckets alone."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from api.cli.context import Terminal, say
from api.errors import ExitCode
from api.rebuilding import catalog_to_fill, store_to_read
from api.runtime import own_actor, system_clock
from api.settings import load_settings
from catalog.rebuild.rebuilder import Rebuilder
from catalog.rebuild.report import Rebuilt


def add_to(application: typer.Typer) -> None:
    application.command("rebuild", help=say("cli-rebuild"))(rebuild)


def rebuild(
    into: Annotated[str | None, typer.Option("--into", help=say("cli-rebuild-into"))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli-rebuild-dry-run"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False,
) -> int:
    terminal, settings = Terminal(as_json), load_settings()
    with ExitStack() as opened:
        store = store_to_read(settings, system_clock)
        catalog = opened.enter_context(catalog_to_fill(settings, into))
        scratch = Path(opened.enter_context(TemporaryDirectory(prefix="zhilu-")))
        rebuilder = Rebuilder(catalog, store, scratch=scratch, actor=own_actor(), clock=system_clock)
        done = rebuilder.rebuild(dry_run=dry_run)
    _show(terminal, catalog.where, done, dry_run=dry_run)
    return ExitCode.ATTENTION if done.findings else ExitCode.DONE


def _show(terminal: Terminal, where: str, done: Rebuilt, *, dry_run: bool) -> None:
    if terminal.as_json:
        for each in done.findings:
            terminal.line({"finding": each.kind, "subject": each.subject, "detail": each.detail})
        terminal.line({"catalog": where, "dry_run": dry_run, **done.figures()})
        return
    if done.findings:
        terminal.table(
            [say("cli-rebuild-finding"), say("cli-rebuild-subject"), say("cli-rebuild-detail")],
            [[say.word("rebuild", each.kind), each.subject, each.detail] for each in done.findings],
        )
    terminal.out.print(
        say(
            "cli-rebuild-read",
            read=done.objects_read,
            listed=done.objects_listed,
            events=done.events,
            checkpoints=done.checkpoints,
            found=done.checkpoints_found,
        )
    )
    if done.objects_listed > done.objects_read:
        terminal.out.print(say("cli-rebuild-passed-over", count=done.objects_listed - done.objects_read))
    facts: dict[str, str | int] = {
        "rows": sum(done.rows.values()),
        "recordings": done.rows.get("recording", 0),
        "originals": done.originals,
        "jobs": done.jobs,
        "findings": len(done.findings),
        "where": where,
    }
    terminal.out.print(say("cli-rebuild-would" if dry_run else "cli-rebuild-done", **facts))
