"""Which keys does the issuer sign with? A JSON Web Key Set, kept: rotation is followed, an outage of the issuer is outlived, a token with a made-up key id cannot
make us ask again and again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from schemas.errors import Unavailable
from views_api.problems import Unauthorized

log = logging.getLogger(__name__)

Key: TypeAlias = RSAKey | ECKey | OKPKey

FRESH_MS: Final = 10 * 60_000
"""Keys older than that are read again, while those that are known go on being used."""
KEPT_MS: Final = 24 * 3_600_000
"""For so long an issuer may be away. Then its keys may have been withdrawn for all we know."""
PAUSE_MS: Final = 30_000
"""It is asked no more often, whatever happens."""
_TIMEOUT_S: Final = 5
_BYTES: Final = 256 * 1024
_ASYMMETRIC: Final = {"RSA", "EC", "OKP"}


class IssuerKeys:
    """By their id."""

    def __init__(self, read: Callable[[], bytes], clock: Callable[[], int]) -> None:
        """`read`: gets the set; blocks, and raises `OSError` or `HTTPException`. `clock`: ms since 1970 UTC, now."""
        self._read, self._clock = read, clock
        self._keys: dict[str, Key] = {}
        self._read_at: int | None = None
        self._asked_at: int | None = None
        self._asking = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def of(self, identity: str) -> Key:
        """Raises `Unauthorized` for one that the issuer does not have, `Unavailable` while it is not known which it has."""
        if identity not in self._keys:
            await self._renew()
        elif self._older_than(FRESH_MS) and (self._renewing is None or self._renewing.done()):
            self._renewing = asyncio.create_task(self._renew())
        if self._older_than(KEPT_MS):
            raise Unavailable("the keys of the issuer cannot be read")
        if identity not in self._keys:
            raise Unauthorized
        return self._keys[identity]

    def _older_than(self, age: int) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= age

    async def _renew(self) -> None:
        async with self._asking:
            now = self._clock()
            if self._asked_at is not None and now - self._asked_at < PAUSE_MS:
                return
            self._asked_at = now
            try:
                self._keys = parsed(await asyncio.to_thread(self._read))
            except (OSError, HTTPException, ValueError, JoseError) as error:
                log.warning("the keys of the issuer could not be read (%s); the old ones stay", type(error).__name__)
                return
            self._read_at = now


def parsed(text: bytes) -> dict[str, Key]:
    """The keys of a set that can check a signature; raises `ValueError` if there are none. What is no public key for that is passed over."""
    found: dict[str, Key] = {}
    declared: Any = json.loads(text)
    keys = declared.get("keys") if isinstance(declared, dict) else None
    for each in keys if isinstance(keys, list) else []:
        if not isinstance(each, dict) or each.get("kty") not in _ASYMMETRIC or not isinstance(each.get("kid"), str):
            continue
        try:
            key = JWKRegistry.import_key(each)
            key.check_use("sig")
        except (JoseError, ValueError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            found[each["kid"]] = key
    if not found:
        raise ValueError("no key to check a signature with")
    return found


class _Unmoved(HTTPRedirectHandler):
    """Keys come from where the settings say, and from nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def reading(place: str) -> Callable[[], bytes]:
    """How to get a set from a URL or a file."""
    if not urlsplit(place).scheme:
        return Path(place).read_bytes
    opener = build_opener(_Unmoved)

    def read() -> bytes:
        with opener.open(Request(place, headers={"Accept": "application/json"}), timeout=_TIMEOUT_S) as answer:  # noqa: S310  # the settings allow http(s) alone
            text: bytes = answer.read(_BYTES + 1)
        if len(text) > _BYTES:
            raise ValueError("too long for a set of keys")
        return text

    return read
