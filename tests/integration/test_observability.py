"""What the processes tell about themselves while they work: the Grafana board asks for nothing that is not there, and traces tell what requests and commits did."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from processor.recount import Record
from tests.support.servers import TOKEN, Broker, Product
from tests.support.traffic import counter, send, until
from tests.support.world import envelope

BOARD = Path(__file__).parents[2] / "deploy" / "grafana" / "board.json"
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


class Collector:
    """Takes traces as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        taken = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    taken.extend(span for scope in resource.scope_spans for span in scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.settings = {
            # What `opentelemetry-instrument` does to a program that it starts.
            "PYTHONPATH": str(files("opentelemetry.instrumentation.auto_instrumentation")),
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.server.server_port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }

    def names(self) -> set[str]:
        return {span.name for span in self.spans}

    def inside(self, name: str) -> set[str]:
        """The names of what was done as a part of spans with this one."""
        outer = {span.span_id for span in self.spans if span.name == name}
        return {span.name for span in self.spans if span.parent_span_id in outer}


@pytest.fixture(name="collector")
def _collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    yield collector
    collector.server.shutdown()
    thread.join()
    collector.server.server_close()


def events() -> Iterator[Record]:
    yield Record("campaigns", 0, 0, None, json.dumps(envelope("campaign", "c-1", timezone="Asia/Ho_Chi_Minh")).encode(), (), 0)
    for number in range(20):
        yield Record("orders", 0, 0, None, json.dumps(envelope("order", f"r-{number}", campaign_id="c-1")).encode(), (), 0)
    yield Record("orders", 0, 0, None, b"no event at all", (), 0)


def queries() -> list[str]:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    return [target["expr"].replace("$__rate_interval", "5m") for panel in board["panels"] for target in panel.get("targets", ())]


def asked(query: Any) -> Iterator[tuple[str, set[str]]]:
    """(metric, labels that a query names beside it)."""
    match query:
        case promql_parser.VectorSelector():
            yield query.name or "", {matcher.name for matcher in query.matchers.matchers}
        case promql_parser.MatrixSelector():
            yield from asked(query.vector_selector)
        case promql_parser.AggregateExpr():
            labels = {*query.modifier.labels} if query.modifier else set()
            yield from ((name, found | labels) for name, found in asked(query.expr))
        case promql_parser.Call():
            for argument in query.args:
                yield from asked(argument)
        case promql_parser.BinaryExpr():
            yield from asked(query.lhs)
            yield from asked(query.rhs)
        case promql_parser.ParenExpr():
            yield from asked(query.expr)


def told(text: str) -> dict[str, set[str]]:
    """Metric -> labels, of a page of metrics."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for suffix in SUFFIXES.get(family.type, ()):
            found[family.name + suffix] = {label for sample in family.samples for label in sample.labels}
    return found


async def test_metrics_traces_and_the_board_agree(
    product: Callable[..., Product], broker: Broker, topic_prefix: str, collector: Collector
) -> None:
    running = product(KPI_PARTITIONS="1", **collector.settings)
    address = (await asyncio.gather(asyncio.to_thread(running.start_api), asyncio.to_thread(running.start_worker)))[0]
    await send(broker.address, topic_prefix, events())
    await until(lambda: counter(running.metrics("worker-1"), "kpi_dead_letters_total"), "the bad record to be parked")
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        await client.get("/v1/campaigns", headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"})
    running.start_updates()
    await until(lambda: "kpi_updates_written" in running.metrics("updates"), "the publisher to answer")
    pages = [await asyncio.to_thread(running.metrics, name) for name in ("worker-1", "api", "updates")]
    worker, api, updates = (told(page) for page in pages)

    there = worker | api | updates
    everywhere = {"instance", "job", "le"}
    missing = [
        (query, name, labels - there.get(name, set()) - everywhere)
        for query in queries()
        for name, labels in asked(promql_parser.parse(query))
        if name not in there or (there[name] and not labels <= there[name] | everywhere)
    ]
    assert len(queries()) > 30
    assert missing == []
    assert {name for name in worker if name.startswith(("kpi_api", "kpi_updates"))} == set()
    assert all(name.startswith(("kpi_api_", "process_")) for name in api)
    assert all(name.startswith(("kpi_updates_", "process_")) for name in updates)

    names = {"commit", "GET /v1/campaigns"}
    await until(lambda: names <= collector.names(), f"spans {names}, not {collector.names()}")
    await until(lambda: {"store apply", "store fetch"} <= collector.inside("commit"), "what a commit asked the store")
    await until(lambda: "store cells" in collector.inside("GET /v1/campaigns"), "what a request asked the store")
    (of_caller,) = (span for span in collector.spans if span.trace_id == bytes.fromhex("ab" * 16) and span.kind == Span.SPAN_KIND_SERVER)
    assert of_caller.parent_span_id == bytes.fromhex("cd" * 8)
    said = {attribute.key for span in collector.spans for attribute in span.attributes}
    assert said <= {"kpi.events", "kpi.partitions", "http.request.method", "http.route", "http.response.status_code"}
