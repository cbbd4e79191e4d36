"""Real servers for the tests that ask for them: started once per test process, when the first test needs one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from deploy.local.page import BUILT, Page
from tests.support import servers
from tests.support.browsers import find_chromium
from tests.support.servers import Broker, Product, Store

_NUMBER = count(1)


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests on Kafka run in one process, one after the other, and so share one Kafka; so do those that run the commands of the README."""
    for item in items:
        if "broker" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.xdist_group("broker"))
        elif item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.xdist_group("commands"))


@pytest.fixture(scope="session", name="folder")
def _folder() -> Iterator[Path]:
    servers.clear_what_others_left()
    folder = servers.home()
    folder.mkdir(parents=True)
    yield folder
    for part in ("kafka", "valkey", "run"):  # the logs stay until the next run
        shutil.rmtree(folder / part, ignore_errors=True)


@pytest.fixture(scope="session", name="broker")
def _broker(folder: Path) -> Iterator[Broker]:
    broker = Broker(folder)
    yield broker
    broker.stop()


@pytest.fixture(scope="session", name="any_store")
def _any_store(folder: Path) -> Iterator[Store]:
    store = Store(folder)
    yield store
    store.stop()


@pytest.fixture(name="kpi_store")
def _kpi_store(any_store: Store) -> Store:
    """Valkey, empty, running."""
    if not any_store.process.alive:
        any_store.start()
    any_store.empty()
    return any_store


@pytest.fixture(name="redis_url")
def _redis_url(kpi_store: Store) -> str:
    """The address of an empty Valkey."""
    return kpi_store.url


@pytest.fixture(name="topic_prefix")
def _topic_prefix() -> str:
    """Topics that no other test writes to."""
    return f"t{next(_NUMBER)}-"


@pytest.fixture(name="product")
def _product(broker: Broker, kpi_store: Store, topic_prefix: str, folder: Path) -> Iterator[Callable[..., Product]]:
    """Makes a product around the two servers, with topics, a group and a store of this test's own; settings by name: `product(KPI_PARTITIONS="4")`."""
    made: list[Product] = []
    if not broker.process.alive:
        broker.start()

    def make(**settings: str) -> Product:
        own = {"KPI_TOPIC_PREFIX": topic_prefix, "KPI_GROUP": f"{topic_prefix}workers"}
        made.append(Product(broker.address, kpi_store.url, folder, own | settings))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture(scope="session", name="built_page")
def _built_page() -> Path:
    """The folder of the dashboard, built from its sources as they are now."""
    Page(print).build()
    return BUILT


@pytest.fixture(scope="session", name="chromium")
def _chromium() -> str:
    """The program of a Chromium, for Playwright's `executable_path`."""
    found = find_chromium()
    if found is None:
        pytest.skip(
            "THE PAGE IS NOT TESTED: there is no Chromium on PATH (apt-get install chromium) nor Playwright's own (playwright install chromium)"
        )
    return found
