"""How long does the API take for the views of a large campaign among many, while it stands and while it changes? One caller, one connection, nothing in between."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple

from deploy.local.ports import HOST, any_free
from deploy.local.processes import Process, end
from deploy.local.readiness import get
from tests.benchmarks import product
from tests.benchmarks.direct import Direct
from tests.benchmarks.measuring import Loop, cpu_seconds, quantile, reference_loop
from tests.benchmarks.mixed_events import BEGIN, Mixed
from tests.benchmarks.report import Report, table
from tests.benchmarks.servers import Failed, Servers, program, started, tail_of, wait_until

CAMPAIGN: Final = "c-000"
DAYS: Final = 90
STAFF: Final = 50
STEPS: Final = 12
EVENTS: Final = 200_000
"""About the large campaign."""
OTHERS: Final = 20
"""Events per other campaign."""
BAR: Final = 5.0
"""Milliseconds of server time, p50, of the overview of 90 days."""
BAR_OF_VIEWS: Final = 10.0
"""Of any view of 30 days."""
WARM: Final = 1.1
"""Requests to those that are told: the first ones warm up."""
CHANGES: Final = 10
"""Events about the large campaign between two requests, where it changes before each one."""
_TENANT: Final = "default"
_TOKEN: Final = "bench"
_DURATION: Final = re.compile(r"dur=([0-9.]+)")
_HEADER: Final = ("route", "server p50", "server p99", "HTTP p50", "HTTP p99", "API CPU", "store CPU", "kB", "reference loop ms")


class Asked(NamedTuple):
    """What requests for one address took: ms each, CPU ms on average."""

    server: list[float]
    whole: list[float]
    api: float
    store: float
    answer: Any

    def row(self, name: str, loop: Loop) -> tuple[str, ...]:
        figures = [quantile(times, share) for times in (self.server, self.whole) for share in (0.5, 0.99)]
        shown = (f"{figure:.2f}" for figure in (*figures, self.api, self.store))
        return (name, *shown, f"{len(json.dumps(self.answer)) / 1000:.0f}", f"{loop.cpu:.0f} CPU, {loop.wall:.0f} wall")


def run(servers: Servers, report: Report, *, campaigns: int, requests: int) -> None:
    """Raises `Failed` when the API answers something else than what was sent."""
    servers.empty()
    asyncio.run(_measured(servers, report, campaigns, requests))


async def _measured(servers: Servers, report: Report, campaigns: int, requests: int) -> None:
    async with Direct(servers) as direct:
        large = await _load(direct, campaigns)
        port = any_free()
        env = product.environment(servers, KPI_API_HOST=HOST, KPI_API_PORT=str(port), KPI_TOKEN=_TOKEN)
        api = started(program("api", "views_api", env=env), measured=True)
        try:
            # Not ready: there is no worker that keeps the numbers fresh. Alive is enough.
            wait_until(lambda: get(port, "/healthz")[0] == 200, "the API is alive", 30, alive=api)
            rows, medians, views = list[tuple[str, ...]](), list[float](), dict[str, float]()
            for name, path in _paths().items():
                for changes in (0, CHANGES):
                    loop = reference_loop()
                    asked = await _ask(servers, api, port, path, requests, lambda n=changes: direct.count(large.stream(n)))  # type: ignore[misc]
                    named = f"{name}{', changing' if changes else ''}"
                    rows.append(asked.row(named, loop))
                    if "30 days" in name:
                        views[named] = quantile(asked.server, 0.5)
                    if name == "overview":
                        _check(asked.answer, large)
                        medians.append(quantile(asked.server, 0.5))
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"the API broke off ({error!r}):\n{tail_of(api.log)}") from error
        finally:
            end([api], grace=4)
    report.add(
        f"API: a campaign of {DAYS} days among {campaigns:,}",
        f"{STAFF} staff, {STEPS} steps, {EVENTS:,} events about the campaign ({len(large.there['opportunity']):,} opportunities, "
        f"{len(large.there['order']):,} orders, {len(large.there['task']):,} tasks, {large.messages:,} messages); {requests:,} requests one after another. "
        f"Changing: {CHANGES} more events about the campaign are counted before each request. Milliseconds.",
        table(_HEADER, rows),
        f"Bar: overview ≤ {BAR:.0f} ms of server time at p50, standing and changing: **{'met' if max(medians) <= BAR else 'MISSED'}**.",
        f"Bar: any view of 30 days ≤ {BAR_OF_VIEWS:.0f} ms, standing and changing. The slowest, {max(views, key=views.__getitem__)}, takes {max(views.values()):.2f}: "
        f"**{'met' if max(views.values()) <= BAR_OF_VIEWS else 'MISSED'}**.",
    )


def _paths() -> dict[str, str]:
    def days(number: int) -> str:
        return f"from={BEGIN + timedelta(days=DAYS - number):%Y-%m-%d}&to={BEGIN + timedelta(days=DAYS - 1):%Y-%m-%d}"

    one = f"/v1/campaigns/{CAMPAIGN}"
    return {
        "overview": f"{one}/overview?{days(DAYS)}",
        "staff": f"{one}/staff?{days(DAYS)}",
        "customers": f"{one}/customers?{days(DAYS)}",
        "staff, 30 days": f"{one}/staff?{days(30)}",
        "customers, 30 days": f"{one}/customers?{days(30)}",
        "series, 30 days": f"{one}/series?measure=opportunities&by=day&{days(30)}",
        "opportunities, 30 days": f"{one}/opportunities?{days(30)}",
        "campaigns, 30 days": f"/v1/campaigns?{days(30)}",
    }


async def _load(direct: Direct, campaigns: int) -> Mixed:
    """What was said about the large campaign."""
    size = EVENTS // 10
    days = DAYS - 1  # in the campaign's zone they end on one day more
    large = Mixed(
        4,
        tenants=(_TENANT,),
        campaigns=(CAMPAIGN,),
        steps=STEPS,
        staff=STAFF,
        days=days,
        per_minute=EVENTS / days / 1440,
        opportunities=size,
        orders=size // 2,
        tasks=size,
    )
    others = Mixed(
        5,
        tenants=(_TENANT,),
        campaigns=tuple(f"c-{number:03d}" for number in range(1, campaigns)),
        days=days,
        per_minute=OTHERS * campaigns / days / 1440,
        opportunities=campaigns,
        orders=campaigns,
        tasks=campaigns,
        name="other-",
    )
    for mixed, events in ((large, EVENTS), (others, OTHERS * campaigns)):
        await direct.count(mixed.campaign_events())
        await direct.count(mixed.stream(events))
    return large


async def _ask(servers: Servers, api: Process, port: int, path: str, requests: int, change: Callable[[], Awaitable[None]]) -> Asked:
    """The same request again and again, with a change before each; what the changes cost is not counted."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    server, whole, stored = list[float](), list[float](), 0.0
    warm = int(requests * WARM) - requests
    try:
        for number in range(warm + requests):
            await change()
            if number == warm:
                used = cpu_seconds(api.pid)
            before, began = _store_ms(servers), time.perf_counter()
            connection.request("GET", path, headers={"Authorization": f"Bearer {_TOKEN}"})
            answer = connection.getresponse()
            body = answer.read()
            took = (time.perf_counter() - began) * 1000
            if answer.status != 200:
                raise Failed(f"{path}: {answer.status} {body[:500]!r}")
            found = _DURATION.search(answer.headers.get("server-timing", ""))
            if found is None:
                raise Failed(f"{path}: the answer does not say what time the server took")
            if number >= warm:
                stored += _store_ms(servers) - before
                whole.append(took)
                server.append(float(found[1]))
        api_ms = (cpu_seconds(api.pid) - used) * 1000
    finally:
        connection.close()
    return Asked(server, whole, api_ms / requests, stored / requests, json.loads(body))


def _store_ms(servers: Servers) -> float:
    """CPU of the store so far, to the microsecond; asking for it is in it, once."""
    return servers.store_cpu_exactly() * 1000


def _check(answer: Any, sent: Mixed) -> None:
    names = {"opportunities": len(sent.there["opportunity"]), "tasks_created": len(sent.there["task"])}
    found = {name: answer["totals"][name] for name in names}
    if found != names:
        raise Failed(f"the overview says {found}, sent were {names}")
