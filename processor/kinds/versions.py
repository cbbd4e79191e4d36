"""Which of several images of an entity is the newest one? By version, then time, then the greater canonical JSON, so that the order of arrival does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import msgspec

from processor.transaction import Tx
from processor.values import Ref
from schemas import keys
from schemas.events import Event, Tombstone
from schemas.rows import GONE

Said: TypeAlias = list[Event | Tombstone]
Group: TypeAlias = dict[Ref, tuple[str, Said]]
"""Where an entity's state is -> (tenant, what is said about it)."""
Stamp: TypeAlias = tuple[int, int]
"""(version, time in ms)."""
Names: TypeAlias = tuple[str, ...]
Values: TypeAlias = tuple[Any, ...]

DUPLICATE: Final = "duplicate"
"""It says what was said before, of the same version; of a message, which has none: nothing that was not known, such as that it was opened once more."""
OLDER: Final = "older"
"""There is a newer version already."""
CONTRADICTION: Final = "contradiction"
"""Its version was said to be something else: the later time holds, then the greater canonical JSON."""


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
    tx: Tx,
    old: T | None,
    said: Said,
    image: Callable[[Event], T],
    gone: Callable[[T | None, str], T],
    content: tuple[Names, Callable[[T], Values]],
) -> T | None:
    """The newest of what is stored and what is said; None if that is what is stored.

    `gone` makes of an image, or of none and the entity's id, what it is under a tombstone, which is above every version. `content`: what its fields are called, and
    what an image says in them.
    """
    names, values = content
    found = old
    for event in said:
        if found is not None and found.hidden & GONE:
            break
        if isinstance(event, Tombstone):
            found = gone(found, event.subject)
            continue
        new = image(event)
        if found is None or new.version > found.version:
            found = new
            continue
        said_now, known = values(new), values(found)
        notice(tx, event, found.version, differs=said_now != known)
        if newer((new.version, new.time), (found.version, found.time), names, said_now, known):
            found = new
    return None if found is old else found


def notice(tx: Tx, event: Event, known: int, *, differs: bool) -> None:
    """Have it counted that an event is not of a new version. `known`: a version that was said before; `differs`: whether it said something else."""
    if event.data.version < known:
        tx.notice(event.kind, OLDER, id(event))
    elif event.data.version == known:
        tx.notice(event.kind, CONTRADICTION if differs else DUPLICATE, id(event))


def canonical(names: Names, values: Values) -> bytes:
    """JSON of an entity's known fields, sorted, without nulls and without flags that are off."""
    return _json({name: value for name, value in zip(names, values, strict=True) if value is not None and value is not False})


def newer(now: Stamp, then: Stamp, names: Names, values: Values, known: Values) -> bool:
    """Whether what is stamped `now` and says `values` replaces what is stamped `then` and says `known`, in fields of these names."""
    if now != then:
        return now > then
    return values != known and canonical(names, values) > canonical(names, known)
