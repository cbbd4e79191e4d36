"""Everything that can be set from outside: environment variables `KPI_…`, read once in `__main__`, all errors at once."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from schemas.brokers import BrokerSettings


class Settings(BrokerSettings):
    """The processor's settings. Defaults fit the local set-up."""

    model_config = SettingsConfigDict(env_prefix="KPI_", frozen=True, extra="ignore", validate_default=True, hide_input_in_errors=True)

    partitions: int = Field(8, ge=1, le=10_000)
    """Of each topic that is created because it is missing."""
    group: str = Field("campaign-kpis", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    """Kafka consumer group. Another one beside it must have another generation too."""
    instance: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]{1,200}$")
    """Name of this process in the group (`group.instance.id`): restarted under the same name within 6 s it gets the same partitions back at
    once. Absent: a member without a name."""
    fetch_max_wait_ms: int = Field(16, ge=1, le=20)
    """How long a broker gathers records before it answers. Higher is cheaper, and that much later."""
    group_records: int = Field(4_000, ge=1, le=20_000)
    """Records that are committed in one call at most. Higher is cheaper, and holds up the store's readers longer."""

    redis: str = Field("redis://127.0.0.1:6379/0", pattern=r"^(rediss?|unix)://.+")
    """`rediss://` for TLS."""
    redis_password: SecretStr | None = None
    """Instead of one in the URL."""
    generation: str = Field("g1", pattern=r"^[A-Za-z0-9_-]{1,32}$")
    """Of the stored numbers. A new one rebuilds everything from Kafka beside the old."""

    explain_host: str = "127.0.0.1"
    """Where `python -m processor explain --serve` listens, for the API. Elsewhere than on this machine only with a secret."""
    explain_port: int = Field(8010, ge=0, le=65_535)
    explain_secret: SecretStr | None = Field(None, min_length=16)
    """What the API has to show there: the same is set for it."""

    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(0, ge=0, le=65_535)
    """For `/healthz`, `/readyz`, `/metrics`; 0 = off."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _is_explained_to_nobody_else(self) -> Self:
        if self.explain_host not in ("127.0.0.1", "::1", "localhost") and self.explain_secret is None:
            raise ValueError("KPI_EXPLAIN_HOST: others than this machine are listened to, so KPI_EXPLAIN_SECRET is needed")
        return self


class Unusable(Exception):
    """The settings cannot be used; one line per reason."""


def read() -> Settings:
    """From the environment; raises `Unusable` with every error in it."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "KPI_" + str(problem["loc"][0]).upper() if problem["loc"] else ""
            lines.append(f"{name}: {problem['msg'].removeprefix('Value error, ')}".removeprefix(": "))
        raise Unusable("\n".join(lines)) from error
