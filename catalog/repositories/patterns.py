"""Patterns for LIKE out of what people write."""


def escaped(text: str) -> str:
    """Take literally what LIKE reads as wildcards; the pattern then needs a backslash as its `escape`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
