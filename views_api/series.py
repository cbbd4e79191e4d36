"""How did one number move? One value for each bucket of a period. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from schemas.measures import Basis, Number
from schemas.views import Point
from views_api.figures import PUBLISHED
from views_api.periods import Bucket, By, days, is_over
from views_api.problems import Refused
from views_api.readings import Fields, Group

_ENUMERATED: Final = 10_000
"""Up to so many days are asked for one by one; over more, only those that have cells."""


def measure(name: str) -> str:
    """A published number by name; raises `Refused`."""
    if name not in PUBLISHED:
        raise Refused("measure", f"there is no measure {name!r}", [*PUBLISHED])
    return name


def by(name: str) -> By:
    """A length of bucket by name; raises `Refused`."""
    if name == "hour":
        raise Refused("by", "hours are not kept yet: the shortest bucket is a day", [*By])
    if name not in [*By]:
        raise Refused("by", f"there is no bucket {name!r}", [*By])
    return By(name)


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
