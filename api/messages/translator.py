"""Looking up texts. Bundles are read once a process: they are part of the program."""

from functools import cache
from importlib import resources

from fluent.runtime import FluentBundle, FluentResource

from api.messages.errors import MessageIncomplete, MessageUnknown
from api.messages.language import Language

Fact = str | int | float


class Translator:
    """Texts of one language. Call it with a key and facts; raises MessageUnknown, MessageIncomplete."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._bundle = _bundle(language)

    def __call__(self, key: str, **facts: Fact) -> str:
        if not self._bundle.has_message(key):
            raise MessageUnknown(self.language, key)
        pattern = self._bundle.get_message(key).value
        if pattern is None:
            raise MessageIncomplete(self.language, key, "it has no value")
        text, errors = self._bundle.format_pattern(pattern, facts)
        if errors:
            raise MessageIncomplete(self.language, key, "; ".join(str(error) for error in errors))
        return str(text)

    def has(self, key: str) -> bool:
        return bool(self._bundle.has_message(key))

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


@cache
def _bundle(language: Language) -> FluentBundle:
    # Isolating marks would end up in what people copy; all our languages run left to right.
    bundle = FluentBundle([language.value], use_isolating=False)
    for text in texts_of(language).values():
        bundle.add_resource(FluentResource(text))
    return bundle


def texts_of(language: Language) -> dict[str, str]:
    """The source of each file of a language, by file name."""
    folder = resources.files(__package__) / language.value
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".ftl")), key=lambda file: file.name)
    return {file.name: file.read_text("utf-8") for file in files}
