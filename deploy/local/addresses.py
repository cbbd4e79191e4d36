"""Where everything is: what `.local/addresses.json` says to people and to programs of others."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass

from deploy.local.places import ADDRESSES, LOCAL
from deploy.local.secret import write_secret


@dataclass(frozen=True)
class Addresses:
    """The form is a promise to programs that nobody here wrote."""

    kafka: str
    """host:port"""
    redis: str
    api: str
    """Without a slash at the end."""
    dashboard: str
    token: str
    """Sees all."""

    @property
    def link(self) -> str:
        """The page, opened with the token. It stands behind the `#`, which a browser never sends."""
        return f"{self.dashboard}#token={self.token}"


def write(where: Addresses) -> None:
    """Publish them: everything is ready now. Only the user may read the file, there is a token in it."""
    write_secret(ADDRESSES, json.dumps(asdict(where), indent=2) + "\n")  # whoever waits for the file never reads half of it


def read() -> Addresses | None:
    """What runs now; None when nothing is ready."""
    try:
        return Addresses(**json.loads(ADDRESSES.read_text()))
    except FileNotFoundError:
        return None


def remove() -> None:
    """Nothing is ready (any more)."""
    ADDRESSES.unlink(missing_ok=True)


def token() -> str:
    """The token of this checkout: KPI_TOKEN, else a random one, drawn once, so that an open page outlives a restart."""
    if given := os.environ.get("KPI_TOKEN"):
        return given
    path = LOCAL / "token"
    if not path.exists():
        LOCAL.mkdir(exist_ok=True)
        write_secret(path, secrets.token_urlsafe(24))
    return path.read_text()
