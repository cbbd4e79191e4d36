"""Who does the issuer say they are? A signed token (RFC 9068 or alike), checked against one issuer, one audience and the algorithms of the settings.

Nothing in a token chooses how it is checked: its key id is only looked up among the keys that the issuer has, its algorithm must be one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, TypeGuard

from joserfc import jws, jwt
from joserfc.errors import JoseError

from schemas.events.fields import NO_CONTROL_CHARACTERS
from schemas.keys import SEP
from views_api.principals.issuer_keys import IssuerKeys
from views_api.problems import Unauthorized
from views_api.scope import Right, Scope

LEEWAY_S: Final = 60
"""By which the issuer's clock and ours may differ."""
_BYTES: Final = 8 * 1024
_TYPES: Final = {"", "jwt", "at+jwt", "application/at+jwt"}
_NO_CONTROL: Final = re.compile(NO_CONTROL_CHARACTERS)
_MARK: Final = "kpi:"
"""Front of our rights among those of others."""


class Issuer(NamedTuple):
    """What the settings say."""

    name: str
    """`iss`, exactly."""
    audience: str
    algorithms: Sequence[str]
    tenant: str | None
    """Of all its tokens; None: each names its own, in `tenantid`."""
    rights: str
    """The claim in which rights stand, as text with blanks between or as a list: `kpi:view kpi:money …`."""


class OidcTokens:
    def __init__(self, issuer: Issuer, keys: IssuerKeys, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970 UTC, now."""
        self._issuer, self._keys = issuer, keys
        # What other software writes into headers beside the standard's is none of our business, unless it says that it is (`crit`).
        self._headers = jws.JWSRegistry(algorithms=list(issuer.algorithms), strict_check_header=False)
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: clock() // 1000,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer.name},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def scope(self, token: str) -> Scope:
        """Raises `Unauthorized`, and `Unavailable` while it is not known which keys the issuer has."""
        if len(token) > _BYTES:
            raise Unauthorized
        key = await self._keys.of(self._key_id(token))
        try:
            found = jwt.decode(token, key, registry=self._headers)
            self._claims.validate(found.claims)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise Unauthorized from error
        return self._scope(found.claims)

    def _key_id(self, token: str) -> str:
        """Not verified yet; but a token that could not be right is refused before anybody is asked for its key."""
        try:
            header = jws.extract_compact(token.encode(), registry=self._headers).headers()
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise Unauthorized from error
        identity, kind = header.get("kid"), header.get("typ", "")
        if not isinstance(identity, str) or header.get("alg") not in self._issuer.algorithms:
            raise Unauthorized
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise Unauthorized
        return identity

    def _scope(self, claims: dict[str, Any]) -> Scope:
        tenant = claims.get("tenantid") if self._issuer.tenant is None else self._issuer.tenant
        staff, named = claims["sub"], claims.get(self._issuer.rights, ())
        if not _is_id(tenant) or not _is_id(staff):
            raise Unauthorized
        words = named.split() if isinstance(named, str) else named if isinstance(named, list) else ()
        rights = frozenset(right for right in Right if _MARK + right in words)
        return Scope(SEP.join(("sub", tenant, staff)), tenant, rights, staff)


def _is_id(value: Any) -> TypeGuard[str]:
    """As the contract of the events has it: then it cannot be taken for another one in any key."""
    return isinstance(value, str) and 1 <= len(value) <= 128 and _NO_CONTROL.fullmatch(value) is not None
