"""What can go wrong with texts; all of it is our own fault, found by tests.

MessageError
├── MessageUnknown      no text has that key
└── MessageIncomplete   a text needs a fact that was not given
"""


class MessageError(Exception):
    """Base of the errors of texts."""


class MessageUnknown(MessageError):
    def __init__(self, language: str, key: str) -> None:
        self.language, self.key = language, key
        super().__init__(f"There is no text {key!r} in {language}.")


class MessageIncomplete(MessageError):
    def __init__(self, language: str, key: str, why: str) -> None:
        self.language, self.key, self.why = language, key, why
        super().__init__(f"The text {key!r} in {language} cannot be made: {why}.")
