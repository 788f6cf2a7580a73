"""What the settings library finds wrong, as sentences that people understand and that never repeat a value.

A value may be a secret, or hold one: only names, limits and forms are told.
"""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from api.errors import SettingMissing, SettingsInvalid

# By the library's own types (docs.pydantic.dev/latest/errors/validation_errors): our code, and the sentence in English.
_KINDS = {
    "extra_forbidden": ("unknown", "there is no setting of that name"),
    "int_parsing": ("whole_number", "it must be a whole number"),
    "int_type": ("whole_number", "it must be a whole number"),
    "int_from_float": ("whole_number", "it must be a whole number"),
    "float_parsing": ("number", "it must be a number"),
    "float_type": ("number", "it must be a number"),
    "bool_parsing": ("yes_or_no", "it must be true or false"),
    "bool_type": ("yes_or_no", "it must be true or false"),
    "string_type": ("text", "it must be text"),
    "path_type": ("text", "it must be text"),
    "model_type": ("group", "it is a group of settings: give each part its own name"),
    "dict_type": ("group", "it is a group of settings: give each part its own name"),
    "greater_than_equal": ("at_least", "it must be at least {limit}"),
    "greater_than": ("more_than", "it must be more than {limit}"),
    "less_than_equal": ("at_most", "it must be at most {limit}"),
    "less_than": ("less_than", "it must be less than {limit}"),
    "literal_error": ("one_of", "it must be one of {limit}"),
    "enum": ("one_of", "it must be one of {limit}"),
    "string_pattern_mismatch": ("form", "it must be of the form {limit}"),
}
_LIMITS = ("ge", "gt", "le", "lt", "expected", "pattern")


def first_fault(model: type[BaseModel], found: Sequence[ErrorDetails]) -> SettingsInvalid:
    """The fault to tell first: a name that does not exist is often the reason why another is missing."""
    told = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
    name = ".".join(str(part) for part in told["loc"])
    if told["type"] == "missing":
        return SettingMissing(name)
    context: dict[str, Any] = told.get("ctx") or {}
    limit = str(next((context[each] for each in _LIMITS if each in context), ""))
    if told["type"] in {"literal_error", "enum"}:
        limit = limit.replace(" or ", ", ").replace("'", "")
    if told["type"] in _KINDS:
        code, why = _KINDS[told["type"]]
        described = _description(model, told["loc"]) if code == "form" else None
        limit = described or limit
        return SettingsInvalid(name, why.format(limit=limit), code, limit)
    # Ours: the type is the code itself, or a plain ValueError.
    return SettingsInvalid(name, told["msg"].removeprefix("Value error, ").rstrip("."), told["type"])


def unreadable(error: SettingsError) -> SettingsInvalid:
    """A group was given as one value that is not JSON."""
    field = re.search(r'field "(\w+)"', str(error))
    if field is None:
        return SettingsInvalid("ZHILU_*", str(error))
    code, why = _KINDS["model_type"]
    return SettingsInvalid(field[1], why, code)


def _description(model: type[BaseModel], place: Sequence[int | str]) -> str | None:
    """What the field says of itself."""
    current: Any = model
    description: str | None = None
    for part in place:
        models = [each for each in _models_of(current) if str(part) in each.model_fields]
        if not models:
            return None
        field = models[0].model_fields[str(part)]
        current, description = field.annotation, field.description
    return description


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    candidates = [annotation, *getattr(annotation, "__args__", ())]
    return [each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)]
