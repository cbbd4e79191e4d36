"""The outermost layer of HTTP: what is too large is refused, ids keep their percent-encoding until they are taken out of the path, HEAD is answered as GET, every answer
is measured, logged, and carries the headers that keep a browser safe.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Final

from opentelemetry import propagate, trace
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from views_api import logs
from views_api.metrics import Metrics
from views_api.principals.bearer import Bearer
from views_api.problems import problem
from views_api.stored.store import Store

log = logging.getLogger(__name__)
_tracer = trace.get_tracer("campaign-kpis")

HEADER_BYTES: Final = 16 * 1024
"""An id of 128 characters is 1,536 bytes when each is four bytes, percent-encoded."""
BODY_BYTES: Final = 64 * 1024
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)
_HEADERS: Final = {
    b"content-security-policy": _POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"strict-transport-security": b"max-age=31536000",  # browsers heed it over https alone
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
_ALWAYS: Final = [*_HEADERS.items()]
_OURS: Final = {*_HEADERS, b"x-request-id", b"server-timing"}
_PRIVATE: Final = (b"cache-control", b"private, no-store")


class Edge:
    """ASGI around the application. `store` and `bearer` are what it reads, for whoever must close them without having served."""

    def __init__(self, app: ASGIApp, metrics: Metrics, store: Store, bearer: Bearer) -> None:
        self.app, self.store, self.bearer, self._metrics = app, store, bearer, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Routes are found in the path as it was sent: a slash that belongs to an id (%2F) must not look like one of the path.
        method, bare = scope["method"], scope["method"] == "HEAD"
        scope = dict(scope, path=scope["raw_path"].decode("ascii", "replace"), method="GET" if bare else method, state={})
        if bare:
            receive = _leaving(receive)
        headers = dict(scope["headers"])
        identity = logs.request_id(headers.get(b"x-request-id"))
        logs.REQUEST.set(identity)
        started = perf_counter()
        status, streamed = 500, False

        async def answer(message: Message) -> None:
            nonlocal status, streamed
            if message["type"] == "http.response.start":
                status = message["status"]
                told = dict(message["headers"])
                streamed = told.get(b"content-type", b"").startswith(b"text/event-stream")
                timing = f"app;dur={1000 * (perf_counter() - started):.2f}"
                ours = [*_ALWAYS, (b"x-request-id", identity.encode()), (b"server-timing", timing.encode())]
                kept = [pair for pair in message["headers"] if pair[0] not in _OURS]
                message["headers"] = [*kept, *ours, *(() if _PRIVATE[0] in told else (_PRIVATE,))]
            elif bare:
                message["body"] = b""
            await send(message)

        try:
            if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # nobody traces
                await self._handle(scope, receive, answer, headers)
            else:
                parent = propagate.extract({name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()})
                with _tracer.start_as_current_span(scope["method"], parent, trace.SpanKind.SERVER, record_exception=False) as span:
                    await self._handle(scope, receive, answer, headers)
                    _describe(span, scope, status)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.requests.labels(route, status).inc()
            spent = perf_counter() - started
            if not streamed:
                self._metrics.seconds.labels(route).observe(spent)
            principal = scope["state"].get("principal")
            line = {"method": method, "route": route, "status": status, "ms": round(1000 * spent, 1)}
            log.info("answered", extra={"fields": line if principal is None else line | {"who": logs.who(principal)}})

    async def _handle(self, scope: Scope, receive: Receive, send: Send, headers: Mapping[bytes, bytes]) -> None:
        size = len(scope["raw_path"]) + len(scope["query_string"]) + sum(len(name) + len(value) for name, value in scope["headers"])
        length = headers.get(b"content-length", b"0")
        if size > HEADER_BYTES:
            await problem(431, "too-large", f"address and headers together may have {HEADER_BYTES} bytes")(scope, receive, send)
        elif not length.isdigit() or int(length) > BODY_BYTES:
            await problem(413, "too-large", f"a body may have {BODY_BYTES} bytes")(scope, receive, send)
        else:
            await self.app(scope, _bounded(receive), send)


def _describe(span: trace.Span, scope: Scope, status: int) -> None:
    """By the route, never by the path: this may name people."""
    route = getattr(scope.get("route"), "path", "none")
    span.update_name(f"{scope['method']} {route}")
    span.set_attributes({"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status})


def _leaving(receive: Receive) -> Receive:
    """Of a caller who is gone once the question is asked: a stream of which only the head is wanted ends at once."""
    asked = False

    async def receive_once() -> Message:
        nonlocal asked
        if asked:
            return {"type": "http.disconnect"}
        asked = True
        return await receive()

    return receive_once


def _bounded(receive: Receive) -> Receive:
    """A body that does not say how long it is may be no longer either."""
    length = 0

    async def receive_some() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > BODY_BYTES:
            raise HTTPException(413)
        return message

    return receive_some
