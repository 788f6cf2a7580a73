"""What makes a register file unusable as a whole. What is wrong with single lines is a `LineError`, never raised.

RegisterFileError
├── RegisterFileMissing      permanent: no such file, or it may not be read
├── RegisterFileTooLarge     permanent: more bytes, rows, columns or unpacked bytes than are taken
├── RegisterFileUnreadable   permanent: neither a table of text nor a workbook that can be opened
└── RegisterFileEmpty        permanent: nothing stands in it
"""

from pathlib import PurePath


class RegisterFileError(Exception):
    """Base: one sentence a person can act on; `code` and `facts` for whoever says it in another language."""

    retryable = False
    code = "file_unusable"

    def __init__(self, sentence: str, **facts: object) -> None:
        self.facts = facts
        super().__init__(sentence)


class RegisterFileMissing(RegisterFileError):
    code = "file_missing"

    def __init__(self, path: PurePath, why: str) -> None:
        self.path, self.why = str(path), why
        super().__init__(f"The register file {path} cannot be opened: {why}.", path=str(path), why=why)


class RegisterFileTooLarge(RegisterFileError):
    """`what` is one of: bytes, sheets, rows, columns, lines, cells, unpacked bytes, elements, elements in a row."""

    code = "file_too_large"

    def __init__(self, what: str, limit: int) -> None:
        self.what, self.limit = what, limit
        super().__init__(
            f"The register file has more than {limit:,} {what}: split it into smaller files.", what=what, limit=limit
        )


class RegisterFileUnreadable(RegisterFileError):
    code = "file_unreadable"

    def __init__(self, why: str, advice: str) -> None:
        self.why, self.advice = why, advice
        super().__init__(f"The register file cannot be read: {why}. {advice}", why=why, advice=advice)


class RegisterFileEmpty(RegisterFileError):
    code = "file_empty"

    def __init__(self) -> None:
        super().__init__("The register file is empty: it needs a line of column headers and the rows below it.")
