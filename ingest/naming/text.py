"""From the bytes of a name to text that can be shown, without ever losing the bytes.

1. UTF-8 if the bytes are UTF-8. 2. GB18030, which contains GBK, if they are that. 3. Otherwise the printable
ASCII with every other byte escaped. Then: compose (NFC), and make visible whatever would steer or hide text.
"""

import unicodedata

from ingest.naming.model import DecodedName, NameEncoding

_PRINTABLE_ASCII = range(0x20, 0x7F)


def decode_name(raw: bytes) -> DecodedName:
    """Decode one name or path; never raises, the same bytes give the same text for ever."""
    for encoding in (NameEncoding.UTF8, NameEncoding.GB18030):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return DecodedName(raw, _visible(text), encoding)
    return DecodedName(raw, _escaped(raw), NameEncoding.UNDECODABLE)


def decode_path(raw: bytes) -> str:
    """Decode a path folder by folder, since the station and the card may write different encodings."""
    return "/".join(decode_name(part).text for part in raw.split(b"/") if part not in {b"", b"."})


def raw_name(name: bytes | str) -> bytes:
    """Give back the bytes behind a name as the operating system hands it out (surrogate escapes included)."""
    if isinstance(name, bytes):
        return name
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


def _visible(text: str) -> str:
    # What Python calls unprintable is what hides or steers: controls, bidirectional overrides, zero widths, odd
    # spaces, lone surrogates, private and unassigned code points.
    return "".join(
        character if character.isprintable() else f"<U+{ord(character):04X}>"
        for character in unicodedata.normalize("NFC", text)
    )


def _escaped(raw: bytes) -> str:
    return "".join(chr(byte) if byte in _PRINTABLE_ASCII else f"<0x{byte:02X}>" for byte in raw)
