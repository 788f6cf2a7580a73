"""What Zhilu says to people, in their language: Fluent texts in one folder a language, all files of it loaded.

`translator(language)` gives a callable: key and facts in, one text out. Codes of data (a problem, a state) have texts
under a prefix; `word` falls back to the code itself, since a later version may have written it.
"""

from api.messages.errors import MessageError, MessageIncomplete, MessageUnknown
from api.messages.language import Language, negotiated, of_environment
from api.messages.translator import Translator, translator

__all__ = [
    "Language",
    "MessageError",
    "MessageIncomplete",
    "MessageUnknown",
    "Translator",
    "negotiated",
    "of_environment",
    "translator",
]
