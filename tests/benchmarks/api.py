"""How long does the API take for the overview of a large campaign among many? One caller, one connection, nothing in between."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import time
from datetime import timedelta
from typing import Any, Final

from deploy.local.ports import HOST, any_free
from deploy.local.processes import end
from deploy.local.readiness import get
from tests.benchmarks import product
from tests.benchmarks.direct import Direct
from tests.benchmarks.measuring import cpu_seconds, quantile, reference_loop
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
"""Milliseconds of server time, p50."""
WARM: Final = 1.1
"""Requests to those that are told: the first ones warm up."""
_TENANT: Final = "default"
_TOKEN: Final = "bench"
_DURATION: Final = re.compile(r"dur=([0-9.]+)")


def run(servers: Servers, report: Report, *, campaigns: int, requests: int) -> None:
    """Raises `Failed` when the API answers something else than what was sent."""
    servers.empty()
    large = asyncio.run(_load(servers, campaigns))
    port = any_free()
    env = product.environment(servers, KPI_API_HOST=HOST, KPI_API_PORT=str(port), KPI_TOKEN=_TOKEN)
    api = started(program("api", "views_api", env=env), measured=True)
    try:
        # Not ready: there is no worker that keeps the numbers fresh. Alive is enough.
        wait_until(lambda: get(port, "/healthz")[0] == 200, "the API is alive", 30, alive=api)
        rows = []
        median = 0.0
        for route in ("overview", "staff", "customers"):
            loop, cpu, store = reference_loop(), cpu_seconds(api.pid), servers.store_cpu()
            server, whole, answer = _ask(
                port, f"/v1/campaigns/{CAMPAIGN}/{route}?from={BEGIN:%Y-%m-%d}&to={BEGIN + timedelta(days=DAYS - 1):%Y-%m-%d}", requests
            )
            used, stored = ((spent) / requests / WARM * 1000 for spent in (cpu_seconds(api.pid) - cpu, servers.store_cpu() - store))
            if route == "overview":
                median = quantile(server, 0.5)
                _check(answer, large)
            figures = [quantile(server, 0.5), quantile(server, 0.99), quantile(whole, 0.5), quantile(whole, 0.99), used, stored]
            rows.append(
                (
                    route,
                    *(f"{figure:.2f}" for figure in figures),
                    f"{len(json.dumps(answer)) / 1000:.0f}",
                    f"{loop.cpu:.0f} CPU, {loop.wall:.0f} wall",
                )
            )
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"the API broke off ({error!r}):\n{tail_of(api.log)}") from error
    finally:
        end([api], grace=4)
    report.add(
        f"API: a campaign of {DAYS} days among {campaigns:,}",
        f"{STAFF} staff, {STEPS} steps, {EVENTS:,} events about the campaign ({len(large.there['opportunity']):,} opportunities, "
        f"{len(large.there['order']):,} orders, {len(large.there['task']):,} tasks, {large.messages:,} messages); {requests:,} requests one after another. "
        "Milliseconds.",
        table(("route", "server p50", "server p99", "HTTP p50", "HTTP p99", "API CPU", "store CPU", "kB", "reference loop ms"), rows),
        f"Bar: overview ≤ {BAR:.0f} ms of server time at p50: **{'met' if median <= BAR else 'MISSED'}**.",
    )


async def _load(servers: Servers, campaigns: int) -> Mixed:
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
    async with Direct(servers) as direct:
        for mixed, events in ((large, EVENTS), (others, OTHERS * campaigns)):
            await direct.count(mixed.campaign_events())
            await direct.count(mixed.stream(events))
    return large


def _ask(port: int, path: str, requests: int) -> tuple[list[float], list[float], Any]:
    """Server times, times with HTTP (ms), and the last answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    server, whole = [], []
    try:
        for number in range(int(requests * WARM)):
            began = time.perf_counter()
            connection.request("GET", path, headers={"Authorization": f"Bearer {_TOKEN}"})
            answer = connection.getresponse()
            body = answer.read()
            took = (time.perf_counter() - began) * 1000
            if answer.status != 200:
                raise Failed(f"{path}: {answer.status} {body[:500]!r}")
            found = _DURATION.search(answer.headers.get("server-timing", ""))
            if found is None:
                raise Failed(f"{path}: the answer does not say what time the server took")
            if number >= requests * WARM - requests:
                whole.append(took)
                server.append(float(found[1]))
    finally:
        connection.close()
    return server, whole, json.loads(body)


def _check(answer: Any, sent: Mixed) -> None:
    names = {"opportunities": len(sent.there["opportunity"]), "tasks_created": len(sent.there["task"])}
    found = {name: answer["totals"][name] for name in names}
    if found != names:
        raise Failed(f"the overview says {found}, sent were {names}")
