"""The one thing asked of XMP: when it says the recording was made."""

from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_CREATED = (
    "{http://ns.adobe.com/exif/1.0/}DateTimeOriginal",
    "{http://ns.adobe.com/xap/1.0/}CreateDate",
)


def created(xmp: str | bytes) -> str | None:
    """The text of the creation date, from an attribute or an element; None where there is none to read."""
    text = xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else xmp
    start, end = text.find("<x:xmpmeta"), text.rfind("</x:xmpmeta>")
    if start < 0 or end < 0:
        return None
    try:
        root = fromstring(text[start : end + len("</x:xmpmeta>")], forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    for wanted in _CREATED:
        for element in root.iter():
            found = element.get(wanted) or (element.text if element.tag == wanted else None)
            if found and found.strip():
                return str(found).strip()
    return None
