"""Which exit code each error means: what needs no engine to be seen is 2, what an engine stands against is 3."""

from collections.abc import Iterator

import pytest

from api import errors
from api.errors import AccessError, ExitCode, exit_code_of
from api.register.errors import RegisterFileError
from catalog import errors as of_catalog
from catalog.errors import CatalogError
from ingest.fingerprint.errors import FingerprintError
from storage import errors as of_storage
from storage.errors import StorageError

ENGINES = {
    of_catalog.CatalogUnavailable,
    of_catalog.CatalogBusy,
    of_catalog.CatalogDamaged,
    of_catalog.CatalogMisconfigured,
    of_catalog.CatalogFull,
    of_catalog.CatalogOlder,
    of_catalog.CatalogNewer,
    of_catalog.DispatchError,
    of_catalog.DispatchUnavailable,
    of_catalog.DispatchMisconfigured,
    of_storage.StoreUnavailable,
    of_storage.StoreMisconfigured,
    of_storage.StoreFull,
    of_storage.LockInThePast,
    errors.ClocksApart,
    errors.PortTaken,
    errors.MetricsPortTaken,
    errors.ToolUnavailable,
    errors.PrintingUnavailable,
    of_catalog.CustodyError,
    of_catalog.CustodyKeyAbsent,
    of_catalog.CustodyKeyForeign,
    of_catalog.CustodyKeyReplaced,
    of_catalog.CustodyKeyUnfit,
    of_catalog.CustodyLogChanged,
    of_catalog.CustodyLogShorter,
}
SETTINGS_AND_ARGUMENTS = {
    errors.SettingsInvalid,
    errors.SettingMissing,
    errors.UsageWrong,
    errors.OwnFolder,
    errors.FileUnwritable,
    errors.OutputExists,
    errors.CertificateMissing,
    errors.NoSuchDerivative,
    errors.NoSuchLink,
    errors.PassphraseNotGiven,
    errors.PassphraseSourceUnfit,
    of_catalog.NotFound,
    of_catalog.Ambiguous,
    of_catalog.CatalogNotEmpty,
}
ONE_VERSION = {
    errors.BytesDiffer,
    errors.CertificateForeign,
    of_catalog.ManifestUnreadable,
    of_storage.VersionNotFound,
    of_storage.VersionLocked,
    of_storage.LockWouldShrink,
    of_storage.InvalidKey,
}
CODES = {
    **dict.fromkeys(ENGINES, ExitCode.UNAVAILABLE),
    **dict.fromkeys(SETTINGS_AND_ARGUMENTS, ExitCode.USAGE),
    **dict.fromkeys(ONE_VERSION, ExitCode.ATTENTION),
}


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


@pytest.mark.parametrize("kind", sorted(CODES, key=lambda kind: kind.__name__))
def test_exit_code(kind: type[Exception]) -> None:
    assert exit_code_of(kind.__new__(kind)) is CODES[kind]


@pytest.mark.parametrize("package", [AccessError, StorageError, CatalogError])
def test_every_error_of_settings_and_engines_is_in_the_table(package: type[Exception]) -> None:
    home = {AccessError: "api.errors", StorageError: "storage.errors", CatalogError: "catalog.errors"}[package]
    assert {each for each in below(package) if each.__module__ == home} <= CODES.keys()


@pytest.mark.parametrize("package", [RegisterFileError, FingerprintError])
def test_a_file_that_cannot_be_used_is_wrong_usage(package: type[Exception]) -> None:
    for kind in below(package):
        assert exit_code_of(kind.__new__(kind)) is ExitCode.USAGE
