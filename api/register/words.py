"""The closed vocabularies as people write them: the frozen words in both languages, and their everyday variants."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from api.register.problems import Problem, ProblemCode
from catalog.register_columns import CATEGORIES, LEVELS, STAGES, STATUSES, RegisterWord
from catalog.tables.cases import CaseStatus, Category, Stage
from catalog.tables.register import AgencyLevel

Word = TypeVar("Word", bound=StrEnum)

_FROZEN: Final[Mapping[type[StrEnum], tuple[RegisterWord, ...]]] = MappingProxyType(
    {AgencyLevel: LEVELS, Category: CATEGORIES, Stage: STAGES, CaseStatus: STATUSES}
)
# 市 alone is the prefecture-level city; a county-level one is written 县级市 or 县市区.
_VARIANTS: Final[Mapping[StrEnum, str]] = MappingProxyType(
    {
        AgencyLevel.PREFECTURE: "州 市 地 州市 地市 州级 市级 地级 地市级 自治州 地级市",
        AgencyLevel.COUNTY: "县 区 区级 县区 县市区 县区级 县级市 自治县",
        AgencyLevel.TOWNSHIP: "乡 镇 乡镇 乡级 镇级 街道 乡镇街道",
        Category.LICENSING: "行政许可",
        Category.INSPECTION: "行政检查",
        Category.PENALTY: "行政处罚",
        Category.COMPULSION: "行政强制",
        Category.LEVY: "行政征收",
        Category.REQUISITION: "行政征用",
        Stage.INVESTIGATION: "调查 取证 调查与取证",
        CaseStatus.OPEN: "在办 未结 未结案",
        CaseStatus.CLOSED: "结案 办结 已办结",
    }
)


def read_word(text: str, words: type[Word]) -> Word:
    """Read a word of a closed vocabulary, in English or Chinese. Raises Problem, naming the words there are."""
    found = _SPELLINGS[words].get("".join(text.casefold().split()))
    if found is None:
        known = [f"{word.chinese} ({word.english})" for word in _FROZEN[words]]
        raise Problem(ProblemCode.WORD_UNKNOWN, {"words": known})
    return words(found)


def _spellings(words: type[StrEnum]) -> Mapping[str, str]:
    frozen = {spelling: word.english for word in _FROZEN[words] for spelling in (word.english, word.chinese)}
    variants = {variant: word.value for word in words for variant in _VARIANTS.get(word, "").split()}
    return MappingProxyType({**variants, **frozen})


_SPELLINGS: Final = MappingProxyType({words: _spellings(words) for words in _FROZEN})
