"""What the errors of databases mean in our words. Pure: the tables, used by `catalog/engine.py`.

PostgreSQL names what happened by five characters (SQLSTATE, appendix A of its manual). While a connection is being made
its client library keeps them to itself, so there the text is looked at: its own is English, that of the server is in
the server's language, of which English and Chinese are known. What is not known is told as it is.
"""

import re
import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError

from catalog.errors import (
    CatalogBusy,
    CatalogDamaged,
    CatalogError,
    CatalogFull,
    CatalogMisconfigured,
    CatalogUnavailable,
)

_ROOM_GONE = ("disk is full", "No space left")
_DISK_FULL = {"53100"}
_IN_EACH_OTHERS_WAY = {"40001", "40P01"}
_DAMAGED = {"XX001", "XX002"}

# Reasons by code: other languages have a text of their own for each.
REASONS = {
    "cut": "the connection to it broke off",
    "stopping": "it is starting or shutting down",
    "crowded": "it has no connection left for us (max_connections): raise that, or lower catalog.connections",
    "in_use": "all our connections to it are in use (catalog.connections)",
    "no_memory": "it ran out of memory",
    "too_slow": "a statement took too long (catalog.statement_seconds)",
    "held": "what is to be changed was held by others for too long (catalog.lock_seconds)",
    "read_only": "it takes no changes: it is a standby, or was set to read only",
    "no_answer": "nothing answers at that address",
    "no_host": "there is no host of that name",
    "no_postgresql": "what answers there is no PostgreSQL",
    "password": "it refuses the user or the password: check catalog.url and catalog.password",
    "no_password": "it asks for a password and none is set: set catalog.password",
    "no_database": "there is no database of that name",
    "not_admitted": "it does not admit this user from this machine (pg_hba.conf)",
    "no_rights": "the user lacks a right it needs",
    "no_tls": "it speaks no TLS, which sslmode in catalog.url asks for",
    "not_trusted": "its certificate is not trusted: check sslrootcert in catalog.url and the name of the host",
    "no_certificate": "the file of certificate authorities (sslrootcert in catalog.url) cannot be read",
    "options": "it does not know an option that catalog.url gives",
    "not_utf8": "it is not kept in UTF-8: make a database with ENCODING 'UTF8'",
}

# Which right, which option: only the server says.
_TOLD_IN_FULL = {"no_rights", "options"}

_UNAVAILABLE_STATES = {
    "57P01": "cut",
    "57P02": "cut",
    "57P03": "stopping",
    "57P05": "cut",
    "25P03": "cut",
    "25P04": "too_slow",
    "53200": "no_memory",
    "53300": "crowded",
    "57014": "too_slow",
    "55P03": "held",
    "25006": "read_only",
}
_MISCONFIGURED_STATES = {
    "28P01": "password",
    "28000": "not_admitted",
    "3D000": "no_database",
    "42501": "no_rights",
}

_UNAVAILABLE_TEXTS = {
    r"too many (clients|connections)|remaining connection slots|已经有太多的?客户": "crowded",
    r"the database system is|not (yet )?accepting connections|数据库系统(正在|启动|关闭|处于)": "stopping",
    r"failed to resolve host|could not translate host name": "no_host",
    r"invalid response to SSL negotiation|expected authentication request|unsupported frontend protocol": (
        "no_postgresql"
    ),
    r"Connection refused|timeout expired|No route to host|Network is unreachable|Connection timed out": "no_answer",
    r"session is read-only|session is not read-only|server is in hot standby|server is not in hot standby": "read_only",
}
_MISCONFIGURED_TEXTS = {
    r"no password supplied": "no_password",
    r"authentication failed|role \".*\" does not exist|认证失败|角色 ?\".*\" ?不存在": "password",
    r"database \".*\" does not exist|数据库 ?\".*\" ?不存在": "no_database",
    r"permission denied for database|role \".*\" is not permitted|权限不够": "no_rights",
    r"no pg_hba\.conf entry|pg_hba\.conf rejects|pg_hba\.conf 记录": "not_admitted",
    r"does not support SSL": "no_tls",
    r"certificate verify failed|does not match host name|tlsv1 alert unknown ca": "not_trusted",
    r"(root certificate file|could not (read|load) (root )?certificate)": "no_certificate",
    r"unrecognized configuration parameter|invalid value for parameter|invalid connection option|invalid \w+ value": (
        "options"
    ),
}


def unavailable(where: str, code: str) -> CatalogUnavailable:
    return CatalogUnavailable(where, REASONS[code], code)


def misconfigured(where: str, code: str, detail: str = "") -> CatalogMisconfigured:
    return CatalogMisconfigured(where, REASONS[code], code, detail)


def meaning(error: DBAPIError, where: str) -> CatalogError | None:
    """Return our error for what the database at `where` answered; None for what is a fault of the statement."""
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error, where)
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _of_state(error, str(state), where)
    return _of_text(error, where)


def _of_sqlite(error: DBAPIError, where: str) -> CatalogError | None:
    # SQLite tells of a damaged file by the base class itself; its other subclasses are faults of statements.
    if type(error.orig) is sqlite3.DatabaseError:
        return CatalogDamaged(where, _first_line(error))
    if not isinstance(error, OperationalError):
        return None
    if any(sign in str(error.orig) for sign in _ROOM_GONE):
        return CatalogFull(where)
    return CatalogUnavailable(where, _first_line(error))


def _of_state(error: DBAPIError, state: str, where: str) -> CatalogError | None:
    if state in _UNAVAILABLE_STATES:
        return unavailable(where, _UNAVAILABLE_STATES[state])
    if state in _MISCONFIGURED_STATES:
        code = _MISCONFIGURED_STATES[state]
        return misconfigured(where, code, _first_line(error) if code in _TOLD_IN_FULL else "")
    if state in _IN_EACH_OTHERS_WAY:
        return CatalogBusy(where)
    if state in _DISK_FULL:
        return CatalogFull(where)
    if state in _DAMAGED:
        return CatalogDamaged(where, _first_line(error))
    # Class 08 is the connection, 53 are resources, 57 is an operator at work, 58 the server's own disk and system.
    passing = state.startswith(("08", "53", "57", "58")) or error.connection_invalidated
    return CatalogUnavailable(where, _first_line(error)) if passing else None


def _of_text(error: DBAPIError, where: str) -> CatalogError | None:
    if error.connection_invalidated:
        return unavailable(where, "cut")
    text = str(error.orig)
    for pattern, code in _MISCONFIGURED_TEXTS.items():
        if re.search(pattern, text):
            return misconfigured(where, code, _first_line(error) if code in _TOLD_IN_FULL else "")
    for pattern, code in _UNAVAILABLE_TEXTS.items():
        if re.search(pattern, text):
            return unavailable(where, code)
    if "connection failed" in text or "connection is bad" in text:
        return CatalogUnavailable(where, _first_line(error))
    return unavailable(where, "cut") if isinstance(error, OperationalError) else None


def _first_line(error: DBAPIError) -> str:
    """What was said, without what the client library puts before it."""
    lines = str(error.orig).strip().splitlines()
    said = re.sub(
        r"^connection (failed|is bad): (connection to server at .*? failed: )?", "", lines[0] if lines else ""
    )
    return re.sub(r"^[A-Z]+: +", "", said).rstrip(".") or type(error.orig).__name__
