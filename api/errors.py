"""What can go wrong at the faces of Zhilu, and which exit code each error of any package means.

AccessError
├── SettingsInvalid     exit 2: a setting cannot be understood
│   └── SettingMissing  exit 2: a setting that is needed has no value
├── UsageWrong          exit 2: the command was called wrongly
├── PassphraseNotGiven  exit 2: nobody is there to type one, or it was typed differently
├── PassphraseSourceUnfit  exit 2: what a passphrase is to be read from will not do
├── FileUnwritable      exit 2: a file that was asked for cannot be written
├── OutputExists        exit 2: a file that was asked for is there already, and may not be replaced
├── OwnFolder           exit 2: what is to be secured and what Zhilu writes lie in each other
├── NoSuchDerivative    exit 2: the recording has none of that kind
├── CertificateMissing  exit 2: the list has not come so far that it has one
├── NoSuchLink          exit 2: nothing ties the recording to that case, so there is nothing to decide on
├── BytesDiffer         exit 1: what the store gives is not what was put on record
├── CertificateForeign  exit 1: a file is none of those that were issued under that number
├── PortTaken           exit 3: the address of the page is in use
├── MetricsPortTaken    exit 3: the address that the metrics are told at is in use
├── ClocksApart         exit 3: an engine's clock and ours disagree by far too much
├── ToolUnavailable     exit 3: a program that Zhilu needs is not installed
└── PrintingUnavailable exit 3: a library or font that documents are printed with is not installed
"""

from enum import IntEnum

from catalog.errors import (
    CatalogFull,
    CatalogMisconfigured,
    CatalogNewer,
    CatalogOlder,
    CatalogUnavailable,
    CustodyError,
    DispatchError,
    ManifestUnreadable,
)
from ingest.errors import DockRunning
from retention.errors import RetentionError
from storage.errors import LockInThePast, StorageError, StoreFull, StoreMisconfigured, StoreUnavailable


class ExitCode(IntEnum):
    """What a program that calls us goes by.

    USAGE is what is seen to be wrong without asking anybody: arguments, settings that cannot be understood, names that
    nothing bears. UNAVAILABLE is everything that an engine which was asked stands against, whether it is away, or is
    there and what the settings say of it is not so: a wrong key, a bucket without lock, clocks apart, another schema,
    a certificate that is not trusted. Trying again may help there once somebody has seen to the engine, and does no
    harm; after USAGE it never helps.
    """

    DONE = 0
    ATTENTION = 1
    USAGE = 2
    UNAVAILABLE = 3


class AccessError(Exception):
    """Base of the errors of this package: one sentence a person can act on."""

    exit_code = ExitCode.USAGE


class SettingsInvalid(AccessError):
    """`code` names the reason for other languages, `limit` what it is measured by. A value is never repeated."""

    def __init__(self, name: str, why: str, code: str = "other", limit: str = "") -> None:
        self.name, self.why, self.code, self.limit = name, why, code, limit
        super().__init__(f"The setting {name} is wrong: {why}.")


class SettingMissing(SettingsInvalid):
    def __init__(self, name: str) -> None:
        super().__init__(name, "it is missing", "missing")
        self.variable = f"ZHILU_{name.upper().replace('.', '__')}"
        sentence = f"The setting {name} is missing: give it in zhilu.toml, as the variable {self.variable}, "
        self.args = (sentence + "or in a credentials file of that name.",)


class UsageWrong(AccessError):
    pass


