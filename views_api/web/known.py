"""Which questions have been asked before? What the framework made of one, its checked parameters, is kept: the same address asked again by the same caller is
answered without going through it (`shortcut.py`).

Nothing of an answer is kept here, nor who the caller is: both are found out anew. By caller, not for all: a question about something foreign would otherwise be quicker
than one about something absent, because others had asked it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial, wraps
from hashlib import blake2b
from typing import Any, Final, NamedTuple, ParamSpec, TypeAlias

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

MOST: Final = 5_000
"""Questions, some 3 KB each."""
_LONG: Final = 1_024
"""Bytes of an address: one that is longer is not kept."""

P = ParamSpec("P")
Key: TypeAlias = tuple[bytes, bytes, bytes]


class Question(NamedTuple):
    route: APIRoute
    path_params: Mapping[str, str]
    """As they were sent."""
    ask: Callable[..., Awaitable[Response]]
    """The route's function; `caller` is still to be given."""


class Known:
    """The questions that were asked last."""

    def __init__(self) -> None:
        self._questions: dict[Key, Question] = {}
        """What was asked last at the end."""

    def of(self, scope: Scope) -> Question | None:
        """The question of a request, if it was asked before and nothing in its headers is a parameter."""
        headers = dict(scope["headers"])
        if scope["method"] != "GET" or b"min-revision" in headers:
            return None
        key = _key(scope, headers)
        found = self._questions.pop(key, None)
        if found:
            self._questions[key] = found
        return found

    def put(self, request: Request, ask: Callable[..., Awaitable[Response]]) -> None:
        scope = request.scope
        if len(scope["raw_path"]) + len(scope["query_string"]) <= _LONG:
            self._questions[_key(scope, dict(scope["headers"]))] = Question(scope["route"], scope["path_params"], ask)
            if len(self._questions) > MOST:
                del self._questions[next(iter(self._questions))]


def _key(scope: Scope, headers: Mapping[bytes, bytes]) -> Key:
    credentials = b"\0".join((headers.get(b"authorization", b""), headers.get(b"cookie", b"")))
    return blake2b(credentials, digest_size=16).digest(), scope["raw_path"], scope["query_string"]


def again(ask: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
    """Of a route that only reads, and has all its parameters in its address: from the second time on it is asked without the framework."""

    @wraps(ask)
    async def asked(*args: P.args, **given: P.kwargs) -> Response:
        rest: dict[str, Any] = {**given}
        caller = rest.pop("caller")
        caller.parts.known.put(caller.request, partial(ask, **rest))
        return await ask(*args, **given)

    return asked
