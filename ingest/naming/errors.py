"""What can go wrong in naming. Reading a name never fails; only the configuration can.

NamingError
└── NamePatternInvalid   permanent: a name pattern of the settings cannot be used
"""


class NamingError(Exception):
    """Base of all naming errors: one sentence a person can act on, and whether trying again can help."""

    retryable = False


class NamePatternInvalid(NamingError):
    def __init__(self, pattern: str, why: str) -> None:
        self.pattern, self.why = pattern, why
        super().__init__(f"The name pattern {pattern!r} cannot be used: {why}.")
