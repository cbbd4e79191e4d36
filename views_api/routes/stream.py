"""`/v1/campaigns/{id}/stream` and `/v1/stream`: the same answers, again whenever they change. What is sent is told in `views_api/live/streams.py`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from schemas.answers import Stamp
from schemas.cells import Basis
from schemas.errors import NotFound, Unavailable
from views_api.answers import leaderboard, order_list
from views_api.answers.messages import messages
from views_api.answers.targets import Targets
from views_api.live.mailbox import Mailbox
from views_api.live.streams import Watched
from views_api.problems import Refused, Unauthorized
from views_api.routes.answering import answers
from views_api.routes.asking import Asking, Caller, encoded
from views_api.routes.parameters import MOST, CampaignId, PeriodQuery
from views_api.scope import Scope as Rights
from views_api.views import orders
from views_api.views.campaigns import Filters, Sort
from views_api.web.wire import give_up

router = APIRouter()

log = logging.getLogger(__name__)

ASK_AGAIN_S: Final = 3.0
"""How often it is asked whether a reader may go on: who may not is sent nothing more after that."""
SEND_TIMEOUT_S: Final = 5.0
"""A reader that takes nothing for so long is gone, or had better come back."""
_DATA: Final = {"patch": "Patch", "heartbeat": "Heartbeat", "stale": "Heartbeat", "reset": "Reset"}
"""Event -> what its data is; that of a `snapshot` is the answer of the view's own route."""
_EVENTS: Final[dict[int | str, dict[str, Any]]] = answers(None) | {
    200: {
        "description": "Server-sent events. A view begins with a `snapshot`: the answer of its own route, and its name as `view`. A change is a `patch` of that (RFC 6902), or "
        "another `snapshot` where it would be no shorter or the reader has missed one; each has as its id the revision that it leads to. A `heartbeat` says that the numbers "
        "stand, `stale` that they are no longer live, `reset` that the view has to be asked for again.",
        "content": {"text/event-stream": {"x-events": {name: {"$ref": f"#/components/schemas/{data}"} for name, data in _DATA.items()}}},
    }
}


class View(StrEnum):
    """Of one campaign."""

    OVERVIEW = "overview"
    STAFF = "staff"
    CUSTOMERS = "customers"
    MESSAGES = "messages"
    TARGETS = "targets"
    ORDERS = "orders"
    LEADERBOARD = "leaderboard"


class ViewOfAll(StrEnum):
    """Of all campaigns."""

    CAMPAIGNS = "campaigns"
    OVERVIEW = "overview"


class StreamOfAllQuery(PeriodQuery):
    views: str = ViewOfAll.CAMPAIGNS
    """Names with commas between: campaigns, overview."""


class StreamQuery(PeriodQuery):
    views: str = View.OVERVIEW
    """Names with commas between: overview, staff, customers, messages, targets (which have periods of their own), orders, leaderboard; each as its
    route without filters, in one page."""


@router.get("/v1/campaigns/{campaign}/stream", responses=_EVENTS, response_class=Response)
async def stream(campaign: CampaignId, query: Annotated[StreamQuery, Query()], caller: Caller) -> Response:
    """Views of one campaign, at most once a second each. `Last-Event-ID` leaves out what has not changed since."""
    asked, reader = query.asked(), caller.reader
    only = await reader.check(caller.scope, campaign, asked)
    scope = caller.scope.shared(only)
    ways = {
        View.OVERVIEW: partial(reader.overview, scope, campaign, asked),
        View.STAFF: partial(reader.staff, scope, campaign, asked, MOST, None),
        View.CUSTOMERS: partial(reader.customers, scope, campaign, asked),
        View.MESSAGES: partial(messages, reader, scope, campaign, asked, None),
        View.TARGETS: partial(Targets(reader, caller.parts.several).of_campaign, scope, campaign),
        View.ORDERS: partial(order_list.orders, reader, scope, campaign, asked, orders.Filters(), MOST, None),
        View.LEADERBOARD: partial(
            leaderboard.leaderboard, reader, scope, campaign, asked, leaderboard.By.WON, leaderboard.LEAST, MOST, None
        ),
    }
    views = [View(name) for name in _named(query.views, [*View])]
    if View.ORDERS in views and asked.basis is Basis.AS_OF:
        raise Refused("views", "the state as of a day has no list of orders")
    watched = [Watched(view, campaign, (view, campaign, *map(str, asked)), partial(_encoded, scope, ways[view])) for view in views]

    async def still() -> bool:
        return await reader.still(caller.scope, campaign) == only

    return EventStream(caller, scope, watched, still)


