"""Which language to speak. Pure: what somebody asked for in, a language out."""

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """The languages there are, by the tags that `lang` attributes carry."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


def named(tag: str | None) -> Language | None:
    """The language of a tag such as `zh`, `zh_CN.UTF-8`, `en-GB`; None for those we do not speak."""
    primary = (tag or "").strip().lower().replace("_", "-").split("-")[0].split(".")[0]
    return {"zh": Language.CHINESE, "en": Language.ENGLISH}.get(primary)


def of_environment(setting: str | None, environment: Mapping[str, str]) -> Language:
    """For a terminal: the setting, else the locale as POSIX orders it, else English."""
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG")
    return named(setting) or named(locale) or Language.ENGLISH


def negotiated(*, asked: str | None, kept: str | None, setting: str | None, accepted: str | None) -> Language:
    """For a page: asked for in the address, kept in a cookie, set for this Zhilu, accepted by the browser."""
    return named(asked) or named(kept) or named(setting) or _best(accepted) or Language.ENGLISH


def _best(accepted: str | None) -> Language | None:
    """The language that an `Accept-Language` header likes most among ours (RFC 9110, section 12.5.4)."""
    liked: list[tuple[float, int, Language]] = []
    for place, part in enumerate((accepted or "").split(",")[:20]):
        tag, _, parameter = part.partition(";")
        language = named(tag)
        quality = _quality(parameter)
        if language is not None and quality > 0:
            liked.append((-quality, place, language))
    return min(liked)[2] if liked else None


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
