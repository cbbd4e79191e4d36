"""When something happened: RFC 3339 text to whole milliseconds since 1970 UTC, exactly, and fast enough for each event.

Pure. Finer digits are cut off towards the past. The letters `T` and `Z` may be lower-case ones (RFC 3339, 5.6); there is no second 60.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

INSTANT_PATTERN: Final = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
DAY_PATTERN: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1).toordinal()

# Between these two every time zone has a calendar day. Beyond lie only stand-ins for "never", such as 9999-12-31T23:59:59Z.
EARLIEST: Final = (date.min.toordinal() + 1 - _EPOCH) * DAY_MS
LATEST: Final = (date.max.toordinal() - _EPOCH) * DAY_MS - 1

_instant = re.compile(INSTANT_PATTERN[:-1] + r"\Z").match
_day = re.compile(DAY_PATTERN[:-1] + r"\Z").match

# An instant is the sum of what its three parts say, so each part is read once: "2026-11-20T10" + ":11:12" + ".123+07:00".
_HOUR: Final = slice(0, 13)
_SECOND: Final = slice(13, 19)
_TAIL: Final = slice(19, None)
_HOURS: Final[dict[str, int]] = {}
_SECONDS: Final = {f":{second // 60:02d}:{second % 60:02d}": second * 1000 for second in range(3600)}
_TAILS: Final[dict[str, int]] = {}
_REMEMBERED: Final = 65_536
_LONGEST_TAIL: Final = len(".123+07:00")


def milliseconds(text: str) -> int:
    """Milliseconds since 1970 UTC of an RFC 3339 instant, cut off. What lies outside EARLIEST to LATEST becomes the nearer of the two.

    Raises ValueError if `text` is none.
    """
    try:
        return _HOURS[text[_HOUR]] + _SECONDS[text[_SECOND]] + _TAILS[text[_TAIL]]
    except KeyError:
        return _read(text)


@lru_cache(4096)
def day(text: str) -> str:
    """The same text, if it is a day of the calendar written as YYYY-MM-DD; else ValueError."""
    if not _day(text):
        raise ValueError("not a day of the form YYYY-MM-DD")
    date.fromisoformat(text)
    return text


def _read(text: str) -> int:
    if not _instant(text):
        raise ValueError("not an RFC 3339 instant")
    hour = (date.fromisoformat(text[:10]).toordinal() - _EPOCH) * DAY_MS + int(text[11:13]) * 60 * MINUTE_MS
    tail = _tail(text[_TAIL])
    if EARLIEST + 2 * DAY_MS <= hour <= LATEST - 2 * DAY_MS:  # whatever is added to a remembered hour stays in range
        _remember(_HOURS, text[_HOUR], hour)
        if len(text[_TAIL]) <= _LONGEST_TAIL:
            _remember(_TAILS, text[_TAIL], tail)
    return min(max(hour + _SECONDS[text[_SECOND]] + tail, EARLIEST), LATEST)


def _tail(text: str) -> int:
    """Milliseconds to add for a fraction of a second and an offset: ".1239+07:00" -> 123 - 7 h."""
    if text.endswith(("Z", "z")):
        fraction, offset = text[1:-1], 0
    else:
        fraction = text[1:-6]
        minutes = int(text[-5:-3]) * 60 + int(text[-2:])
        offset = minutes * MINUTE_MS if text[-6] == "+" else -minutes * MINUTE_MS
    return int(fraction[:3].ljust(3, "0")) - offset


def _remember(known: dict[str, int], text: str, value: int) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[text] = value
