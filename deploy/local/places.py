"""Where things lie in a checkout: the environment in `.venv/`, everything else that a run leaves behind under `.local/`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PYTHON: Final = ROOT / ".venv" / "bin" / "python"
"""The environment's Python by its own path, never resolved: behind the link lies the system's, which knows no package of ours."""

LOCAL: Final = ROOT / ".local"
LOGS: Final = LOCAL / "log"
RECORDS: Final = LOCAL / "run"
"""One record for each running process, so that none is lost when whoever started it dies."""
CACHE: Final = LOCAL / "cache"
DATA: Final = LOCAL / "data"
"""What Kafka and Valkey hold, one folder for `make demo` and one for `make up`."""
ADDRESSES: Final = LOCAL / "addresses.json"

PAGE: Final = ROOT / "views_api" / "dashboard"
