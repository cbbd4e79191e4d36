"""What can be said of the compose file and the Dockerfile without a Docker engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local import jars, valkey
from deploy.local.places import ROOT
from processor.settings import Settings as ProcessorSettings
from views_api.settings import Settings as ApiSettings
from views_api.settings import UpdatesSettings

DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@pytest.fixture(name="services")
def _services() -> dict[str, Any]:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    services: dict[str, Any] = compose["services"]
    return services


def _names(settings: type[ProcessorSettings | ApiSettings | UpdatesSettings]) -> set[str]:
    return {f"KPI_{field}".upper() for field in settings.model_fields}


def test_every_setting_of_the_compose_file_is_one_that_the_programs_know(services: dict[str, Any]) -> None:
    for name, service in services.items():
        ours = {key for key in service.get("environment", {}) if key.startswith("KPI_")}
        assert ours <= _names(ProcessorSettings) | _names(ApiSettings), name
    assert _names(ProcessorSettings) >= services["worker-1"]["environment"].keys()
    assert _names(UpdatesSettings) >= services["updates"]["environment"].keys()


def test_every_setting_of_the_image_is_one_that_the_programs_know() -> None:
    named = set(re.findall(r"\b(KPI_[A-Z_]+)=", DOCKERFILE.read_text()))

    assert named
    assert named <= _names(ProcessorSettings) | _names(ApiSettings)


def test_the_image_holds_all_of_ours_compiled_since_its_user_can_keep_nothing() -> None:
    steps = DOCKERFILE.read_text().splitlines()
    compiled = steps.index("RUN python -m compileall -q schemas processor views_api deploy")

    assert not [step for step in steps[compiled:] if step.startswith("COPY") and "dist/" not in step]
    assert compiled < steps.index("USER kpis")


def test_each_program_asks_the_store_as_a_user_that_the_store_knows(services: dict[str, Any]) -> None:
    known = set(re.findall(r"^user (\S+) on >(\S+)", (ROOT / "deploy" / "valkey" / "users.acl").read_text(), re.MULTILINE))
    asking = {
        name: service["environment"]["KPI_REDIS"] for name, service in services.items() if "KPI_REDIS" in service.get("environment", {})
    }

    assert asking.keys() == {"worker-1", "worker-2", "api", "updates", "explainer"}
    for name, address in asking.items():
        user, _, password = address.removeprefix("redis://").partition("@")[0].partition(":")
        assert (user, password) in known, name
        assert name.startswith(user) or (name, user) == ("explainer", "worker")  # it reads what only workers can read


def test_each_worker_has_a_name_of_its_own(services: dict[str, Any]) -> None:
    workers = {name: service for name, service in services.items() if name.startswith("worker")}

    assert len(workers) == 2
    assert {service["environment"]["KPI_INSTANCE"] for service in workers.values()} == workers.keys()


def test_the_store_is_set_up_as_it_is_locally(services: dict[str, Any]) -> None:
    given = {line.removeprefix("--") for line in services["valkey"]["command"][1:]} - {"aclfile /etc/valkey/users.acl", "protected-mode no"}
    local = [line.replace("ziplist", "listpack") for line in valkey._CONFIGURATION.splitlines() if line and not line.startswith("#")]

    assert given == {line for line in local if line.split()[0] not in {"bind", "port", "dir", "daemonize"}}


def test_kafka_is_the_same_version_as_locally(services: dict[str, Any]) -> None:
    version = jars.ENDPOINT.split("+")[0].rpartition(":")[2]

    assert services["kafka"]["image"] == f"apache/kafka:{version}"


def test_whatever_waits_for_a_service_waits_for_one_that_says_when_it_is_healthy(services: dict[str, Any]) -> None:
    for service in services.values():
        for other in service.get("depends_on", {}):
            assert "healthcheck" in services[other]


def test_nothing_of_the_product_runs_as_root(services: dict[str, Any]) -> None:
    stages = DOCKERFILE.read_text().split("\nFROM ")

    assert "\nUSER kpis\n" in stages[-1]
    assert not any("user" in service for service in services.values())


def _copied() -> list[str]:
    """What the image takes from the checkout: folders end with a slash, names may hold a star."""
    lines = [line.split() for line in DOCKERFILE.read_text().splitlines() if line.startswith("COPY ") and "--from" not in line]
    return [source for line in lines for source in line[1:-1]]


def test_each_file_that_the_image_copies_is_there_and_is_let_through() -> None:
    allowed = [line[1:] for line in Path(f"{DOCKERFILE}.dockerignore").read_text().splitlines() if line.startswith("!")]

    for source in _copied():
        assert list(ROOT.glob(source)), source
        assert any(source.startswith(entry) for entry in allowed), source


def test_every_file_of_the_product_is_in_the_image() -> None:
    taken = {path for source in _copied() for path in (ROOT.glob(source + "**/*") if source.endswith("/") else ROOT.glob(source))}
    product = {path for top in ("schemas", "processor", "views_api", "deploy/demo") for path in (ROOT / top).rglob("*") if path.is_file()}
    page = {path for path in product if path.is_relative_to(ROOT / "views_api" / "dashboard")}  # built in a stage of its own

    assert {path for path in product - page - taken if "__pycache__" not in path.parts} == set()
