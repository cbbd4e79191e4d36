"""Where does the next page of a list begin? A cursor says behind which item; so a list that changes meanwhile repeats and leaves out nothing that stays. Pure."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec

from views_api.problems import Refused

Item = TypeVar("Item")
Key: TypeAlias = tuple[Any, ...]


def page(
    items: Sequence[Item], key: Callable[[Item], Key], limit: int, after: Key | None, *, descending: bool = False
) -> tuple[list[Item], str | None]:
    """Up to `limit` items behind a key, in order of their keys, and the cursor of what follows them. Raises `Refused` for a key that is none of theirs."""
    ordered = sorted(((key(item), n) for n, item in enumerate(items)), reverse=descending)
    if after is not None:
        try:
            ordered = [(at, n) for at, n in ordered if (at < after if descending else at > after)]
        except TypeError as error:  # a text where a number stands
            raise foreign() from error
    shown = ordered[:limit]
    return [items[n] for _, n in shown], encode(shown[-1][0]) if len(ordered) > limit else None


def encode(key: Key) -> str:
    """A key as a cursor."""
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode(cursor: str | None, shape: Any) -> Any:
    """The key in a cursor, of the type that `shape` is; raises `Refused` for one that this list never gave."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=shape)
    except (ValueError, msgspec.MsgspecError) as error:
        raise foreign() from error


def foreign() -> Refused:
    """What is said of a cursor that this list never gave."""
    return Refused("cursor", "this is no `next_cursor` of this list")
