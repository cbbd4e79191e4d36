"""Hooks of Schemathesis: most requests are about the campaign and the target that there are, else nearly all answers would be that there is none."""

from __future__ import annotations

from typing import Any

import schemathesis

CAMPAIGN = "c-17"
TARGET = "t-17"
_HEADERS = {"if-match": '"1"', "idempotency-key": "k-17"}


@schemathesis.hook
def map_path_parameters(_: Any, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Three of four."""
    if parameters and isinstance(campaign := parameters.get("campaign"), str) and len(campaign) % 4:
        return parameters | {"campaign": CAMPAIGN}
    if parameters and isinstance(target := parameters.get("target"), str) and len(target) % 4:
        return parameters | {"target": TARGET}
    return parameters


@schemathesis.hook
def map_headers(_: Any, headers: dict[str, Any] | None) -> dict[str, Any] | None:
    """Nobody waits for what was never written; most commands are of the version that there is."""
    if not headers or len(str(headers)) % 4 == 0:
        return headers
    kept = {name: value for name, value in headers.items() if name.lower() != "min-revision"}
    return {name: _HEADERS.get(name.lower(), value) for name, value in kept.items()}
