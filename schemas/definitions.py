"""What `/v1/kpis` says of each number: how it is called and defined, and where it is known. The numbers themselves are declared in `schemas/kpis`."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.measures import Unit


class DefinitionView(msgspec.Struct, kw_only=True):
    name: str
    kind: Literal["measure", "kpi"]
    unit: Unit
    row: str
    """Of the contract of the numbers."""
    title: dict[str, str]
    """By language: en, vi."""
    definition: dict[str, str]
    bases: list[str]
    """On which bases a campaign's number is known."""
    by_hour: bool
    """Whether a series of it may be by the hour."""
    uses: list[str]
    """The measures that it is made of."""


class Definitions(msgspec.Struct, kw_only=True):
    definition_version: int
    items: list[DefinitionView]
