"""The HTTP face, put together: routes, problems, OpenAPI."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schemas import explained, lists, message_views, people, views
from schemas import live as events
from schemas.definitions import Definitions
from schemas.errors import NotFound, Unavailable
from schemas.targets import TargetList
from views_api import problems
from views_api.answers.explaining import Explaining
from views_api.answers.reader import Reader
from views_api.answers.several import Several
from views_api.answers.standing import Standing
from views_api.commands import key_audit
from views_api.commands.commands import Commands
from views_api.commands.kafka_log import KafkaLog
from views_api.commands.log import Log
from views_api.live.streams import Live
from views_api.metrics import Metrics
from views_api.principals.api_keys import ApiKeys
from views_api.principals.bearer import Bearer
from views_api.principals.issuer_keys import IssuerKeys, reading
from views_api.principals.oidc import Issuer, OidcTokens
from views_api.principals.sessions import NAME as COOKIE
from views_api.principals.sessions import Sessions
from views_api.principals.tokens import Tokens
from views_api.routes import (
    campaign_definitions,
    campaigns,
    commanding,
    customers,
    dashboard,
    definitions,
    explain,
    health,
    keys,
    leaderboard,
    messages,
    opportunities,
    orders,
    overview,
    quiet,
    series,
    session,
    staff,
    stream,
    targets,
    tenant_settings,
)
from views_api.routes.asking import Parts
from views_api.routes.shortcut import Shortcut
from views_api.settings import Settings
from views_api.web.edge import Edge
from views_api.web.known import Known
from views_api.web.limits import Rates

log = logging.getLogger(__name__)

VERSION = "1"
WORKBOOKS: Final = 2
"""So many are written at a time; each takes most of a processor."""
ANSWERS = (
    views.CampaignList,
    views.Overview,
    views.OverviewOfSeveral,
    views.StaffList,
    views.Customers,
    lists.OpportunityList,
    lists.OrderList,
    lists.QuietList,
    message_views.Messages,
    people.Leaderboard,
    views.Series,
    Definitions,
    explained.Explanation,
    keys.MadeKey,
    keys.KeyList,
    session.SessionView,
    TargetList,
    commanding.Written,
    commanding.Definition,
    events.Patch,
    events.Heartbeat,
    events.Reset,
    problems.Problem,
)


def create_app(settings: Settings, clock: Callable[[], int], log_of_commands: Log | None = None) -> tuple[Edge, Live]:
    """The application, and its live streams, which whoever stops it must close first.

    `clock`: ms since 1970 UTC, now. `log_of_commands`: instead of Kafka.
    """
    metrics = Metrics()
    store = settings.store(metrics)
    reader = Reader(store, clock)
    live = Live(reader, metrics, settings.streams, settings.streams_each)
    bearer = _bearer(settings, clock)
    explaining = Explaining(str(settings.explain) if settings.explain else None, _said(settings.explain_secret))
    written = log_of_commands or KafkaLog(settings.connection(), settings.topic_prefix, settings.replication)
    commands = Commands(store, written, clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(live.run())
        following.add_done_callback(_give_up)
        running = [following, *([asyncio.create_task(key_audit.run(bearer.keys, written))] if bearer.keys else [])]
        yield
        live.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await explaining.close()
        await commands.close()
        await store.close()
        bearer.close()

    app = routed(lifespan)
    app.state.parts = Parts(
        reader=reader,
        several=Several(reader),
        live=live,
        bearer=bearer,
        rates=Rates(settings.rate),
        unknown=Rates(settings.rate_unknown),
        metrics=metrics,
        workbooks=asyncio.Semaphore(WORKBOOKS),
        explaining=explaining,
        commands=commands,
        known=Known(),
        standing=Standing(),
    )
    _answer_errors(app, metrics)
    return Edge(Shortcut(app, app.state.parts), metrics, store, bearer), live


def routed(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """All routes and the document of them, and nothing behind."""
    app = FastAPI(
        title="Campaign KPIs",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        generate_unique_id_function=lambda route: route.name,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # its own tells paths and queries, which name people (edge.py)
    )
    for resource in (
        campaigns,
        campaign_definitions,
        overview,
        staff,
        leaderboard,
        customers,
        messages,
        opportunities,
        orders,
        quiet,
        series,
        targets,
        stream,
        explain,
        definitions,
        tenant_settings,
        keys,
        session,
        health,
    ):
        app.include_router(resource.router, tags=[resource.__name__.rpartition(".")[2]])
    app.include_router(dashboard.router())
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _bearer(settings: Settings, clock: Callable[[], int]) -> Bearer:
    kept = ApiKeys(settings.keys, clock) if settings.keys else None
    oidc = None
    if settings.oidc_issuer and settings.oidc_audience and settings.oidc_keys:
        issuer = Issuer(settings.oidc_issuer, settings.oidc_audience, settings.oidc_algorithms, settings.oidc_tenant, settings.oidc_rights)
        oidc = OidcTokens(issuer, IssuerKeys(reading(settings.oidc_keys), clock), clock)
    return Bearer(Tokens(settings.tenants()), kept, oidc, Sessions(_said(settings.session_key), clock))


def _said(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _give_up(following: asyncio.Task[None]) -> None:
    """Streams that no longer follow would show numbers that stand still: a fault there ends the process, as it would anywhere else."""
    if not following.cancelled() and (error := following.exception()):
        log.critical("the live streams broke", exc_info=error)
        signal.raise_signal(signal.SIGTERM)


_REFUSALS: Final[Mapping[type[Exception], Callable[[Any], Response]]] = {
    problems.Refused: lambda error: problems.refused(
        [problems.ProblemError(parameter=error.parameter, detail=error.detail, allowed=list(error.allowed) or None)]
    ),
    RequestValidationError: lambda error: problems.refused(
        [problems.ProblemError(parameter=_named(e["loc"]), detail=e["msg"]) for e in error.errors()]
    ),
    problems.Unauthorized: lambda _: problems.unauthorized(),
    problems.Forbidden: lambda error: problems.forbidden(error.right),
    problems.Exceeded: lambda error: problems.exceeded(error.detail, error.again_s),
    problems.TooMany: lambda _: problems.unavailable("as many live streams are open as this process serves"),
    problems.Clash: lambda error: problems.clash(str(error)),
    problems.Outdated: lambda error: problems.outdated(error.version),
    problems.Unconditional: lambda _: problems.unconditional(),
    problems.Later: lambda _: problems.unavailable("what you wait for has not been counted yet"),
    HTTPException: lambda error: problems.of_http(error.status_code, error.headers),
    Exception: lambda _: problems.problem(500, "bug", "this is a fault of the server; it was logged"),
}


def _answer_errors(app: FastAPI, metrics: Metrics) -> None:
    for kind, answer in _REFUSALS.items():
        app.add_exception_handler(kind, _handler(answer))

    @app.exception_handler(HTTPStatus.METHOD_NOT_ALLOWED)
    async def wrong_method(request: Request, _: Exception) -> Response:
        path = getattr(request.scope.get("route"), "path", "")
        methods = sorted(method.upper() for method in app.openapi()["paths"].get(path, ("get",)))
        methods += ["HEAD"] if "GET" in methods else []  # edge.py
        return problems.of_http(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(methods)})

    @app.exception_handler(NotFound)
    async def absent(request: Request, _: NotFound) -> Response:
        """To whoever is known it is not said that there is none while that is not known yet; of what is not theirs likewise."""
        if hasattr(request.state, "principal") and await app.state.parts.reader.building():
            return problems.unavailable("the numbers are being built: whether there is such a thing is not known yet")
        return problems.not_found()

    @app.exception_handler(Unavailable)
    async def unavailable(_: Request, __: Unavailable) -> Response:
        metrics.unavailable.inc()
        return problems.unavailable("the numbers cannot be read now; they are not lost")


def _handler(answer: Callable[[Any], Response]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(_: Request, error: Exception) -> Response:
        return answer(error)

    return handle


def _named(place: tuple[str | int, ...]) -> str:
    """A parameter as the caller wrote it: `limit`; in a body the way to it, `rights.0`; what is wrong as a whole is `body`."""
    way = place[1:]
    return ".".join(map(str, way)) if any(isinstance(part, str) for part in way) else str(place[0])


def _openapi(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1: routes from FastAPI, answers from `schemas/views.py` and `schemas/lists.py`."""
    if not app.openapi_schema:
        schema = get_openapi(title=app.title, version=app.version, openapi_version="3.1.0", routes=app.routes)
        _, components = msgspec.json.schema_components(ANSWERS, ref_template="#/components/schemas/{name}")
        schema["components"]["schemas"] |= components
        schema["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        }
        for path, item in schema["paths"].items():
            if path.startswith("/v1/"):
                for operation in item.values():
                    operation.setdefault("security", [{"bearer": []}, {"session": []}])
                    operation["responses"].setdefault("422", {})
        app.openapi_schema = schema
    return app.openapi_schema
