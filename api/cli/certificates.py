"""`zhilu retention certificate`: the certificate of a list, from the store, checked; or a file that was handed in."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import Terminal, opened, say
from api.disposing import name_of, printed
from api.errors import ExitCode, UsageWrong
from api.messages.language import named
from api.messages.translator import translator
from api.reading.certificates import check_paper, issued_print, read_certificate
from api.writing import check_output, write_output
from ingest.errors import SourceUnreadable


def certificate(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=say("cli-disposal-number"))],
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help=say("cli-disposal-certificate-json"))
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help=say("cli-disposal-certificate-pdf"))] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", metavar="zh|en", help=say("cli-disposal-certificate-lang"))
    ] = None,
    check: Annotated[
        Path | None, typer.Option("--check", metavar="FILE", help=say("cli-disposal-certificate-check"))
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=say("cli-get-force"))] = False,
) -> int:
    if json is None and pdf is None and check is None:
        raise UsageWrong(say("cli-disposal-which-form"))
    language = say.language if lang is None else named(lang)
    if language is None:
        raise UsageWrong(say("cli-custody-report-lang-unknown", language=lang or ""))
    for path in filter(None, (json, pdf)):
        check_output(path, force=force)
    with opened() as runtime:
        if check is not None:
            issued = check_paper(runtime, number, _content(check), str(check))
            Terminal().out.print(say("cli-disposal-certificate-checked", path=str(check), number=number, name=issued))
        if json is None and pdf is None:
            return ExitCode.DONE
        found = read_certificate(runtime, number)
        if json is not None:
            write_output(json, found.file, force=force)
        if pdf is not None:
            # As it was issued, since the log knows that one; else it was issued where nothing can be printed.
            content = issued_print(runtime, number, name_of(language))
            fresh = content or printed(found.signed, translator(language), runtime.settings.time_zone)
            write_output(pdf, fresh, force=force)
    return ExitCode.DONE


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SourceUnreadable(str(file), error.strerror or str(error)) from error
