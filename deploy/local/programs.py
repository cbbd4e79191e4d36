"""What is started, with which settings: the workers, the API, what explains, what publishes updates, and what feeds the demo."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.places import LOGS, PYTHON, RECORDS
from deploy.local.ports import HOST
from deploy.local.processes import Process
from deploy.local.trouble import LocalError

_OURS: Final = "KPI_LOCAL_"
"""Front of the settings that only the local set-up reads."""


@dataclass(frozen=True)
class Programs:
    """The product's programs around one Kafka and one store. Settings of the user's environment (KPI_*) go on to all of them."""

    kafka: str
    redis: str
    token: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """More KPI_* settings, for all of them."""
    logs: Path = LOGS
    records: Path = RECORDS

    def environment(self, **more: str) -> dict[str, str]:
        """The settings of any program that is to find the others."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        found = {"KPI_KAFKA": self.kafka, "KPI_REDIS": self.redis, "KPI_TOKEN": self.token, "PYTHONUNBUFFERED": "1"}
        return inherited | found | dict(self.settings) | more

    def worker(self, name: str, metrics_port: int) -> Process:
        """One worker. Its name is its place in the consumer group: started again under it, it gets its partitions back without a rebalance."""
        environment = self.environment(KPI_INSTANCE=name, KPI_METRICS_PORT=str(metrics_port))
        return Process(name, [str(PYTHON), "-m", "processor"], self.logs / f"{name}.log", self.records, environment)

    def api(self, port: int, name: str = "api") -> Process:
        """The API, which also serves the page."""
        environment = self.environment(KPI_API_HOST=HOST, KPI_API_PORT=str(port))
        return Process(name, [str(PYTHON), "-m", "views_api"], self.logs / f"{name}.log", self.records, environment)

    def updates(self, metrics_port: int) -> Process:
        """What writes the newest totals to the topic `kpi-updates`."""
        environment = self.environment(KPI_METRICS_PORT=str(metrics_port))
        return Process("updates", [str(PYTHON), "-m", "views_api", "updates"], self.logs / "updates.log", self.records, environment)

    def explainer(self) -> Process:
        """What the API asks why a number is what it is."""
        command = [str(PYTHON), "-m", "processor", "explain", "--serve"]
        return Process("explainer", command, self.logs / "explainer.log", self.records, self.environment())

    def demo_data(self) -> Process:
        """What fills the topics of the demo: the history first, then live traffic until it is ended."""
        prefix = self.environment().get("KPI_TOPIC_PREFIX", "")
        command = [str(PYTHON), "-m", "deploy.demo", "--kafka", self.kafka, "--topic-prefix", prefix, "--continue"]
        return Process("demo-data", command, self.logs / "demo-data.log", self.records, self.environment())


def worker_names() -> list[str]:
    """As many as KPI_LOCAL_WORKERS says, two if it says nothing."""
    text = os.environ.get(f"{_OURS}WORKERS", "2")
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise LocalError(f"{_OURS}WORKERS={text}: a number from 1 to 64 is needed.")
    return [f"worker-{number}" for number in range(1, int(text) + 1)]
