"""What is set from outside, and whether it makes sense."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from limits import parse
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, UrlConstraints, model_validator
from pydantic_core import Url, from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from schemas.brokers import BrokerSettings
from views_api.metrics import Metrics
from views_api.stored.store import Store

RedisUrl = Annotated[Url, UrlConstraints(allowed_schemes=["redis", "rediss", "unix"])]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]

_THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")


def _trustworthy(place: str) -> str:
    """Keys that came over the network in clear could be anybody's."""
    url = urlsplit(place)
    if url.scheme in ("", "https") or (url.scheme == "http" and url.hostname in _THIS_MACHINE):
        return place
    raise ValueError("a file, an https:// address, or an http:// address of this machine")


def _from_json(given: object) -> object:
    """Read here, because what pydantic-settings cannot read itself is told alone, and as an error of the program."""
    if not isinstance(given, str):
        return given
    try:
        return from_json(given)
    except ValueError:
        raise ValueError("this is no JSON") from None  # the reason would quote a secret


def _a_rate(text: str) -> str:
    parse(text)
    return text


class StoreSettings(BaseSettings):
    """Where the numbers are. Environment variables `KPI_…`; the defaults go with the local set-up."""

    model_config = SettingsConfigDict(env_prefix="KPI_", frozen=True, use_attribute_docstrings=True)

    redis: RedisUrl = Url("redis://127.0.0.1:6379/0")
    """The store; `rediss://` for TLS. A replica is enough."""
    redis_password: SecretStr | None = None
    """Of the store, if it is not in the URL."""
    generation: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,16}$")] = "g1"
    """Front of every key: which build of the numbers is read."""
    kept_mib: Annotated[int, Field(ge=1)] = 64
    """Up to how much of what was read last one process keeps, in MiB: of that, only days that have changed are read again. A page that is being looked at takes 1 to 10."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    def store(self, metrics: Metrics | None = None) -> Store:
        """`metrics`: those that are shown."""
        password = self.redis_password.get_secret_value() if self.redis_password else None
        return Store(str(self.redis), password, self.generation, self.kept_mib * 2**20, metrics)


class UpdatesSettings(BrokerSettings, StoreSettings):
    """Of `python -m views_api updates`."""

    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """For `/healthz`, `/readyz`, `/metrics`; 0 = off."""


class Settings(BrokerSettings, StoreSettings):
    """Of the API. Kafka is needed for commands alone."""

    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """0: a free one."""
    token: SecretStr | None = None
    """Bearer token that sees everything of the tenant `default`."""
    tokens: Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_from_json)] = {}
    """The same for other tenants, as JSON: {"tenant": "token"}."""
    keys: Path | None = None
    """File of the API keys, made if it is not there; without it there are none. For processes on one machine."""
    oidc_issuer: str | None = None
    """`iss` of the tokens that are accepted, exactly. Needs the next two."""
    oidc_audience: str | None = None
    """What `aud` must be or contain."""
    oidc_keys: Annotated[str, AfterValidator(_trustworthy)] | None = None
    """Address (https) or file of the issuer's JSON Web Key Set."""
    oidc_algorithms: Annotated[tuple[Algorithm, ...], NoDecode, BeforeValidator(_from_json), Field(min_length=1)] = ("RS256", "ES256")
    """As JSON. Whatever a token says, no other is used."""
    oidc_tenant: str | None = None
    """Tenant of everybody whom the issuer knows; without it each token names one, in its claim `tenantid`."""
    oidc_rights: str = "scope"
    """Claim with the rights, as text with blanks between or as a list: kpi:view, kpi:view_all, kpi:money, kpi:write, kpi:export, kpi:alert_admin, kpi:admin."""
    streams: Annotated[int, Field(ge=1)] = 1000
    """How many live streams one process serves at a time."""
    streams_each: Annotated[int, Field(ge=1)] = 5
    """How many of them one principal may have."""
    rate: Annotated[str, AfterValidator(_a_rate)] = "60000/minute"
    """How often one principal may ask one process; about what it can answer, so that nobody alone can keep all others out for long."""
    rate_unknown: Annotated[str, AfterValidator(_a_rate)] = "6000/minute"
    """How often one address may ask without showing who asks; then it is told to come back later. Whoever shows a good token is not kept out by others at their address."""
    session_key: SecretStr | None = None
    """With what the cookies of browsers are encrypted, the same for all processes of the API; without it sessions end with their process."""
    explain: Annotated[Url, UrlConstraints(allowed_schemes=["http", "https"])] | None = None
    """Where `python -m processor explain --serve` is reached; without it no number is explained."""
    explain_secret: SecretStr | None = None
    """What is shown there, if it asks for one."""
    drain: timedelta = timedelta(seconds=5)
    """How long requests may still run after SIGTERM."""

    @model_validator(mode="after")
    def _someone_may_read(self) -> Self:
        if not (self.tenants() or self.keys or self.oidc_issuer):
            raise ValueError("set KPI_TOKEN (or KPI_TOKENS, KPI_KEYS, KPI_OIDC_ISSUER): nobody could read anything")
        if len({found is None for found in (self.oidc_issuer, self.oidc_audience, self.oidc_keys)}) > 1:
            raise ValueError("KPI_OIDC_ISSUER, KPI_OIDC_AUDIENCE, KPI_OIDC_KEYS: all of them, or none")
        if len(self.tenants()) < len(self.tokens) + (self.token is not None):
            raise ValueError("KPI_TOKEN, KPI_TOKENS: each tenant needs a token of its own, and none may be empty")
        return self

    def warnings(self) -> list[str]:
        """What is allowed, and should not be meant."""
        if self.tenants() and self.api_host not in _THIS_MACHINE:
            return [
                "KPI_TOKEN (or KPI_TOKENS) sees everything, and others than this machine are listened to: let people in by OIDC, programs by API keys"
            ]
        return []

    def tenants(self) -> dict[str, str]:
        """Token -> tenant."""
        given = ({"default": self.token} if self.token else {}) | self.tokens
        return {token.get_secret_value(): tenant for tenant, token in given.items() if token.get_secret_value()}
