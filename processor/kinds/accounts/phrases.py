"""The phrases that sentences about decisions are made of. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from processor.buckets import EPOCH
from schemas.rows import DELETED, GONE, TEST

_UNITS: Final = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1000))


def moment(instant: int) -> str:
    """RFC 3339 in UTC of ms since 1970."""
    try:
        return (
            (EPOCH + timedelta(milliseconds=instant))
            .isoformat(timespec="milliseconds" if instant % 1000 else "seconds")
            .replace("+00:00", "Z")
        )
    except OverflowError:  # the first and the last day that Python knows, in a zone where it is another one
        return f"{instant} ms after 1970"


def length(ms: int) -> str:
    """A length of time in the largest unit that it fills."""
    for unit, size in _UNITS:
        if abs(ms) >= size:
            number = round(ms / size, 1)
            return f"{number:g} {unit}{'' if number == 1 else 's'}"
    return f"{ms} ms"


def someone(staff: str | None) -> str:
    return "nobody" if staff is None else staff


def at_step(step: str | None) -> str:
    return "at no step" if step is None else f"at step {step}"


def hidden(reasons: int) -> str:
    """Why an entity counts nowhere; empty if it does."""
    named = ((GONE, "it was deleted for good"), (DELETED, "its newest version is deleted"), (TEST, "it is a test"))
    return " and ".join(text for reason, text in named if reasons & reason)
