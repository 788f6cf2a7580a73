"""Whatever the fields of an error are called, its sentence can be said: they are facts, never arguments of ours."""

import pytest

from api.messages.faults import sentence_of
from api.messages.language import Language
from api.messages.translator import translator
from retention.errors import ScheduleInvalid


@pytest.mark.parametrize("language", list(Language))
def test_an_error_whose_field_is_called_key(language: Language) -> None:
    error = ScheduleInvalid("own.toml", 17, "keep", "missing")
    said = sentence_of(translator(language), error)
    assert "17" in said
    assert "keep" in said
