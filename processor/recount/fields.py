"""How one field of the event contract is checked. What passes comes out as plain Python: instants as milliseconds since 1970 UTC, all else as it came."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from processor.recount.days import EARLIEST_MS, LATEST_MS, milliseconds, zone_names

Check = Callable[[Any], Any]
"""Takes a value of the JSON, gives what it means. Raises RefusedError."""

MOST_MINOR_UNITS = 10**13
LONGEST_ID = 128
LONGEST_LABEL = 1024
LONGEST_TEXT = 65_536

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP
    COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD
    JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK
    NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP
    TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA XXX
    YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - a list literal of 180 codes would be a page long
)

INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DECIMAL = re.compile(r"\d+(\.\d+)?", re.ASCII)


class RefusedError(Exception):
    """The record is not part of the numbers: `reason` is a code of the dead letters."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


def invalid(detail: str) -> RefusedError:
    return RefusedError("schema_invalid", detail)


def text(value: Any) -> str:
    if type(value) is not str:
        raise invalid("not a string")
    if len(value) > LONGEST_TEXT:
        raise invalid(f"longer than {LONGEST_TEXT} characters")
    return value


def word(value: Any) -> str:
    if not 1 <= len(text(value)) <= LONGEST_LABEL:
        raise invalid(f"a word has 1 to {LONGEST_LABEL} characters")
    return str(value)


def optional_text(value: Any) -> str | None:
    """Empty says no more than absent."""
    return None if value is None else text(value) or None


def optional_label(value: Any) -> str | None:
    """Likewise, and short: what numbers may be told apart by."""
    return None if value in (None, "") else word(value)


def name_of(longest: int) -> Check:
    """Of so many characters at the most, none of them a control character."""

    def check(value: Any) -> str:
        if not 1 <= len(text(value)) <= longest:
            raise invalid(f"not 1 to {longest} characters")
        if any(unicodedata.category(character) == "Cc" for character in value):
            raise invalid("control character in a name")
        return str(value)

    return check


identifier = name_of(LONGEST_ID)


def integer(value: Any) -> int:
    if type(value) is not int:
        raise invalid("not an integer")
    return value


def number(value: Any) -> int | float:
    if type(value) not in (int, float):
        raise invalid("not a number")
    return float(value) if type(value) is float else int(value)


def version(value: Any) -> int:
    if not 0 <= integer(value) < 2**63:
        raise invalid("a version is at least 0, and less than 2^63")
    return int(value)


def count(value: Any) -> int:
    if integer(value) < 0:
        raise invalid("a number of things is at least 0")
    return int(value)


def within(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if not least <= integer(value) <= most:
            raise invalid(f"not {least} to {most}")
        return int(value)

    return check


def flag(value: Any) -> bool:
    if type(value) is not bool:
        raise invalid("not a boolean")
    return value


def money(value: Any) -> int:
    if abs(integer(value)) > MOST_MINOR_UNITS:
        raise RefusedError("amount_out_of_range")
    return int(value)


def currency(value: Any) -> str:
    if text(value) not in CURRENCIES:
        raise RefusedError("currency_unknown")
    return str(value)


def zone_name(value: Any) -> str:
    if text(value) not in zone_names():
        raise invalid("no such zone")
    return str(value)


def instant(value: Any) -> int:
    """RFC 3339 with an offset, as milliseconds since 1970 UTC. What some zone has no date for, at the ends of the calendar, is the nearest that all have."""
    match = INSTANT.fullmatch(text(value))
    if not match:
        raise invalid("not an instant")
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    if sign and not (int(offset_hours) < 24 and int(offset_minutes) < 60):
        raise invalid("no such offset")
    try:
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError as error:
        raise invalid("no such instant") from error
    offset = int(f"{sign}1") * (int(offset_hours) * 60 + int(offset_minutes)) * 60_000 if sign else 0
    result = milliseconds(local) + int((fraction or "0")[:3].ljust(3, "0")) - offset
    return min(max(result, EARLIEST_MS), LATEST_MS)


def day(value: Any) -> str:
    if not DAY.fullmatch(text(value)):
        raise invalid("not a day")
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise invalid("no such day") from error
    return str(value)


def decimal(value: Any) -> str:
    if not DECIMAL.fullmatch(text(value)):
        raise invalid("not a decimal")
    return str(value)


def one_of(*words: str) -> Check:
    def check(value: Any) -> str:
        if text(value) not in words:
            raise invalid(f"none of {words}")
        return str(value)

    return check


def optional(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def many(check: Check) -> Check:
    def check_list(value: Any) -> list[Any]:
        if type(value) is not list:
            raise invalid("not a list")
        return [check(item) for item in value]

    return check_list


def perhaps_many(check: Check) -> Check:
    return lambda value: [] if value is None else many(check)(value)


def table(**fields: Check) -> Check:
    """An object with these fields; a field that is absent is checked as null."""

    def check(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise invalid("not an object")
        return {name: check_field(value.get(name)) for name, check_field in fields.items()}

    return check


def mapping(check: Check) -> Check:
    def check_mapping(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise invalid("not an object")
        return {word(name): check(item) for name, item in value.items()}

    return check_mapping
