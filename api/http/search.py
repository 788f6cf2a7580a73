"""Criteria of a search as they stand in an address: the same words as the options of `zhilu find`."""

from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.reading.criteria import criteria_from
from api.reading.listing import LIMIT_AT_MOST
from catalog.repositories.finding import FindCriteria

_NONE = FindCriteria()
_LIMIT = 50
_OFFSET_AT_MOST = 10_000_000


class SearchQuery(BaseModel):
    """The words of a search; empty ones mean none. Other words in the address are left alone."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    case: str = ""
    officer: str = ""
    device: str = ""
    captured_from: str = Field(default="", alias="from")
    captured_to: str = Field(default="", alias="to")
    kind: list[str] = []
    important: bool = False
    attention: bool = False
    disposed: Literal["", "true", "false"] = ""
    limit: int = Field(default=_LIMIT, ge=1, le=LIMIT_AT_MOST)
    offset: int = Field(default=0, ge=0, le=_OFFSET_AT_MOST)

    def criteria(self, zone: tzinfo) -> FindCriteria:
        """Raises CriteriaWrong."""
        return criteria_from(
            zone,
            text=self.text,
            case=self.case,
            officer=self.officer,
            device=self.device,
            captured_from=self.captured_from,
            captured_to=self.captured_to,
            kinds=self.kind,
            important=True if self.important else None,
            attention=self.attention,
            disposed=self.disposed == "true" if self.disposed else None,
        )

    def words(self, **changed: Any) -> list[tuple[str, str]]:
        """The words that are given, for an address; `changed` ones replace those here."""
        found: list[tuple[str, str]] = []
        for name, value in {**self.model_dump(by_alias=True), **changed}.items():
            if name == "limit" and value == _LIMIT:
                continue
            values = value if isinstance(value, list) else [value]
            found += [(name, "true" if each is True else str(each)) for each in values if each]
        return found


def as_logged(criteria: FindCriteria) -> dict[str, Any]:
    """The criteria that were given, as plain values for the custody log."""
    given = {name: value for name, value in asdict(criteria).items() if value != getattr(_NONE, name)}
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
