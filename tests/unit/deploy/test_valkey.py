"""With which allocator does the local Valkey run?"""

from __future__ import annotations

import platform

import pytest

from deploy.local import valkey


def on(monkeypatch: pytest.MonkeyPatch, system: str, library: str | None) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(valkey, "find_library", {"jemalloc": library}.get)


def test_the_local_store_has_jemalloc_where_the_machine_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    monkeypatch.setenv("KPI_SOMETHING", "kept")
    on(monkeypatch, "Linux", "libjemalloc.so.2")

    assert valkey.environment()["LD_PRELOAD"] == "libjemalloc.so.2"
    assert valkey.environment()["KPI_SOMETHING"] == "kept"


@pytest.mark.parametrize(("system", "library"), [("Linux", None), ("Darwin", "libjemalloc.2.dylib")])
def test_else_it_has_that_of_its_build(monkeypatch: pytest.MonkeyPatch, system: str, library: str | None) -> None:
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    on(monkeypatch, system, library)

    assert "LD_PRELOAD" not in valkey.environment()


def test_what_somebody_preloads_is_theirs_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", "of-their-own.so")
    on(monkeypatch, "Linux", "libjemalloc.so.2")

    assert valkey.environment()["LD_PRELOAD"] == "of-their-own.so"
