"""Hooks of Schemathesis: most requests are about the campaign that there is, else nearly all answers would be that there is none."""

from __future__ import annotations

from typing import Any

import schemathesis

CAMPAIGN = "c-17"


@schemathesis.hook
def map_path_parameters(_: Any, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Three of four."""
    if parameters and isinstance(campaign := parameters.get("campaign"), str) and len(campaign) % 4:
        return parameters | {"campaign": CAMPAIGN}
    return parameters
