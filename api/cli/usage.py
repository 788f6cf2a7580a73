"""What the option parser says, in our own words: help, and what is wrong with the arguments of a command.

The parser speaks English only, and partly in the terms of a programmer. It tells some faults by fields and some by
sentences alone; those sentences are taken apart here. One that nobody foresaw is quoted after one of ours.
"""

import re
import sys
from collections.abc import Sequence
from typing import Any

import typer
from pydantic import ValidationError
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from api.messages.translator import Translator

_SENTENCES = (
    ("no-such-option", re.compile(r"No such option: (?P<option>.*)")),
    ("no-such-command", re.compile(r"No such command (?P<command>'.*?')\.?(?: Did you mean (?P<likely>.*)\?)?")),
    ("missing-command", re.compile(r"Missing command\.")),
    ("too-many", re.compile(r"Got unexpected extra argument\(s\) \((?P<arguments>.*)\)")),
    ("needs-value", re.compile(r"Option (?P<option>'.*') requires an argument\.")),
    ("takes-no-value", re.compile(r"Option (?P<option>'.*') does not take a value\.")),
)
# By the types of pydantic, which reads the values (docs.pydantic.dev/latest/errors/validation_errors).
_VALUES = {
    "int_parsing": "whole-number",
    "int_type": "whole-number",
    "int_from_float": "whole-number",
    "int_parsing_size": "whole-number",
    "float_parsing": "number",
    "greater_than_equal": "at-least",
    "less_than_equal": "at-most",
}
_LIMITS = ("ge", "le")
_ONE_OF = re.compile(r"(?:Value error, )?(?P<value>'.*') is not one of (?P<choices>.*)\.")
_EXTRA = re.compile(
    r"^(?P<help>.*?)(?:  )?\[(?P<extra>[^\[\]]*(?:default: |required|x[<>]=|[<>]=x)[^\[\]]*)\]$", re.DOTALL
)
_DEFAULT = "default: "
_HEADINGS = frozenset({"Arguments", "Options", "Commands"})
_TYPES = {"str": "text", "int": "number", "int range": "number", "path": "path"}
_HELP = "Show this message and exit."
_NAMES_AT_MOST, _GAP, _LEAST_WIDTH = 30, 2, 10


# --- help ---------------------------------------------------------------------------------------------------------


def in_our_words(command: Any, say: Translator) -> Any:
    """The same command; it and all below it explain themselves in the language of `say`."""

    class Formatter(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            told = args.replace("[OPTIONS]", f"[{say('usage-options')}]")
            told = told.replace("COMMAND [ARGS]...", say("usage-command-and-arguments"))
            super().write_usage(prog, told, say("usage-usage") if prefix is None else prefix)

        def write_heading(self, heading: str) -> None:
            known = heading in _HEADINGS
            self.write(f"{'':>{self.current_indent}}{say(f'usage-heading-{heading.lower()}') if known else heading}\n")

        def write_dl(self, rows: Sequence[tuple[str, str]], *_arguments: Any, **_more: Any) -> None:
            told = [(_typed(say, name), _explained(say, text)) for name, text in rows]
            column = min(max(cell_len(name) for name, _text in told), _NAMES_AT_MOST) + _GAP
            for name, text in told:
                lines = _wrapped(text, self.width - self.current_indent - column)
                begins = f"{name}{' ' * (column - cell_len(name))}" if cell_len(name) <= column - _GAP else f"{name}\n"
                indent = " " * (self.current_indent + column)
                self.write(f"{'':>{self.current_indent}}{begins}")
                self.write((indent if begins.endswith("\n") else "") + f"\n{indent}".join(lines) + "\n")

        def write_text(self, text: str) -> None:
            indent = " " * self.current_indent
            lines = _wrapped(text, self.width - self.current_indent)
            self.write("".join(f"{indent}{line}\n" for line in lines))

    class Context(typer.Context):
        formatter_class = Formatter

    _give(command, Context)
    return command


def _wrapped(text: str, width: int) -> list[str]:
    """Lines that fit into a window, by the width that characters have there: Chinese ones take two places."""
    found = Text(text).wrap(Console(width=max(width, _LEAST_WIDTH)), max(width, _LEAST_WIDTH))
    return [line.plain.rstrip() for line in found] or [""]


def _give(command: Any, context: type[typer.Context]) -> None:
    command.context_class = context
    for below in getattr(command, "commands", {}).values():
        _give(below, context)


def _typed(say: Translator, name: str) -> str:
    """`--limit <int range>` with a word for what is wanted there."""

    def word(found: re.Match[str]) -> str:
        known = _TYPES.get(found[1].removeprefix("list[").removesuffix("]").lower())
        return f"<{say(f'usage-type-{known}')}>" if known else found[0]

    return re.sub(r"<([^<>]+?)>", word, name)


def _explained(say: Translator, text: str) -> str:
    """What an option is for, with what the parser puts behind it: its default, its limits, whether it is needed."""
    if text == _HELP:
        return say("usage-help")
    found = _EXTRA.match(text)
    if found is None:
        return text
    return f"{found['help']}  [{'; '.join(_extra(say, part) for part in found['extra'].split('; '))}]".lstrip()


def _extra(say: Translator, part: str) -> str:
    if part.startswith(_DEFAULT):
        return say("usage-default", value=part.removeprefix(_DEFAULT))
    return say("usage-required") if part == "required" else part


# --- faults -------------------------------------------------------------------------------------------------------


def show(error: typer.TyperException, say: Translator) -> None:
    """With the usage of the command where the error knows it; a command called without arguments shows its help."""
    context = getattr(error, "ctx", None)
    if context is not None and not context.args and error.message == context.get_help():
        sys.stderr.write(f"{error.message}\n")
        return
    if context is not None:
        hint = say("usage-hint", command=context.command_path)
        sys.stderr.write(f"{context.get_usage()}\n{hint}\n\n")
    sys.stderr.write(f"{say('usage-error')}{sentence(error, say)}\n")


def sentence(error: typer.TyperException, say: Translator) -> str:
    """What is wrong with the arguments."""
    if isinstance(error, typer.BadParameter) and error.param is not None:
        hint = error.param.get_error_hint() if error.param_hint is None else error.param_hint
        name = hint if isinstance(hint, str) else " / ".join(repr(each) for each in hint)
        if hasattr(error, "param_type"):  # nothing was given
            return say("usage-missing", kind=str(error.param.param_type_name), name=name)
        return say("usage-bad-value", name=name, why=_why(error, say))
    for key, pattern in _SENTENCES:
        found = pattern.fullmatch(error.message)
        if found is not None:
            facts = {name: value or "none" for name, value in found.groupdict().items()}
            return say(f"usage-{key}", **facts) + _possibilities(error, say)
    return say("usage-other", said=error.format_message())


def _why(error: typer.BadParameter, say: Translator) -> str:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        first = cause.errors()[0]
        context = first.get("ctx") or {}
        if first["type"] in _VALUES:
            limit = next((str(context[each]) for each in _LIMITS if each in context), "")
            return say(f"usage-value-{_VALUES[first['type']]}", limit=limit)
    found = _ONE_OF.fullmatch(error.message)
    if found is not None:
        return say("usage-value-one-of", value=found["value"], choices=found["choices"])
    return say("usage-value-other", said=error.message.removeprefix("Value error, "))


def _possibilities(error: typer.TyperException, say: Translator) -> str:
    possible = getattr(error, "possibilities", None)
    return say("usage-possible", options=", ".join(sorted(possible))) if possible else ""
