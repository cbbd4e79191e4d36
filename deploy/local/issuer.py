"""Who says who somebody is, on this machine? An issuer of our own: a key pair in `.local/issuer/`, whose tokens the local API accepts beside the one that sees all.

For trying out what others see: `python -m deploy.local token an --rights view,money`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from typing import Final

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from deploy.local import addresses
from deploy.local.places import LOCAL
from deploy.local.secret import write_secret
from views_api.scope import Right

NAME: Final = "urn:campaign-kpis:local"
AUDIENCE: Final = "campaign-kpis"
_PAIR: Final = "key.json"
_PUBLIC: Final = "keys.json"


def settings() -> dict[str, str]:
    """What the API is to be told, so that it knows our tokens, keeps API keys, and sessions of browsers outlive it; what the user's environment says goes first."""
    found = {"KPI_KEYS": str(LOCAL / "api-keys.db"), "KPI_SESSION_KEY": addresses.token()}
    if not any(name.startswith("KPI_OIDC_") for name in os.environ):
        _key()
        found |= {"KPI_OIDC_ISSUER": NAME, "KPI_OIDC_AUDIENCE": AUDIENCE, "KPI_OIDC_KEYS": str(LOCAL / "issuer" / _PUBLIC)}
    return {name: value for name, value in found.items() if name not in os.environ}


def token(staff: str, rights: Iterable[Right], *, tenant: str, hours: float) -> str:
    """A token for a member of staff, for so many hours from now."""
    now = int(time.time())
    scope = " ".join(f"kpi:{right}" for right in sorted(rights))
    claims = {"iss": NAME, "aud": AUDIENCE, "sub": staff, "tenantid": tenant, "scope": scope, "iat": now, "exp": now + round(hours * 3600)}
    key = _key()
    return jwt.encode({"alg": "ES256", "kid": str(key.kid)}, claims, key, algorithms=["ES256"])


def _key() -> ECKey:
    """Drawn once per checkout; the file of the public half lies beside it."""
    folder = LOCAL / "issuer"
    secret = folder / _PAIR
    if not secret.exists():
        folder.mkdir(parents=True, exist_ok=True)
        drawn = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
        write_secret(secret, json.dumps(drawn.as_dict(private=True)))
    key = ECKey.import_key(json.loads(secret.read_text()))
    (folder / _PUBLIC).write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    return key
