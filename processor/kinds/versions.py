"""Which of several images of an entity is the newest one? By version, then time, then the greater canonical JSON, so that the order of arrival does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec

from processor.transaction import Ref
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.rows import GONE

Said: TypeAlias = list[Event | Tombstone]
Group: TypeAlias = dict[Ref, tuple[str, Said]]
"""Where an entity's state is -> (tenant, what is said about it)."""
Stamp: TypeAlias = tuple[int, int]
"""(version, time in ms)."""


class Image(Protocol):
    hidden: int
    """As in `schemas.rows`; here it matters whether it is gone."""
    version: int
    time: int


T = TypeVar("T", bound=Image)

_json = msgspec.json.Encoder(order="sorted").encode


def by_entity(kind: str, events: Iterable[Event | Tombstone]) -> Group:
    """The events of a group about one kind, each entity's in the order in which they came."""
    group: Group = {}
    for event in events:
        entity = keys.digest(event.subject)
        ref = (keys.state(kind, event.tenant, entity), entity)
        known = group.get(ref)
        if known is None:
            group[ref] = (event.tenant, [event])
        else:
            known[1].append(event)
    return group


def newest(
    old: T | None, said: Said, image: Callable[[Event], T], gone: Callable[[T | None, str], T], is_newer: Callable[[T, T], bool]
) -> T | None:
    """The newest of what is stored and what is said; None if that is what is stored.

    `gone` makes of an image, or of none and the entity's id, what it is under a tombstone, which is above every version.
    """
    found = old
    for event in said:
        if found is not None and found.hidden & GONE:
            break
        if isinstance(event, Tombstone):
            found = gone(found, event.subject)
            continue
        new = image(event)
        if found is None or is_newer(new, found):
            found = new
    return None if found is old else found


def canonical(names: tuple[str, ...], values: tuple[Any, ...]) -> bytes:
    """JSON of an entity's known fields, sorted, without nulls and without flags that are off."""
    return _json({name: value for name, value in zip(names, values, strict=True) if value is not None and value is not False})


def newer(now: Stamp, then: Stamp, content: Callable[[], tuple[tuple[str, ...], tuple[Any, ...], tuple[Any, ...]]]) -> bool:
    """Whether what is stamped `now` replaces what is stamped `then`. `content` is asked only where the stamps are equal: (names, values now, values then)."""
    if now != then:
        return now > then
    names, values, known = content()
    return values != known and canonical(names, values) > canonical(names, known)
