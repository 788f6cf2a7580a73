"""What a connection to an S3 store met, in one sentence a person can act on. Speaks to nobody but `speaks_tls`."""

import contextlib
import errno
import functools
import socket
import ssl
from pathlib import Path

from urllib3 import exceptions

from storage.errors import StorageError, StoreMisconfigured, StoreUnavailable

_HANDSHAKE_SECONDS = 5
# OpenSSL, X509_V_ERR_*: the certificate names another host, or another address.
_OTHER_NAME = {62, 64}
_EXPIRED, _NOT_YET = 10, 9
# What OpenSSL says when the other side answers in plain text.
_NO_TLS = {
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "RECORD_LAYER_FAILURE",
    "UNEXPECTED_MESSAGE",
    "PACKET_LENGTH_TOO_LONG",
}
_NO_WAY = {errno.EHOSTUNREACH, errno.ENETUNREACH}


def transport_error(where: str, error: exceptions.HTTPError, *, outcome_unknown: bool = False) -> StorageError:
    """Return our error for what the HTTP client raised. `outcome_unknown`: the server may yet have done as asked."""
    cause = _innermost(error)
    if isinstance(cause, exceptions.SSLError):
        return _tls_error(where, cause)
    code, why = _reason(cause)
    return StoreUnavailable(where, why, code, outcome_unknown=outcome_unknown)


@functools.lru_cache(maxsize=4)
def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts this file's authorities, or the system's. Raises StoreMisconfigured."""
    if ca_file is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except ssl.SSLError as error:
        why = "it holds no certificate in PEM form"
        raise StoreMisconfigured(_ca_sentence(ca_file, why), "ca_no_pem", where=ca_file) from error
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise StoreMisconfigured(_ca_sentence(ca_file, why), "ca_unreadable", where=ca_file, detail=why) from error


def speaks_tls(endpoint: str) -> bool:
    """Whether whoever listens there takes a TLS handshake; its certificate does not matter here."""
    host, _, port = endpoint.rpartition(":") if _has_port(endpoint) else (endpoint, "", "80")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        contextlib.suppress(OSError),
        socket.create_connection((host.strip("[]"), int(port)), timeout=_HANDSHAKE_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host.strip("[]")),
    ):
        return True
    return False


def plain_to_tls(where: str) -> StoreMisconfigured:
    return StoreMisconfigured(
        f"The store at {where} speaks TLS and is spoken to without: set storage.s3.secure to true, or name its "
        "plain port in storage.s3.endpoint.",
        "speaks_tls",
        where=where,
    )


def _has_port(endpoint: str) -> bool:
    return endpoint.rpartition(":")[2].isdigit() and not endpoint.endswith("]")


def _ca_sentence(ca_file: Path, why: str) -> str:
    return f"The certificate authorities in storage.s3.ca_file ({ca_file}) cannot be used: {why}."


def _innermost(error: exceptions.HTTPError) -> exceptions.HTTPError:
    while isinstance(error, exceptions.MaxRetryError) and isinstance(error.reason, exceptions.HTTPError):
        error = error.reason
    return error


def _tls_error(where: str, error: exceptions.SSLError) -> StorageError:
    found = _ssl_cause(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        code, fault = _certificate_fault(found)
        return StoreMisconfigured(f"The store at {where} {fault}.", code, where=where, detail=found.verify_message)
    if found is not None and found.reason in _NO_TLS:
        return StoreMisconfigured(
            f"The store at {where} does not speak TLS: set storage.s3.secure to false, or name its TLS port in "
            "storage.s3.endpoint.",
            "no_tls",
            where=where,
        )
    why = found.reason if found is not None and found.reason else str(error)
    return StoreUnavailable(where, f"the TLS handshake failed ({why})", "tls")


def _ssl_cause(error: BaseException | None) -> ssl.SSLError | None:
    """The error of OpenSSL below the HTTP client's; it lies in its arguments or among its causes."""
    while error is not None:
        for each in (error, *error.args):
            if isinstance(each, ssl.SSLError):
                return each
        error = error.__cause__ or error.__context__
    return None


def _certificate_fault(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    """Its code, and how its sentence goes on."""
    said = error.verify_message
    if error.verify_code in _OTHER_NAME:
        fault = "shows a certificate for another host: name it in storage.s3.endpoint as its certificate does"
        return "other_host", fault
    if error.verify_code in {_EXPIRED, _NOT_YET}:
        return "not_valid_now", f"shows a certificate that is not valid now ({said}): renew it, or set the clocks"
    fault = f"shows a certificate that is not trusted ({said}): name its authority in storage.s3.ca_file"
    return "not_trusted", fault


def _reason(error: exceptions.HTTPError) -> tuple[str, str]:
    match error:
        case exceptions.NameResolutionError():
            return "no_host", "its host name cannot be resolved: check storage.s3.endpoint and the name server"
        case exceptions.NewConnectionError():  # the client takes it for a special case of the next one
            return _no_connection(error)
        case exceptions.ConnectTimeoutError():
            return (
                "no_connection_in_time",
                "it takes no connection in time: check storage.s3.endpoint, the network and the firewall",
            )
        case exceptions.ReadTimeoutError():
            return "no_answer_in_time", "it did not answer in time"
        case exceptions.IncompleteRead():
            return "broke_off", "its answer broke off"
        case _:
            return "silent", "it does not answer, or broke off"


def _no_connection(error: exceptions.NewConnectionError) -> tuple[str, str]:
    number = getattr(error.__cause__, "errno", None)
    if number == errno.ECONNREFUSED:
        return "nothing_listens", "nothing listens there: check storage.s3.endpoint and whether the store runs"
    if number in _NO_WAY:
        return "no_way", "there is no way to it: check storage.s3.endpoint and the network"
    return "no_connection", "it takes no connection: check storage.s3.endpoint and the network"
