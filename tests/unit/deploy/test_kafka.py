"""Where does the local Kafka keep its data? (Formatted by Kafka's own tool; no broker is started.)"""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import kafka
from deploy.local.processes import Process


def prepared(home: Path) -> Process:
    return kafka.prepare(home, 1, 2, home / "kafka.log", home / "run", print)


@pytest.mark.parametrize("folder", ["dự án, của tôi", "100 % #1 {x}"])
def test_a_checkout_may_lie_in_a_folder_of_any_name(tmp_path: Path, folder: str) -> None:
    home = tmp_path / folder / "kafka"
    kept = home / "data" / "meta.properties"

    prepared(home)
    cluster = kept.read_text()

    assert [path.name for path in tmp_path.iterdir()] == [folder]

    again = prepared(home)

    assert kept.read_text() == cluster
    assert again.cwd == home