@router.get("/v1/stream", responses=_EVENTS, response_class=Response)
async def stream_of_all(query: Annotated[StreamOfAllQuery, Query()], caller: Caller) -> Response:
    """Views of all campaigns that the caller may see: the list, newest first, as `/v1/campaigns` without filters, in one page; the overview as `/v1/overview`."""
    asked, reader, scope = query.asked(), caller.reader, caller.scope
    nothing = Filters(search=None, active=None, created_from=None, created_to=None)
    ways = {
        ViewOfAll.CAMPAIGNS: partial(reader.campaigns, scope, asked, nothing, Sort.CREATED_DOWN, MOST, None),
        ViewOfAll.OVERVIEW: partial(caller.parts.several.overview, scope, asked, None),
    }
    watched = [
        Watched(view, "", (f"{view} of all", *map(str, asked)), partial(_encoded, scope, ways[view]))
        for view in map(ViewOfAll, _named(query.views, [*ViewOfAll]))
    ]

    async def still() -> bool:
        return True  # each list is worked out by the rows as they are

    return EventStream(caller, scope, watched, still)


def _named(text: str, there: Sequence[str]) -> list[str]:
    """Names with commas between; raises `Refused` for one that is none of those there are."""
    names = text.split(",")
    unknown = [name for name in names if name not in there]
    if unknown:
        raise Refused("views", f"there is no view {unknown[0]!r}", there)
    return [*dict.fromkeys(names)]


async def _encoded(scope: Rights, way: Any) -> tuple[bytes, Stamp]:
    view = await way()
    return encoded(scope, view), view.stamp


class EventStream(Response):
    """Sends a mailbox for as long as its reader reads."""

    def __init__(self, caller: Asking, scope: Rights, watched: Sequence[Watched], still: Callable[[], Awaitable[bool]]) -> None:
        """`scope`: by which the views are worked out. `still`: whether that is still the right one; asked again and again."""
        super().__init__(media_type="text/event-stream", headers={"x-accel-buffering": "no", "cache-control": "private, no-store"})
        self._caller, self._scope, self._watched, self._still = caller, scope, watched, still
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        live, metrics = self._caller.parts.live, self._caller.parts.metrics
        principal, after = self._caller.scope.principal, self._caller.request.headers.get("last-event-id")
        async with live.watch(principal, self._scope, self._watched, after) as mailbox:
            asking = asyncio.create_task(self._ask_again(mailbox))
            asking.add_done_callback(partial(_asked_for_the_last_time, mailbox))
            gone = asyncio.create_task(_disconnected(receive))
            gone.add_done_callback(lambda _: mailbox.close())
            try:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                while text := await mailbox.next():
                    async with asyncio.timeout(SEND_TIMEOUT_S):
                        await send({"type": "http.response.body", "body": text, "more_body": True})
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await send({"type": "http.response.body", "body": b""})
            except TimeoutError:
                metrics.dropped.inc()
                give_up(scope)
            finally:
                gone.cancel()
                asking.cancel()

    async def _ask_again(self, mailbox: Mailbox) -> None:
        """End the stream when its caller may no longer see it: the token is over, or the rights are others."""
        while await self._may_go_on():  # noqa: ASYNC110  # nobody tells that a token is over
            await asyncio.sleep(ASK_AGAIN_S)
        mailbox.reset("absent")
        mailbox.close()

    async def _may_go_on(self) -> bool:
        caller = self._caller
        try:
            now = await caller.parts.bearer.scope(caller.request)
            return now == caller.scope and await self._still()
        except (Unauthorized, NotFound):
            return False
        except Unavailable:
            return True  # nothing new is read meanwhile either; then it is asked again


def _asked_for_the_last_time(mailbox: Mailbox, asking: asyncio.Task[None]) -> None:
    """Nothing more is sent to somebody of whom it is not asked any more whether they may see it, whyever."""
    if not asking.cancelled() and (error := asking.exception()):
        log.error("whether a stream may go on cannot be told any more: it ends", exc_info=error)
    mailbox.close()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
