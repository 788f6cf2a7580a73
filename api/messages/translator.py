"""Looking up texts. They are read once a process, being part of the program, and each is parsed when it is first asked
for: of some eight hundred a command says a dozen, and all of them would cost it 60 ms and 5 MiB.
"""

import re
from functools import cache
from importlib import resources
from types import SimpleNamespace
from typing import Any

from babel.plural import to_python
from fluent.runtime import FluentBundle, FluentResource

from api.messages.errors import MessageIncomplete, MessageUnknown
from api.messages.language import Language

Fact = str | int | float
# A text begins in the first column with its key and goes on for as long as lines are indented or empty.
_ENTRY = re.compile(r"^([a-zA-Z][\w-]*) *=.*(?:\n(?:[ }].*)?$)*", re.MULTILINE)


class Translator:
    """Texts of one language. Call it with a key and facts; raises MessageUnknown, MessageIncomplete."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = _texts(language)

    def __call__(self, key: str, /, **facts: Fact) -> str:
        if not self.has(key):
            raise MessageUnknown(self.language, key)
        bundle = self._texts.bundle_with(key)
        pattern = bundle.get_message(key).value if bundle.has_message(key) else None
        if pattern is None:
            raise MessageIncomplete(self.language, key, "it has no value")
        text, errors = bundle.format_pattern(pattern, facts)
        if errors:
            raise MessageIncomplete(self.language, key, "; ".join(str(error) for error in errors))
        return str(text)

    def has(self, key: str) -> bool:
        return key in self._texts.sources

    def source(self, key: str) -> str:
        """A text as it is written in its file. Raises KeyError."""
        return self._texts.sources[key]

    def word(self, prefix: str, code: object) -> str:
        """The text of a code (`problem`, `exif_damaged`: the text `problem-exif-damaged`), else the code itself."""
        key = key_of(prefix, str(code))
        return self(key) if self.has(key) else str(code)


def key_of(prefix: str, code: str) -> str:
    """How the text of a code is called."""
    return f"{prefix}-{code.lower().replace('_', '-').replace(' ', '-').replace(':', '-')}"


@cache
def translator(language: Language) -> Translator:
    return Translator(language)


class _Bundle(FluentBundle):
    """Reads in how its language counts and writes numbers when the first is to be written: 4 MiB and 20 ms."""

    def __init__(self, language: Language) -> None:
        self._reads_in = False
        # Isolating marks would end up in what people copy; all our languages run left to right.
        super().__init__([language.value], use_isolating=False)
        self._reads_in = True
        del self._babel_locale, self._plural_form

    def _get_babel_locale(self) -> Any:
        return super()._get_babel_locale() if self._reads_in else SimpleNamespace(plural_form={})

    def __getattr__(self, name: str) -> Any:
        if name not in {"_babel_locale", "_plural_form"}:
            raise AttributeError(name)
        self._babel_locale = self._get_babel_locale()
        self._plural_form = to_python(self._babel_locale.plural_form)  # type: ignore[assignment] # its own cast
        return getattr(self, name)


class _Texts:
    """The texts of one language. They refer to no other, which a test sees to, so each can be parsed alone."""

    def __init__(self, language: Language) -> None:
        self.sources = {entry[1]: entry[0] for text in texts_of(language).values() for entry in _ENTRY.finditer(text)}
        self._bundle = _Bundle(language)
        self._parsed: set[str] = set()

    def bundle_with(self, key: str) -> FluentBundle:
        """The bundle, which holds this text by now. Two threads that ask for the same one parse it twice, no more."""
        if key not in self._parsed:
            self._bundle.add_resource(FluentResource(self.sources[key]))
            self._parsed.add(key)
        return self._bundle


@cache
def _texts(language: Language) -> _Texts:
    return _Texts(language)


def texts_of(language: Language) -> dict[str, str]:
    """The source of each file of a language, by file name."""
    folder = resources.files(__package__) / language.value
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".ftl")), key=lambda file: file.name)
    return {file.name: file.read_text("utf-8") for file in files}
