"""`zhilu get`: fetching the bytes of a recording, or of what was made from it, checked on the way."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.cli.looking import Purpose, note_look
from api.errors import AccessError, ExitCode, OutputExists
from api.fetching import fetch
from catalog.repositories import recordings
from catalog.tables.custody import CustodyAction, CustodyResult
from retention.errors import RetentionError
from storage.errors import StorageError


def add_to(application: typer.Typer) -> None:
    application.command("get", help=say("cli-get"))(get)


def get(
    recording: Annotated[str, typer.Argument(metavar="ID", help=say("cli-id"))],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=say("cli-get-output"))],
    kind: Annotated[str, typer.Option("--kind", help=say("cli-get-kind"))] = "original",
    force: Annotated[bool, typer.Option("--force", help=say("cli-get-force"))] = False,
    purpose: Purpose = None,
    recipient: Annotated[str | None, typer.Option("--recipient", help=say("cli-get-recipient"))] = None,
) -> int:
    terminal = Terminal()
    with opened() as runtime:
        if os.path.lexists(output) and not force:
            raise OutputExists(str(output))
        with runtime.catalog.reading() as session:
            found = recordings.named(session, recording)

        told = {} if recipient is None else {"recipient": recipient}

        def note(result: CustodyResult, **details: str) -> None:
            with runtime.catalog.writing() as session:
                given = {"what": kind, **told, **details}
                note_look(runtime, session, CustodyAction.DOWNLOADED, found.id, purpose, result, **given)

        try:
            fetched = fetch(runtime, found.id, kind, output, before_giving=partial(note, CustodyResult.DONE))
        except (AccessError, StorageError, RetentionError) as error:
            note(CustodyResult.FAILED, reason=str(error))
            raise
    terminal.note(say("cli-get-done", path=str(output), size=fetched.size, digest=str(fetched.sha256)))
    return ExitCode.DONE
