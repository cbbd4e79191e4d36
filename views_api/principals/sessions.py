"""Who is at this browser? A page exchanges its bearer token for a cookie, once: scripts can no longer read it, and a reload need not ask for it again.

The cookie is the token itself, encrypted with a key of this server and with an end of its own. So the server keeps nothing, and each request still asks whoever
knows the token whether it is good: what is revoked is over for the browser too.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request

from views_api.problems import Unauthorized

NAME: Final = "__Host-kpi"
"""Browsers take it only over https (or from this machine), for this host alone and all of its paths."""
LASTS_S: Final = 12 * 3600
MOST_BYTES: Final = 2_600
"""Of a token: a browser keeps no cookie of more than 4,096 bytes."""
_HEADER: Final = {"alg": "dir", "enc": "A256GCM"}


def comes_from_our_page(request: Request) -> bool:
    """Whether a browser says that no other site made this request. One that says nothing at all may still read: the cookie is not sent from elsewhere."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is not None:
        try:
            return urlsplit(origin).netloc == request.headers.get("host")
        except ValueError:  # no address, such as `http://[`
            return False
    return site is not None or request.method in ("GET", "HEAD")


class _Session(msgspec.Struct):
    token: str
    ends_at: int


class Sessions:
    def __init__(self, secret: str | None, clock: Callable[[], int]) -> None:
        """`secret`: the same in all processes that serve a page; None: of this process, so that its end ends all sessions. `clock`: ms since 1970 UTC, now."""
        self._key = OctKey.import_key(sha256(secret.encode()).digest() if secret else secrets.token_bytes(32))
        self._clock = clock

    def cookie(self, token: str) -> str:
        """The header that sets it."""
        session = msgspec.json.encode(_Session(token, self._clock() + LASTS_S * 1000))
        return f"{_named(jwe.encrypt_compact(dict(_HEADER), session, self._key))}; Max-Age={LASTS_S}"

    @staticmethod
    def no_cookie() -> str:
        """The header that takes it away."""
        return f"{_named('')}; Max-Age=0"

    def token(self, cookies: str | None) -> str | None:
        """The token in a header of cookies; None without one. Raises `Unauthorized` for a cookie that is not ours, or over."""
        value = _value(cookies or "")
        if not value:
            return None
        try:
            found: Any = jwe.decrypt_compact(value, self._key, algorithms=[*_HEADER.values()])
            session = msgspec.json.decode(found.plaintext, type=_Session)
        except (JoseError, ValueError, TypeError, msgspec.MsgspecError) as error:
            raise Unauthorized from error
        if session.ends_at <= self._clock():
            raise Unauthorized
        return session.token


def _named(value: str) -> str:
    return f"{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict"


def _value(cookies: str) -> str:
    try:
        found = SimpleCookie(cookies).get(NAME)
    except CookieError:
        return ""
    return found.value if found else ""
