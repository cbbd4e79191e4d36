"""What a field of an event may hold: ids, words, money, instants, and their limits.

The JSON Schemas are generated from these types, and the fast decoder (`hot`) is derived from those schemas: a limit is written here and nowhere else.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

from schemas.events import instants
from schemas.events.currencies import CURRENCIES

AMOUNT_OUT_OF_RANGE: Final = "amount_out_of_range"
CURRENCY_UNKNOWN: Final = "currency_unknown"
LARGEST_AMOUNT: Final = 10**13

NO_CONTROL_CHARACTERS: Final = r"^[^\u0000-\u001f\u007f-\u009f]*$"
"""Neither C0 nor DEL nor C1: so that a control character can separate ids in the keys of the store."""


class Contract(BaseModel):
    """Root of all that events consist of. Strict: no text where a number is due. Unknown fields are kept out of the way, never an error."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, use_attribute_docstrings=True, defer_build=True)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Input should be a valid string")
    return value


def _milliseconds(value: object) -> int:
    try:
        return instants.milliseconds(_text(value))
    except ValueError:
        raise PydanticCustomError("instant", "Input should be an RFC 3339 instant with T, seconds, and Z or an offset") from None


def _day(value: object) -> str:
    try:
        return instants.day(_text(value))
    except ValueError:
        raise PydanticCustomError("day", "Input should be a day of the calendar, YYYY-MM-DD") from None


def _amount(value: int) -> int:
    if abs(value) > LARGEST_AMOUNT:
        raise PydanticCustomError(AMOUNT_OUT_OF_RANGE, "Amount should be between -10^13 and 10^13 minor units")
    return value


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST_AMOUNT:
        raise PydanticCustomError("number", "Input should be a number between -10^13 and 10^13")
    return value


def _currency(value: object) -> str:
    if _text(value) not in CURRENCIES:
        raise PydanticCustomError(CURRENCY_UNKNOWN, "Input should be an ISO 4217 currency code in upper case")
    return str(value)


@cache
def zones() -> frozenset[str]:
    """The IANA zones of the `tzdata` package, which is pinned: what a machine has of its own does not matter."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def _zone(value: str) -> str:
    if value not in zones():
        raise PydanticCustomError("zone", "Input should be an IANA time zone such as Asia/Ho_Chi_Minh")
    return value


def _absent_if_empty(value: object) -> object:
    return None if value == "" else value


class OrEmpty:
    """Annotates an optional list: null is the empty list, so that readers need not ask."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(lambda value: [] if value is None else value, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "null"}]}


Id = TypeAliasType(
    "Id",
    Annotated[
        str,
        Field(
            min_length=1,
            max_length=128,
            pattern=NO_CONTROL_CHARACTERS,
            description="1 to 128 characters, none a control character. No id is reserved.",
        ),
    ],
)

Word = TypeAliasType(
    "Word", Annotated[str, Field(min_length=1, max_length=1024, description="A word of the producer's choice, compared exactly.")]
)

Label = TypeAliasType("Label", Annotated[str, Field(max_length=65_536, description="Free text of at most 65,536 characters.")])

OptionalLabel = TypeAliasType(
    "OptionalLabel",
    Annotated[
        Annotated[str, Field(max_length=1024)] | None,
        BeforeValidator(_absent_if_empty),
        Field(description="Free text of at most 1,024 characters; empty means absent."),
    ],
)

OptionalText = TypeAliasType(
    "OptionalText",
    Annotated[
        Annotated[str, Field(max_length=65_536)] | None,
        BeforeValidator(_absent_if_empty),
        Field(description="Free text of at most 65,536 characters; empty means absent."),
    ],
)

Version = TypeAliasType(
    "Version",
    Annotated[
        int,
        Field(
            ge=0,
            le=2**63 - 1,
            description="Grows with each change of the entity; gaps are allowed. The newest version counts, whatever the order of arrival.",
        ),
    ],
)

Count = TypeAliasType("Count", Annotated[int, Field(ge=0, le=2**53 - 1, description="A whole number from 0.")])

Money = TypeAliasType(
    "Money",
    Annotated[
        int,
        AfterValidator(_amount),
        WithJsonSchema(
            {
                "type": "integer",
                "minimum": -LARGEST_AMOUNT,
                "maximum": LARGEST_AMOUNT,
                "description": "An amount in minor units of the currency beside it: 1999 is 19.99 USD or 1999 VND.",
            }
        ),
    ],
)

Number = TypeAliasType(
    "Number",
    Annotated[
        int | float,
        PlainValidator(_number),
        WithJsonSchema(
            {
                "type": "number",
                "minimum": -LARGEST_AMOUNT,
                "maximum": LARGEST_AMOUNT,
                "description": "A number, with or without a fraction.",
            }
        ),
    ],
)

Currency = TypeAliasType(
    "Currency",
    Annotated[
        str, PlainValidator(_currency), WithJsonSchema({"type": "string", "enum": list(CURRENCIES), "description": "ISO 4217 code."})
    ],
)

Instant = TypeAliasType(
    "Instant",
    Annotated[
        int,
        PlainValidator(_milliseconds),
        WithJsonSchema(
            {
                "type": "string",
                "format": "date-time",
                "pattern": instants.INSTANT_PATTERN,
                "description": "RFC 3339 with Z or an offset. Kept in whole milliseconds since 1970 UTC, finer digits are cut off.",
            }
        ),
    ],
)

Day = TypeAliasType(
    "Day",
    Annotated[
        str,
        PlainValidator(_day),
        WithJsonSchema(
            {"type": "string", "format": "date", "pattern": instants.DAY_PATTERN, "description": "A day of the calendar, YYYY-MM-DD."}
        ),
    ],
)

Zone = TypeAliasType(
    "Zone",
    Annotated[str, AfterValidator(_zone), Field(description="IANA time zone of the pinned tzdata.", examples=["Asia/Ho_Chi_Minh"])],
)
