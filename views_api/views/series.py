"""How did one number move? One value for each bucket of a period. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from schemas.cells import Basis
from schemas.keys import SEP
from schemas.kpis import Totals
from schemas.measures import Number
from schemas.views import Point
from views_api.problems import Refused
from views_api.stored.readings import Fields, Group
from views_api.views.figures import PUBLISHED, kept_by_hour
from views_api.views.hours import Hour, kept_from, utc_day
from views_api.views.periods import Bucket, By, days, is_over
from views_api.views.stamps import instant

_ENUMERATED: Final = 10_000
"""Up to so many days are asked for one by one; over more, only those that have cells."""


def measure(name: str) -> str:
    """A published number by name; raises `Refused`."""
    if name not in PUBLISHED:
        raise Refused("measure", f"there is no measure {name!r}", [*PUBLISHED])
    return name


def by(name: str) -> By:
    """A length of bucket by name; raises `Refused`."""
    if name not in [*By]:
        raise Refused("by", f"there is no bucket {name!r}", [*By])
    return By(name)


def hourly(name: str, basis: Basis, record: type[Totals]) -> None:
    """Raises `Refused` for a number that is not kept by hour."""
    kept = kept_by_hour(record, basis)  # type: ignore[arg-type]  # classes of structs can be hashed
    if name not in kept:
        raise Refused("measure", f"{name!r} is not kept by hour on the basis {basis}", [*kept])


def groups(buckets: Sequence[Bucket], basis: Basis) -> list[Group]:
    """What to sum for each bucket; as of a day, for the first one everything before it too."""
    enumerate_days = (buckets[-1].last - buckets[0].first).days < _ENUMERATED
    found = [Group(first.isoformat(), last.isoformat(), days(first, last) if enumerate_days else ()) for first, last, _ in buckets]
    if basis is Basis.AS_OF:
        found[0] = Group("", found[0].last)
    return found


def running(sums: Iterable[dict[str, Fields]], basis: Basis) -> Iterator[dict[str, Fields]]:
    """The sums of each bucket; as of a day, what has come together until its end."""
    until: dict[str, dict[str, int]] = {}
    for fields in sums:
        if basis is not Basis.AS_OF:
            yield fields
            continue
        for view, more in fields.items():
            total = until.setdefault(view, {})
            for field, number in more.items():
                total[field] = total.get(field, 0) + number
        yield {**until}


def points(buckets: Iterable[Bucket], found: Iterable[Number | None], zone: str, as_of: int) -> list[Point]:
    """`as_of`: ms since 1970 UTC until which all is counted; a bucket that ends later is not complete."""
    return [
        Point(
            start=bucket.first.isoformat(),
            end=bucket.last.isoformat(),
            complete=bucket.whole and is_over(bucket.last, zone, as_of),
            value=value,
        )
        for bucket, value in zip(buckets, found, strict=True)
    ]


def days_of(hours: Sequence[Hour]) -> Group:
    """The days under which the cells of these hours lie."""
    if not hours:
        return Group("1970-01-01", "1970-01-01", ["1970-01-01"])
    first, last = utc_day(hours[0].start), utc_day(hours[-1].start)
    return Group(first.isoformat(), last.isoformat(), days(first, last))


def by_start(fields: Fields) -> Mapping[int, dict[str, int]]:
    """The cells of hours, told apart by their hour."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for field, number in fields.items():
        start, rest = field.split(SEP, 1)
        found[int(start)][rest] = number
    return found


def of_hours(fields: Fields, hours: Iterable[Hour]) -> dict[str, int]:
    """The cells of these hours added up, as if they were of one."""
    found, whole = by_start(fields), defaultdict[str, int](int)
    for hour in hours:
        for field, number in found.get(hour.start, {}).items():
            whole[field] += number
    return dict(whole)


def hour_points(hours: Sequence[Hour], found: Iterable[Number | None], watermark: int, as_of: int) -> list[Point]:
    """As `points`; what is no longer kept is unknown. `watermark`: 0 if there is none yet, and all is kept."""
    first = kept_from(watermark) if watermark else date.min
    return [
        Point(
            start=instant(hour.first),
            end=instant(hour.last),
            complete=hour.last <= as_of,
            value=value if utc_day(hour.start) >= first else None,
        )
        for hour, value in zip(hours, found, strict=True)
    ]
