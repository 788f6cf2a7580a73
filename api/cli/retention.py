"""`zhilu retention`: how long recordings stay, why, and who says so."""

from typing import Annotated

import typer

from api.cli import deadlines, disposal, retention_words, schedules
from api.cli.context import Terminal, opened, say
from api.errors import ExitCode
from api.reading.retention import explain as read_explanation
from catalog.repositories import custody, recordings
from catalog.tables.custody import CustodyAction
from catalog.tables.retention import RetentionClass
from retention.policy import Outcome

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
RecordingId = Annotated[str, typer.Argument(metavar="ID", help=say("cli-id"))]
Class = Annotated[RetentionClass, typer.Argument(metavar="CLASS", help=say("cli-retention-class"))]
Reason = Annotated[str, typer.Option("--reason", help=say("cli-retention-reason"))]


def add_to(application: typer.Typer) -> None:
    retention = typer.Typer(help=say("cli-retention"), no_args_is_help=True)
    retention.command("classify", help=say("cli-retention-classify"))(classify)
    retention.command("declassify", help=say("cli-retention-declassify"))(declassify)
    retention.command("explain", help=say("cli-retention-explain"))(explain)
    retention.command("evaluate", help=say("cli-retention-evaluate"))(evaluate)
    schedules.add_to(retention)
    deadlines.add_to(retention)
    disposal.add_commands(retention)
    application.add_typer(retention, name="retention")


def classify(recording: RecordingId, retention_class: Class, reason: Reason) -> int:
    with opened() as runtime:
        with runtime.catalog.reading() as session:
            found = recordings.named(session, recording)
        runtime.retention.classifier().classify(found.id, retention_class, reason=reason)
    Terminal().note(say("cli-retention-classified", name=found.name, word=say.word("retention-class", retention_class)))
    return ExitCode.DONE


def declassify(recording: RecordingId, retention_class: Class, reason: Reason) -> int:
    with opened() as runtime:
        with runtime.catalog.reading() as session:
            found = recordings.named(session, recording)
        runtime.retention.classifier().withdraw(found.id, retention_class, reason=reason)
    word = say.word("retention-class", retention_class)
    Terminal().note(say("cli-retention-declassified", name=found.name, word=word))
    return ExitCode.DONE


def explain(
    recording: RecordingId,
    purpose: Annotated[str | None, typer.Option("--purpose", help=say("cli-purpose"))] = None,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        with runtime.catalog.writing() as session:
            found = recordings.named(session, recording)
            custody.record(
                session,
                CustodyAction.VIEWED,
                at=runtime.clock(),
                actor=runtime.actor,
                subject_kind="recording",
                subject_id=found.id,
                purpose=purpose,
                face="command line",
                what="retention",
            )
        with runtime.catalog.reading() as session:
            view = read_explanation(runtime, session, found.id)
        if as_json:
            terminal.line(view.model_dump(mode="json"))
        else:
            terminal.table(("", ""), retention_words.lines(view, runtime.settings.time_zone))
    return ExitCode.ATTENTION if view.outcome is Outcome.UNDECIDED or view.unreadable else ExitCode.DONE


def evaluate(
    everything: Annotated[bool, typer.Option("--all", help=say("cli-retention-evaluate-all"))] = False,
) -> int:
    with opened() as runtime:
        evaluated = runtime.retention.evaluator().evaluate(everything=everything)
    Terminal().note(
        say("cli-retention-evaluated", count=evaluated.recordings, scope="all" if evaluated.everything else "changed")
    )
    return ExitCode.DONE
