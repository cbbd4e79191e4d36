from __future__ import annotations

import errno
from pathlib import Path

import pytest

from deploy.local.trouble import RETRY_WAITS, LocalError, need_room, tail, with_retries


class Attempts:
    """Fails as often as it is told to."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures = failures
        self.error = error
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        if self.count <= self.failures:
            raise self.error
        return "fetched"


def test_a_download_that_fails_for_a_moment_is_tried_again_and_each_wait_is_told() -> None:
    said: list[str] = []
    waits: list[float] = []

    assert with_retries("Fetching", Attempts(2, OSError("connection reset")), said.append, waits.append) == "fetched"
    assert waits == list(RETRY_WAITS[:2])
    assert said == ["Fetching: connection reset; again in 3 s", "Fetching: connection reset; again in 10 s"]


def test_a_download_that_always_fails_ends_with_its_last_reason() -> None:
    attempts = Attempts(99, OSError("no route to host"))

    with pytest.raises(LocalError, match="no route to host"):
        with_retries("Fetching", attempts, lambda _: None, lambda _: None)
    assert attempts.count == len(RETRY_WAITS) + 1


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), LocalError("other jars than expected")])
def test_what_no_further_try_would_change_is_not_tried_again(error: Exception) -> None:
    attempts = Attempts(99, error)

    with pytest.raises(LocalError):
        with_retries("Fetching", attempts, lambda _: None, lambda _: None)
    assert attempts.count == 1


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="are needed"):
        need_room(tmp_path / "not" / "there" / "yet", megabytes=10**9)
    need_room(tmp_path, megabytes=0)


def test_the_end_of_a_log_is_shown_also_when_there_is_none(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"

    assert "no log" in tail(log)
    log.write_text("".join(f"line {number}\n" for number in range(5000)))
    assert tail(log, lines=2) == "    line 4998\n    line 4999"


def test_what_went_wrong_is_shown_and_not_only_how_the_program_then_ended(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    end = "".join(f"INFO closing part {number}\n" for number in range(60))
    log.write_text(f"INFO starting\nERROR [KafkaRaftServer] java.net.BindException: Address already in use\n{end}")

    assert tail(log, lines=3).splitlines()[0] == "    ERROR [KafkaRaftServer] java.net.BindException: Address already in use"
