"""What a recorder's file name and folder say, and how sure that is. Pure: no file system, no register of its own."""

from ingest.naming.errors import NamePatternInvalid, NamingError
from ingest.naming.identify import identify
from ingest.naming.model import (
    DecodedName,
    DeviceRegister,
    Doubt,
    NameEncoding,
    NameFacts,
    NamePattern,
    NameReading,
    OfficerState,
    PatternOrder,
    PatternScope,
)
from ingest.naming.patterns import built_in_patterns, compile_pattern, load_patterns
from ingest.naming.text import decode_name

__all__ = [
    "DecodedName",
    "DeviceRegister",
    "Doubt",
    "NameEncoding",
    "NameFacts",
    "NamePattern",
    "NamePatternInvalid",
    "NameReading",
    "NamingError",
    "OfficerState",
    "PatternOrder",
    "PatternScope",
    "built_in_patterns",
    "compile_pattern",
    "decode_name",
    "identify",
    "load_patterns",
]
