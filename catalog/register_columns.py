"""The columns of the registers that agencies fill in: one place for whoever reads or writes such tables.

A header may be the English or the Chinese name of its column; a closed vocabulary may be filled in with either
word. Times are ISO 8601; several officers in one cell are separated by `OFFICER_SEPARATOR`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

OFFICER_SEPARATOR: Final = ";"


class RegisterKind(StrEnum):
    """The registers, in the order in which their rows refer to each other."""

    AGENCIES = "agencies"
    OFFICERS = "officers"
    DEVICES = "devices"
    ASSIGNMENTS = "assignments"
    CASES = "cases"
    ACTIVITIES = "activities"


class HeaderLanguage(StrEnum):
    """The language of a table's headers and vocabulary."""

    ENGLISH = "english"
    CHINESE = "chinese"


@dataclass(frozen=True, slots=True)
class RegisterWord:
    """One value of a closed vocabulary in both languages."""

    english: str
    chinese: str

    def spelt(self, language: HeaderLanguage) -> str:
        match language:
            case HeaderLanguage.ENGLISH:
                return self.english
            case HeaderLanguage.CHINESE:
                return self.chinese


@dataclass(frozen=True, slots=True)
class RegisterColumn:
    """One column. `required` means that no row may leave it empty; `words` is empty where anything may be written."""

    english: str
    chinese: str
    required: bool = True
    words: tuple[RegisterWord, ...] = ()

    def header(self, language: HeaderLanguage) -> str:
        match language:
            case HeaderLanguage.ENGLISH:
                return self.english
            case HeaderLanguage.CHINESE:
                return self.chinese

    def named(self, header: str) -> bool:
        """Whether a table's header means this column; case, outer blanks and a byte order mark do not matter."""
        return header.strip("\ufeff \t\u3000").casefold() in {self.english.casefold(), self.chinese}


def _words(**chinese_by_english: str) -> tuple[RegisterWord, ...]:
    return tuple(RegisterWord(english, chinese) for english, chinese in chinese_by_english.items())


LEVELS: Final = _words(prefecture="州市级", county="县级", township="乡镇级")
CATEGORIES: Final = _words(
    licensing="许可", inspection="检查", penalty="处罚", compulsion="强制", levy="征收", requisition="征用"
)
STAGES: Final = _words(
    initiation="启动",
    investigation="调查取证",
    review="审核",
    decision="决定",
    service="送达",
    execution="执行",
    archiving="归档",
)
STATUSES: Final = _words(open="办理中", closed="已结案")

REGISTER_COLUMNS: Final[Mapping[RegisterKind, tuple[RegisterColumn, ...]]] = MappingProxyType(
    {
        RegisterKind.AGENCIES: (
            RegisterColumn("code", "机构代码"),
            RegisterColumn("name", "机构名称"),
            RegisterColumn("parent_code", "上级代码", required=False),
            RegisterColumn("level", "层级", words=LEVELS),
        ),
        RegisterKind.OFFICERS: (
            RegisterColumn("certificate_number", "执法证号"),
            RegisterColumn("name", "姓名"),
            RegisterColumn("agency_code", "机构代码"),
            # Six characters, what a camera is given for its user; certificate numbers can be longer.
            RegisterColumn("device_code", "人员代码", required=False),
        ),
        RegisterKind.DEVICES: (
            RegisterColumn("serial", "设备序列号"),
            RegisterColumn("model", "型号", required=False),
            RegisterColumn("agency_code", "机构代码", required=False),
        ),
        RegisterKind.ASSIGNMENTS: (
            RegisterColumn("device_serial", "设备序列号"),
            RegisterColumn("certificate_number", "执法证号"),
            RegisterColumn("from", "开始时间"),
            RegisterColumn("to", "结束时间", required=False),
        ),
        RegisterKind.CASES: (
            RegisterColumn("number", "案号"),
            RegisterColumn("cause", "案由", required=False),
            RegisterColumn("category", "执法类别", words=CATEGORIES),
            RegisterColumn("status", "状态", required=False, words=STATUSES),
            RegisterColumn("agency_code", "机构代码", required=False),
        ),
        RegisterKind.ACTIVITIES: (
            RegisterColumn("number", "活动编号"),
            RegisterColumn("case_number", "案号", required=False),
            RegisterColumn("stage", "执法环节", words=STAGES),
            RegisterColumn("officers", "执法证号"),
            RegisterColumn("agency_code", "机构代码", required=False),
            RegisterColumn("place", "地点", required=False),
            RegisterColumn("started_at", "开始时间"),
            RegisterColumn("ended_at", "结束时间"),
        ),
    }
)
