"""How fresh is an answer, in words and instants? Pure: the caller says what time it is."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from schemas.answers import PeriodView, Stamp, State
from schemas.cells import Basis
from schemas.keys import iso
from schemas.kpis import DEFINITION_VERSION
from views_api.stored.readings import Facts
from views_api.views.periods import Period

DELAYED_MS: Final = 10_000
STALE_MS: Final = 120_000
_DAY_MS: Final = 86_400_000


def stamp(facts: Facts, now: int, zone: str, currency: str | None) -> Stamp:
    """The stamp of an answer; `now` in ms since 1970 UTC."""
    known = facts.as_of > 0
    return Stamp(
        as_of=instant(facts.as_of) if known else None,
        lag_ms=max(0, now - facts.as_of) if known else None,
        revision=facts.revision,
        settled=facts.dirty == 0,
        state=state(facts, now),
        definition_version=DEFINITION_VERSION,
        timezone=zone,
        currency=currency,
    )


def state(facts: Facts, now: int) -> State:
    """Rebuilding: not all that Kafka has was counted once. Incomplete: Kafka no longer has all of it. Else by age."""
    if not facts.partitions or facts.rebuilding or not facts.as_of:
        return "rebuilding"
    if facts.incomplete:
        return "incomplete"
    lag = now - facts.as_of
    return "stale" if lag > STALE_MS else "delayed" if lag > DELAYED_MS else "live"


def period_view(period: Period) -> PeriodView:
    as_of = period.basis is Basis.AS_OF
    return PeriodView(
        preset=period.preset.value if period.preset else None,
        from_=None if as_of or period.first is None else period.first.isoformat(),
        to=None if period.last is None else period.last.isoformat(),
        basis=period.basis.value,
    )


@lru_cache(1 << 14)
def instant(ms: int) -> str:
    """RFC 3339 in UTC, with milliseconds where there are any."""
    day, rest = divmod(ms, _DAY_MS)
    try:
        text = f"{iso(day)}T{rest // 3_600_000:02d}:{rest // 60_000 % 60:02d}:{rest // 1000 % 60:02d}"
    except (OverflowError, ValueError):  # the last hours of the year 9999 in a zone west of Greenwich are the next year in UTC
        return "9999-12-31T23:59:59.999Z" if ms > 0 else "0001-01-01T00:00:00Z"
    return f"{text}.{ms % 1000:03d}Z" if ms % 1000 else f"{text}Z"


def maybe_instant(ms: int | None) -> str | None:
    return None if ms is None else instant(ms)
