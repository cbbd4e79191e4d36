"""The command itself, as far as it goes without a Kafka."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "deploy.demo", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_waits_for_a_kafka_that_does_not_answer_and_can_be_stopped(stop: signal.Signals) -> None:
    with start("--kafka", "127.0.0.1:1") as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline() == "wait: Kafka at 127.0.0.1:1 does not answer yet\n"

        demo.send_signal(stop)

        assert demo.communicate(timeout=10) == ("", "")
    assert demo.returncode == 0


def test_it_must_be_told_which_kafka() -> None:
    with start() as demo:
        _, said = demo.communicate(timeout=30)

    assert demo.returncode == 2
    assert "--kafka" in said
