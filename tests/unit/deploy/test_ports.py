from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator

import pytest

from deploy.local.places import PYTHON, ROOT
from deploy.local.ports import HOST, any_free, choose, is_free
from deploy.local.trouble import LocalError


@pytest.fixture(name="taken")
def _taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_the_usual_port_is_used_when_it_is_free() -> None:
    usual = any_free()

    assert choose("KPI_API_PORT", usual) == usual


def test_another_one_is_found_when_the_usual_port_is_taken(taken: int) -> None:
    found = choose("KPI_API_PORT", taken)

    assert found != taken
    assert is_free(found)


def test_a_port_that_was_asked_for_is_never_replaced_by_another(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_API_PORT", str(taken))

    with pytest.raises(LocalError, match=f"KPI_API_PORT={taken}: another program listens"):
        choose("KPI_API_PORT", 8000)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "eight", "80 "])
def test_a_port_that_is_none_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_API_PORT", text)

    with pytest.raises(LocalError, match="KPI_API_PORT="):
        choose("KPI_API_PORT", 8000)


CHOOSING = "import sys; from deploy.local.ports import choose; print(choose('KPI_OF_NOBODY', {usual}), flush=True); sys.stdin.read()"


def test_launchers_that_start_at_the_same_time_choose_different_ports() -> None:
    """Before anything listens there: it takes a server seconds until it does, and whoever asks then whether there is one may be answered by another's."""
    usual = any_free()
    launchers = [
        subprocess.Popen([PYTHON, "-c", CHOOSING.format(usual=usual)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    try:
        chosen = [int(launcher.stdout.readline()) for launcher in launchers if launcher.stdout]
    finally:
        for launcher in launchers:
            launcher.communicate()

    assert len(set(chosen)) == 4
    assert choose("KPI_OF_NOBODY", usual) == usual  # of those that are no more nothing stays


def test_one_launcher_never_chooses_a_port_twice() -> None:
    found = [any_free() for _ in range(300)]

    assert len({*found}) == len(found)