class PassphraseNotGiven(AccessError):
    """`code` is why: no_terminal, differ."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(
            "The two passphrases differ: begin again."
            if code == "differ"
            else "A passphrase is needed and there is no terminal to type it at: give --passphrase-from NAME=FILE."
        )


class PassphraseSourceUnfit(AccessError):
    """`code` is why: form, open_to_others, unreadable, not_utf8."""

    def __init__(self, name: str, code: str) -> None:
        self.name, self.code = name, code
        why = {
            "form": "give it as NAME=FILE",
            "open_to_others": "others may read the file: close it with chmod 600",
            "unreadable": "the file cannot be read",
        }.get(code, "the file holds no UTF-8 text")
        super().__init__(f"The passphrase of {name} cannot be taken from there: {why}.")


class FileUnwritable(AccessError):
    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"The file {path} cannot be written: {why}.")


class OutputExists(AccessError):
    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"There is a file {path} already: give another name, or --force.")


class OwnFolder(AccessError):
    def __init__(self, source: str, own: str) -> None:
        self.source, self.own = source, own
        super().__init__(
            f"{source} cannot be taken in, since Zhilu's own {own} lies in it or it in there: "
            "go to another folder, or set ZHILU_HOME to one."
        )


class NoSuchDerivative(AccessError):
    def __init__(self, kind: str, there: list[str]) -> None:
        self.kind, self.there = kind, ", ".join(there)
        super().__init__(f"The recording has no {kind}; it has: {self.there}.")


class NoSuchLink(AccessError):
    def __init__(self, recording: str, case: str) -> None:
        self.recording, self.case = recording, case
        super().__init__(
            f"Nothing ties {recording} to case {case}, neither a suggestion nor a person's word: "
            "to make a link, use zhilu link add."
        )


class BytesDiffer(AccessError):
    exit_code = ExitCode.ATTENTION

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(
            f"What the store holds as {reference} is not what was put on record: nothing was written, have it examined."
        )


class CertificateMissing(AccessError):
    """`state`: how far the list has come."""

    def __init__(self, number: str, state: str) -> None:
        self.number, self.state = number, state
        super().__init__(f"The list {number} has no certificate yet, being {state}: it has one once all of it is done.")


class CertificateForeign(AccessError):
    exit_code = ExitCode.ATTENTION

    def __init__(self, file: str, number: str, sha256: str) -> None:
        self.file, self.number, self.sha256 = file, number, sha256
        super().__init__(
            f"{file} is no certificate that was issued for {number}: the custody log knows none with the SHA-256 "
            f"{sha256}. Print it again with `zhilu retention certificate {number}`, and ask where that file is from."
        )


class PortTaken(AccessError):
    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, str(port)
        super().__init__(f"The port {port} of {host} is in use: choose another one with --port.")


class MetricsPortTaken(AccessError):
    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, host: str, port: int, why: str) -> None:
        self.host, self.port, self.why = host, str(port), why
        super().__init__(
            f"The metrics cannot be told at the port {port} of {host} ({why}): set another one below [metrics]."
        )


class ClocksApart(AccessError):
    """`seconds` is how far the engine's clock is ahead of ours, negative if it is behind."""

    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, engine: str, where: str, seconds: float) -> None:
        self.engine, self.where, self.seconds, self.minutes = engine, where, seconds, round(abs(seconds) / 60)
        ahead = "ahead of" if seconds > 0 else "behind"
        super().__init__(
            f"The clock of the {engine} at {where} is {self.minutes} min {ahead} that of this machine: "
            "set both by a time server (NTP). Locks and records would bear wrong times."
        )


class ToolUnavailable(AccessError):
    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, tool: str) -> None:
        self.tool = tool
        super().__init__(f"The program {tool} is not installed: install it (Debian, Ubuntu: apt install ffmpeg).")


class PrintingUnavailable(AccessError):
    """`lacking` is the library or font that is not there, `packages` what brings all of them on Debian and Ubuntu."""

    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, lacking: str, packages: str) -> None:
        self.lacking, self.packages = lacking, packages
        super().__init__(
            f"Documents cannot be printed, since {lacking} is not installed: "
            f"run infra/setup reports, or install it (Debian, Ubuntu: apt install {packages})."
        )


def exit_code_of(error: Exception) -> ExitCode:
    """The exit code that an error of any package means."""
    if isinstance(error, AccessError):
        return error.exit_code
    engines = (
        DockRunning,
        CatalogUnavailable,
        CatalogMisconfigured,
        CatalogFull,
        CatalogOlder,
        CatalogNewer,
        CustodyError,
        DispatchError,
        StoreUnavailable,
        StoreFull,
        StoreMisconfigured,
        LockInThePast,
    )
    if isinstance(error, engines):
        return ExitCode.UNAVAILABLE
    if isinstance(error, RetentionError):
        return ExitCode.ATTENTION  # it was understood, and refused
    # The store is there and answers: something is the matter with one version in it.
    return ExitCode.ATTENTION if isinstance(error, StorageError | ManifestUnreadable) else ExitCode.USAGE
