"""`zhilu custody report ID`: everything on record of one recording, verified afresh, as PDF and as JSON."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.errors import ExitCode, UsageWrong
from api.messages.language import Language, named
from api.messages.translator import translator
from api.reports.custody_pages import pages_of
from api.reports.custody_report import CustodyReport, Preparation, program_version, read_report
from api.reports.printing import as_pdf, check_printing
from api.runtime import Runtime
from api.verifying.model import Finding, Tallies
from api.verifying.run import Scope
from api.verifying.service import verify
from api.writing import check_output, write_output
from catalog.repositories import custody, recordings
from catalog.tables.custody import CustodyAction
from catalog.types import new_id

_NUMBER_DIGITS = 8


def report(
    recording: Annotated[str, typer.Argument(metavar="ID", help=say("cli-id"))],
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help=say("cli-custody-report-pdf"))] = None,
    language: Annotated[str | None, typer.Option("--lang", help=say("cli-custody-report-lang"))] = None,
    preparer: Annotated[str | None, typer.Option("--preparer", help=say("cli-custody-report-preparer"))] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help=say("cli-purpose"))] = None,
    force: Annotated[bool, typer.Option("--force", help=say("cli-get-force"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False,
) -> int:
    terminal, chosen = Terminal(as_json), _language(language)
    if pdf is None and not as_json:
        raise UsageWrong(say("cli-custody-report-which"))
    if pdf is not None:
        check_output(pdf, force=force)
        check_printing()
    with opened() as runtime:
        with runtime.catalog.reading() as session:
            recording_id = recordings.named(session, recording).id
        tallies = Tallies()
        findings = list(verify(runtime, Scope(recording_id=recording_id), tallies, purpose=purpose))
        preparation = Preparation(
            number=_number(runtime),
            made_at=runtime.clock(),
            program_version=program_version(),
            prepared_by=preparer or runtime.actor,
            purpose=purpose,
        )
        made = read_report(runtime, recording_id, preparation, tallies, findings)
        content = _printed(made, findings, chosen, runtime) if pdf is not None else made.model_dump_json().encode()
        _put_on_record(runtime, made, content, "pdf" if pdf is not None else "json", chosen)
        if pdf is not None:
            write_output(pdf, content, force=force)
            digest = hashlib.sha256(content).hexdigest()
            number = preparation.number
            terminal.note(say("cli-custody-report-done", number=number, path=str(pdf), sha256=digest))
        if as_json:
            terminal.line(made.model_dump(mode="json"))
    return ExitCode.DONE if tallies.passed else ExitCode.ATTENTION


def _language(asked: str | None) -> Language:
    if asked is None:
        return say.language
    found = named(asked)
    if found is None:
        raise UsageWrong(say("cli-custody-report-lang-unknown", language=asked))
    return found


def _number(runtime: Runtime) -> str:
    """The day here, and digits that no other report has."""
    day = runtime.clock().astimezone(runtime.settings.time_zone)
    return f"CR-{day:%Y%m%d}-{new_id().hex[-_NUMBER_DIGITS:].upper()}"


def _printed(made: CustodyReport, findings: list[Finding], language: Language, runtime: Runtime) -> bytes:
    speak = translator(language)
    return as_pdf("custody.html", speak, pages_of(made, findings, speak, runtime.settings.time_zone))


def _put_on_record(runtime: Runtime, made: CustodyReport, content: bytes, form: str, language: Language) -> None:
    """Before anybody holds it: a report that is not on record was never made."""
    with runtime.catalog.writing() as session:
        custody.record(
            session,
            CustodyAction.REPORTED,
            at=runtime.clock(),
            actor=runtime.actor,
            subject_kind="recording",
            subject_id=made.recording.id,
            purpose=made.preparation.purpose,
            number=made.preparation.number,
            prepared_by=made.preparation.prepared_by,
            form=form,
            language=language.value,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            passed=made.verification.passed,
        )
