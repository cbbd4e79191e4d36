"""Whose request is it? The one place where a token becomes a scope; how a token looks says who is to know it."""

from __future__ import annotations

from starlette.requests import Request

from views_api.principals.api_keys import FRONT, ApiKeys
from views_api.principals.oidc import OidcTokens
from views_api.principals.sessions import Sessions, comes_from_our_page
from views_api.principals.tokens import Tokens
from views_api.problems import Unauthorized
from views_api.scope import Scope


class Bearer:
    """Those who may know a token."""

    def __init__(self, tokens: Tokens, keys: ApiKeys | None, oidc: OidcTokens | None, sessions: Sessions) -> None:
        """None: there are none of these."""
        self.keys, self.sessions = keys, sessions
        self._tokens, self._oidc = tokens, oidc

    async def scope(self, request: Request) -> Scope:
        """Raises `Unauthorized`, and `Unavailable` while whoever knows the token is away."""
        token = self.token(request)
        if found := self._tokens.scope(token):
            return found
        if self.keys and token.startswith(FRONT):
            return self.keys.scope(token)
        if self._oidc and token.count(".") == 2:
            return await self._oidc.scope(token)
        raise Unauthorized

    def token(self, request: Request) -> str:
        """Of the header `Authorization`; without one, of the cookie, which counts only for requests of our own page. Raises `Unauthorized`."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            token = self.sessions.token(request.headers.get("cookie")) if comes_from_our_page(request) else None
        else:
            scheme, _, given = authorization.partition(" ")
            token = given.strip() if scheme.lower() == "bearer" else None
        if not token:
            raise Unauthorized
        return token

    def close(self) -> None:
        if self.keys:
            self.keys.close()
