"""What can be asked for in a query and a path: days, tables, pages, comparison, ids."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.cells import Basis
from schemas.errors import NotFound
from views_api.views.compared import Base, To, base
from views_api.views.periods import DAY, Asked, Preset, ask

MOST: Final = 200
"""Items on one page."""


class NoQuery(BaseModel):
    """No parameters."""


class PeriodQuery(BaseModel):
    """Which days: a preset around a day, or two days; and what of the opportunities lies in them."""

    model_config = ConfigDict(use_attribute_docstrings=True, populate_by_name=False)

    period: Preset | None = None
    """The calendar's or the last days; without any period parameter the current month."""
    from_: Annotated[str | None, Field(alias="from", json_schema_extra={"format": "date"})] = None
    """First day, in the campaign's zone."""
    to: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    """Last day, included."""
    at: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    """A day inside the period; now, if absent."""
    basis: Basis = Basis.CREATED
    """Opportunities created or closed in these days, or the state at the end of the last one. Orders, tasks and messages have days of their own."""

    def asked(self) -> Asked:
        """The period; raises `Refused`."""
        return ask(self.period, self.from_, self.to, self.at, self.basis)


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


class TableQuery(PeriodQuery):
    """What can be had as a file too (right `export`)."""

    format: Format | None = None
    """As a file, with all rows: CSV has one table, a workbook all of them. Or by the header `Accept`."""
    table: Annotated[str | None, Field(max_length=100)] = None
    """Which table of the answer; of CSV else the first."""


class CompareQuery(TableQuery):
    """And with which other days these are compared."""

    compare: To | None = None
    """The days before, as many; the year before; or `custom` ones. While a period runs, as much of them as has passed of it."""
    compare_from: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    """First of the custom days."""
    compare_to: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    """Last of the custom days, included."""
    compare_weekdays: bool | None = None
    """Whether each day is compared with one of the same weekday (yes, if absent): days before are moved by whole weeks, a year by 52 of them."""

    def base(self) -> Base | None:
        """With what is compared; raises `Refused`."""
        return base(self.compare, self.compare_from, self.compare_to, weekdays=self.compare_weekdays)


class PageQuery(TableQuery):
    limit: Annotated[int, Field(ge=1, le=MOST)] = MOST
    """Items on a page."""
    cursor: str | None = None
    """`next_cursor` of the page before."""


def _as_day(text: str) -> str:
    """Pydantic would take a number for seconds."""
    if not DAY.fullmatch(text):
        raise ValueError("a day is written YYYY-MM-DD")
    return text


def decoded(raw: str) -> str:
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError as error:
        raise NotFound from error


Day = Annotated[date, BeforeValidator(_as_day)]
CampaignId = Annotated[
    str, Path(description="Id of the campaign, percent-encoded; `/` is `%2F`.", examples=["c-17"]), AfterValidator(decoded)
]
Period = Annotated[PeriodQuery, Query()]
Compared = Annotated[CompareQuery, Query()]
Tables = Annotated[TableQuery, Query()]
Page = Annotated[PageQuery, Query()]
