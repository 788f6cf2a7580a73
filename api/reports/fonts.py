"""Whether what printing stands on is there: pango and a Chinese font, both from the system."""

import ctypes

FONT = "Noto Sans CJK SC"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0", "libfontconfig.so.1")


def missing() -> str | None:
    """The first thing that is not there, None if nothing is missing."""
    for library in _LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            return library
    return None if _font_is_there() else FONT


def _font_is_there() -> bool:
    """Whether fontconfig knows a font of that very name: it would put another in its place without a word."""
    fontconfig = ctypes.CDLL("libfontconfig.so.1")
    for name in ("FcNameParse", "FcObjectSetBuild", "FcFontList"):
        getattr(fontconfig, name).restype = ctypes.c_void_p
    pattern = ctypes.c_void_p(fontconfig.FcNameParse(FONT.encode()))
    wanted = ctypes.c_void_p(fontconfig.FcObjectSetBuild(b"family", None))
    found = ctypes.c_void_p(fontconfig.FcFontList(None, pattern, wanted))
    try:
        # An FcFontSet begins with the number of its fonts.
        return bool(found.value) and ctypes.c_int.from_address(found.value or 0).value > 0
    finally:
        fontconfig.FcPatternDestroy(pattern)
        fontconfig.FcObjectSetDestroy(wanted)
        if found.value:
            fontconfig.FcFontSetDestroy(found)
