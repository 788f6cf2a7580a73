"""`zhilu register`: fill the register from the tables that agencies keep, and say what is in it."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.errors import ExitCode
from api.register.importer import import_registers
from api.register.model import ImportReport
from api.register.problems import LineError
from api.ringing import ring_for_due
from catalog.register_columns import OFFICER_SEPARATOR, REGISTER_COLUMNS, RegisterColumn, RegisterKind, RegisterWord
from catalog.repositories import register

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]


def add_to(application: typer.Typer) -> None:
    group = typer.Typer(help=say("cli-register"), no_args_is_help=True)
    group.command("import", help=say("cli-register-import"))(import_file)
    group.command("columns", help=say("cli-register-columns"))(columns)
    group.command("show", help=say("cli-register-show"))(show)
    application.add_typer(group, name="register")


def import_file(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=say("cli-register-files"))],
    kind: Annotated[RegisterKind | None, typer.Option("--kind", help=say("cli-register-kind"))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli-register-dry-run"))] = False,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        reports = import_registers(
            runtime.catalog,
            files,
            kind=kind,
            dry_run=dry_run,
            actor=runtime.actor,
            zone=runtime.settings.time_zone,
            now=runtime.clock(),
        )
        if not dry_run:
            ring_for_due(runtime)
    for report in reports:
        _tell(terminal, report)
    return ExitCode.ATTENTION if any(report.errors for report in reports) else ExitCode.DONE


def _tell(terminal: Terminal, report: ImportReport) -> None:
    if terminal.as_json:
        for error in report.errors:
            terminal.line({"file": report.file, **_plain(error)})
        terminal.line(
            {
                "file": report.file,
                "kinds": [str(kind) for kind in report.kinds],
                "dry_run": report.dry_run,
                "added": report.added,
                "changed": report.changed,
                "unchanged": report.unchanged,
                "errors": len(report.errors),
                "written": report.written,
            }
        )
        return
    for error in report.errors:
        place = say("cli-register-place", sheet=error.sheet or "-", line=error.line, column=error.column or "-")
        terminal.out.print(f"{place}: {_sentence(error)}")
    counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged}
    terminal.out.print(say(_outcome(report), file=report.file, errors=len(report.errors), **counts))


def _outcome(report: ImportReport) -> str:
    if report.errors:
        return "cli-register-refused"
    if report.withheld:
        return "cli-register-withheld"
    return "cli-register-dry" if report.dry_run else "cli-register-done"


def _plain(error: LineError) -> dict[str, object]:
    return {
        field.name: dict(error.facts) if field.name == "facts" else getattr(error, field.name)
        for field in dataclasses.fields(error)
    }


def _sentence(error: LineError) -> str:
    key = f"register-problem-{str(error.code).replace('_', '-')}"
    if not say.has(key):
        return error.message
    facts = {name: value if isinstance(value, int | float) else str(value) for name, value in error.facts.items()}
    return say(key, value=error.value or "", column=error.column or "", **facts)


def columns(
    kinds: Annotated[
        list[RegisterKind] | None, typer.Argument(metavar="[KIND...]", help=say("cli-register-kinds"))
    ] = None,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    for kind in kinds or list(RegisterKind):
        if as_json:
            for column in REGISTER_COLUMNS[kind]:
                terminal.line({"register": str(kind), **dataclasses.asdict(column)})
            continue
        terminal.out.print(say("cli-register-heading", register=say.word("register", kind), kind=str(kind)))
        headings = tuple(say(f"cli-register-{each}") for each in ("header", "header-chinese", "fill", "words"))
        terminal.table(headings, [_column(column) for column in REGISTER_COLUMNS[kind]])
    if not as_json:
        terminal.out.print(say("cli-register-cells", separator=OFFICER_SEPARATOR))
    return ExitCode.DONE


def _column(column: RegisterColumn) -> tuple[str, str, str, str]:
    need = say("cli-register-required" if column.required else "cli-register-may-be-empty")
    return column.english, column.chinese, need, ", ".join(_word(word) for word in column.words)


def _word(word: RegisterWord) -> str:
    return f"{word.english} = {word.chinese}"


def show(as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime, runtime.catalog.reading() as session:
        counts = register.counts(session)
    if as_json:
        terminal.line({str(kind): count for kind, count in counts.items()})
    else:
        terminal.table(("", ""), [(say.word("register", kind), str(count)) for kind, count in counts.items()])
    return ExitCode.DONE
