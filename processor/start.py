"""How does a worker start fast? Its numbers stand still until it runs again, and most of that time goes into importing."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

UNUSED: Final = ("aiohttp", "aiohttp.client", "croniter", "croniter.croniter", "opentelemetry.sdk.metrics", "venusian", "yaml")
"""What Faust imports for its web pages, its timetables, a format of messages and its search for agents, and the store's client for metrics of its own. A worker
has none of them; they are a third of all that it would import."""


class _Nothing:
    """Can be called and inherited from."""

    def __init__(self, *_: object, **__: object) -> None:
        pass


class _StandIn(ModuleType):
    """A module in which every name is a class that does nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []  # a package, so that modules in it are looked up

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (_Nothing,), {})


@contextmanager
def importing() -> Iterator[None]:
    """Imports inside cost no more than they must. Whoever really needs an unused module later gets the real one.

    The garbage collector stays off, for what is imported stays for good: `gc.freeze` and `gc.enable` when all is there.
    """
    gc.disable()
    standing_in = {name: _StandIn(name) for name in UNUSED if name not in sys.modules}
    sys.modules.update(standing_in)
    try:
        yield
    finally:
        for name in standing_in:
            del sys.modules[name]
