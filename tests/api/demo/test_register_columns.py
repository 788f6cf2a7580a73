from enum import StrEnum

import pytest

from catalog.register_columns import (
    CATEGORIES,
    LEVELS,
    REGISTER_COLUMNS,
    STAGES,
    STATUSES,
    HeaderLanguage,
    RegisterKind,
    RegisterWord,
)
from catalog.tables.cases import CaseStatus, Category, Stage
from catalog.tables.register import AgencyLevel


@pytest.mark.parametrize("kind", list(RegisterKind))
@pytest.mark.parametrize("language", list(HeaderLanguage))
def test_no_header_means_two_columns_of_one_register(kind: RegisterKind, language: HeaderLanguage) -> None:
    for column in REGISTER_COLUMNS[kind]:
        header = column.header(language)
        assert [other for other in REGISTER_COLUMNS[kind] if other.named(header)] == [column]


def test_headers_are_known_as_spreadsheets_leave_them() -> None:
    code = REGISTER_COLUMNS[RegisterKind.AGENCIES][0]
    assert all(code.named(header) for header in ("\ufeffcode", " Code ", "机构代码\u3000"))
    assert not any(code.named(header) for header in ("", "name", "机构名称"))


@pytest.mark.parametrize(
    ("words", "states"), [(LEVELS, AgencyLevel), (CATEGORIES, Category), (STAGES, Stage), (STATUSES, CaseStatus)]
)
def test_vocabularies_are_those_of_the_catalog(words: tuple[RegisterWord, ...], states: type[StrEnum]) -> None:
    assert [word.english for word in words] == [state.value for state in states]
    assert len({word.chinese for word in words}) == len(words)
