"""Plants a mistake: a function of the product goes on with a part of its source replaced, wherever it is called from, until the test ends."""

from __future__ import annotations

import inspect
import textwrap
from types import FunctionType
from typing import Any, NamedTuple

import pytest

from processor.buckets import day_of_quarter, hour_of_quarter


class Mistake(NamedTuple):
    """In one function."""

    where: Any
    """A function, a method, or the getter of a property."""
    old: str
    new: str


def plant(monkeypatch: pytest.MonkeyPatch, *mistakes: Mistake) -> None:
    """The code itself is replaced, not the name: others have imported the function under names of their own."""
    for mistake in mistakes:
        function = _plain(mistake.where)
        source = textwrap.dedent(inspect.getsource(function))
        assert mistake.old in source, f"{function.__qualname__} no longer says {mistake.old!r}: the mistake has to be written anew"
        body = source[source.index("def ") :].replace(mistake.old, mistake.new)
        namespace = dict(function.__globals__)
        exec(compile("from __future__ import annotations\n" + body, f"mutant of {function.__qualname__}", "exec"), namespace)
        monkeypatch.setattr(function, "__code__", namespace[function.__name__].__code__)


def forget_days() -> None:
    """The days and hours that a mistake worked out, or that would hide it, are worked out again."""
    day_of_quarter.cache_clear()
    hour_of_quarter.cache_clear()


def _plain(where: Any) -> FunctionType:
    function = inspect.unwrap(getattr(where, "fget", where))
    assert isinstance(function, FunctionType)
    return function
