"""The product's own tools, about what runs here: its ports are others wherever the usual ones were taken."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from deploy.local import addresses
from deploy.local.places import PYTHON
from deploy.local.trouble import LocalError

TOOLS: Final[Mapping[str, tuple[str, ...]]] = {"recount": ("processor.recount",), "explain": ("processor", "explain")}
"""Command -> what stands behind `python -m`."""


def become(tool: str, arguments: Sequence[str]) -> NoReturn:
    """This process goes on as the tool. Raises LocalError when nothing runs that it could ask about."""
    where = addresses.read()
    if where is None:
        raise LocalError("Nothing runs here. `make up` starts the product, `make demo` shows it at work.")
    environment = os.environ | {"KPI_KAFKA": where.kafka, "KPI_REDIS": where.redis}
    os.execve(PYTHON, [str(PYTHON), "-m", *TOOLS[tool], *arguments], environment)  # noqa: S606 - no shell is wanted
