"""The program behind its entry: builds the commands, turns errors into one sentence and an exit code."""

import gc
import importlib
import importlib.metadata
import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Annotated, Any

import structlog
import typer

from api.cli import streams, usage
from api.cli.context import Terminal, say
from api.cli.main import INTERRUPTED
from api.errors import AccessError, ExitCode, exit_code_of
from api.messages.faults import sentence_of
from api.register.errors import RegisterFileError
from api.settings import load_settings
from catalog.errors import CatalogError
from ingest.errors import IngestError
from ingest.fingerprint.errors import FingerprintError
from ingest.process import ToolError
from retention.errors import RetentionError
from storage.errors import StorageError


def prepared() -> Callable[[], int]:
    """Read in the command that the arguments name. What comes back runs it to its end and returns the exit code."""
    _log_to_stderr()
    streams.prepare()
    command = usage.in_our_words(typer.main.get_command(_application(sys.argv[1] if len(sys.argv) > 1 else None)), say)
    # What was read in stays until the end: looking through it once more then took a third of a second a command.
    gc.freeze()
    gc.enable()
    return lambda: _run(command)


def _run(command: Any) -> int:
    try:
        code: Any = command.main(prog_name="zhilu", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except typer.TyperException as error:
        usage.show(error, say)
        return ExitCode.USAGE
    except (
        AccessError,
        StorageError,
        CatalogError,
        IngestError,
        FingerprintError,
        RegisterFileError,
        RetentionError,
        ToolError,
    ) as error:
        Terminal().err.print(sentence_of(say, error, _zone()), soft_wrap=True)
        return exit_code_of(error)
    return int(code or 0)


def _zone() -> tzinfo:
    """In which times are told; UTC where the settings are what is wrong."""
    try:
        return load_settings().time_zone
    except AccessError:
        return UTC


# The module of each command: only the one that is asked for is read in, which takes a third of the memory and time.
_MODULES = {
    "up": "up",
    "dock": "dock",
    "work": "work",
    "serve": "serve",
    "demo": "demo",
    "ingest": "ingesting",
    "find": "finding",
    "show": "showing",
    "get": "getting",
    "case": "cases",
    "link": "cases",
    "approver": "approvers",
    "hold": "hold",
    "retention": "retention",
    "register": "register",
    "catalog": "catalog",
    "rebuild": "rebuild",
    "storage": "storage",
    "custody": "custody",
    "jobs": "jobs",
    "retry": "jobs",
    "verify": "verify",
    "fixity": "fixity",
    "doctor": "doctor",
}


def _application(command: str | None = None) -> typer.Typer:
    """All commands, or the one that is asked for alone."""
    application = typer.Typer(
        name="zhilu",
        help=say("cli-zhilu"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    application.callback()(_options)  # without one, the name of a single command would be taken for an argument
    wanted = _MODULES.get(command or "")
    for module in dict.fromkeys([wanted] if wanted else _MODULES.values()):
        importlib.import_module(f"api.cli.{module}").add_to(application)
    return application


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"zhilu {importlib.metadata.version('zhilu')}\n")
        raise typer.Exit


def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", help=say("cli-version"), is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """The options of the program itself."""


def _log_to_stderr() -> None:
    level = logging.getLevelNamesMapping().get(os.environ.get("ZHILU_LOG", "warning").upper(), logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # dramatiq and the web server log through the standard library.
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)
    logging.getLogger("dramatiq").setLevel(logging.ERROR)
    # What it tries again is its own business; what it cannot do is told by our own errors.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
