"""What every command needs: which version it is of, what it is called, how it is answered."""

from __future__ import annotations

import re
import uuid
from hashlib import blake2b
from typing import Annotated, Any, Final

import msgspec
from fastapi import Header
from starlette.responses import Response

from views_api import logs
from views_api.commands.commands import Command, Done, Make
from views_api.commands.definitions import BUDGET
from views_api.commands.images import Image
from views_api.problems import Refused, Unconditional
from views_api.routes.answering import TAKEN
from views_api.routes.asking import Asking, encoded
from views_api.scope import Scope

NONE_YET: Final = "none"
"""ETag of what nobody has said yet."""
_VERSION: Final = re.compile(r'"([0-9]{1,19})"')
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")

IfMatch = Annotated[str | None, Header(description="The ETag of what is changed: only that version is.")]
IdempotencyKey = Annotated[
    str | None, Header(description="The caller's own name for this command, 1 to 200 visible characters: asked again, it is done once.")
]


class Written(msgspec.Struct, kw_only=True):
    """A command was taken. It is an event now, and will be counted like any other."""

    kind: str
    id: str
    version: int
    position: str | None
    """For the header `Min-Revision` of any question: answered once this is counted. Null: it had been asked for before, and is counted."""
    topic: str | None
    partition: int | None
    offset: int | None
    lag_ms: int | None
    """How far counting is behind, about: so long it will take."""


class Definition(msgspec.Struct, kw_only=True):
    """A thing as its events state it. Its version is the ETag that a change must name."""

    id: str
    version: int | None
    """Null: nobody has said anything yet."""
    definition: dict[str, Any]


def expected(if_match: str | None) -> int | None:
    """The version; None for what does not exist yet. Raises `Unconditional`, `Refused`."""
    if if_match is None:
        raise Unconditional
    if if_match.strip() == f'"{NONE_YET}"':
        return None
    found = _VERSION.fullmatch(if_match.strip())
    if not found:
        raise Refused("If-Match", 'one ETag as it was given, such as "7"')
    return int(found[1])


def named(scope: Scope, given: str | None, key: str | None) -> str:
    """The id of something new: the one that was given; else the same for the same key."""
    if given is not None:
        return given
    if key is None:
        return uuid.uuid4().hex
    return blake2b(msgspec.json.encode((scope.tenant, scope.principal, _checked(key))), digest_size=16).hexdigest()


async def do(caller: Asking, kind: str, verb: str, subject: str, version: int | None, make: Make, key: str | None = None) -> Response:
    """Have it done, and answer."""
    command = Command(
        caller.scope, kind, verb, subject, version, make, logs.REQUEST.get() or "", uuid.uuid4().hex if key is None else _checked(key)
    )
    done = await caller.parts.commands.do(command)
    return await _answered(caller, done)


async def _answered(caller: Asking, done: Done) -> Response:
    facts, now = await caller.reader.facts(), caller.reader.clock()
    at = done.position
    view = Written(
        kind=done.kind,
        id=done.subject,
        version=done.version,
        position=str(at) if at else None,
        topic=at.topic if at else None,
        partition=at.partition if at else None,
        offset=at.offset if at else None,
        lag_ms=max(0, now - facts.as_of) if facts.as_of else None,
    )
    return Response(msgspec.json.encode(view), TAKEN, headers={"etag": f'"{done.version}"'}, media_type="application/json")


def shown(caller: Asking, identity: str, found: Image | None) -> Response:
    """A definition, without amounts for whoever may not see these."""
    data = found.data() if found else {}
    if not caller.scope.money:
        data.pop(BUDGET, None)
    view = Definition(id=identity, version=found.version if found else None, definition=data)
    tag = f'"{found.version if found else NONE_YET}"'
    return Response(encoded(caller.scope, view), headers={"etag": tag, "vary": "authorization"}, media_type="application/json")


async def body(caller: Asking) -> dict[str, Any]:
    """What was said, as it was said: it has been checked when a route is called."""
    found: dict[str, Any] = await caller.request.json()
    return found


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise Refused("Idempotency-Key", "1 to 200 visible characters")
    return key
