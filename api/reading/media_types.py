"""The media type of an original, from what was found in its bytes; never from its name."""

from catalog.tables.recordings import RecordingKind

OCTETS = "application/octet-stream"

_VIDEO = {
    "mp4": "video/mp4",
    "mov": "video/mp4",
    "webm": "video/webm",
    "matroska": "video/x-matroska",
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
    "mpeg": "video/mpeg",
    "asf": "video/x-ms-asf",
    "flv": "video/x-flv",
}
_AUDIO = {
    "mp4": "audio/mp4",
    "mov": "audio/mp4",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "adts": "audio/aac",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "amr": "audio/amr",
}
_PHOTO = {
    "jpeg": "image/jpeg",
    "mpo": "image/jpeg",  # several JPEG pictures in a row; browsers show the first
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "heif": "image/heif",
    "heic": "image/heif",
}
# Seen in a browser as they are, and unable to carry a script. SVG, HTML and XML are missing on purpose.
SHOWN_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
SAFE_INLINE = SHOWN_PHOTOS | {
    "video/mp4",
    "video/webm",
    "audio/mp4",
    "audio/mpeg",
    "audio/aac",
    "audio/wav",
    "audio/flac",
    "audio/ogg",
    "text/vtt",
    "application/json",
}


def original_media_type(kind: RecordingKind, container: str | None) -> str:
    """The type under which an original is handed out; octets where nothing certain is known."""
    known = (container or "").lower().split(",")[0]
    match kind:
        case RecordingKind.VIDEO:
            return _VIDEO.get(known, OCTETS)
        case RecordingKind.AUDIO:
            return _AUDIO.get(known, OCTETS)
        case RecordingKind.PHOTO:
            return _PHOTO.get(known, OCTETS)
        case RecordingKind.UNKNOWN | RecordingKind.SIDECAR | RecordingKind.OTHER:
            return OCTETS
