"""Everything that can be set from outside: environment variables `KPI_…`, read once in `__main__`, all errors at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:,\[\]]+):\d{1,5}")
_TOPIC = re.compile(r"[A-Za-z0-9._-]*")


class Settings(BaseSettings):
    """The processor's settings. Defaults fit the local set-up."""

    model_config = SettingsConfigDict(env_prefix="KPI_", frozen=True, extra="ignore", validate_default=True, hide_input_in_errors=True)

    kafka: str = "127.0.0.1:9092"
    """Bootstrap servers, `host:port`, comma-separated."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    """PEM file of the authority that signed the brokers' certificates; absent: the system's."""
    topic_prefix: str = Field("", max_length=180)
    """In front of every topic name."""
    partitions: int = Field(8, ge=1, le=10_000)
    """Of each topic that is created because it is missing."""
    replication: int = Field(1, ge=1, le=32)
    """Of each topic that is created because it is missing."""
    group: str = Field("campaign-kpis", pattern=r"^[A-Za-z0-9._-]{1,200}$")
    """Kafka consumer group. Another one beside it must have another generation too."""
    instance: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]{1,200}$")
    """Name of this process in the group (`group.instance.id`): restarted under the same name within 6 s it gets the same partitions back at
    once. Absent: a member without a name."""
    fetch_max_wait_ms: int = Field(10, ge=1, le=20)
    """How long a broker gathers records before it answers. Higher is cheaper, and that much later."""
    group_records: int = Field(4_000, ge=1, le=20_000)
    """Records that are committed in one call at most. Higher is cheaper, and holds up the store's readers longer."""

    redis: str = Field("redis://127.0.0.1:6379/0", pattern=r"^(rediss?|unix)://.+")
    """`rediss://` for TLS."""
    redis_password: SecretStr | None = None
    """Instead of one in the URL."""
    generation: str = Field("g1", pattern=r"^[A-Za-z0-9_-]{1,32}$")
    """Of the stored numbers. A new one rebuilds everything from Kafka beside the old."""

    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(0, ge=0, le=65_535)
    """For `/healthz`, `/readyz`, `/metrics`; 0 = off."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("kafka")
    @classmethod
    def _addresses(cls, value: str) -> str:
        servers = [server.strip() for server in value.split(",") if server.strip()]
        bad = [server for server in servers if not _ADDRESS.fullmatch(server)]
        if bad or not servers:
            raise ValueError(f"is a list of host:port, comma-separated; {', '.join(bad) or 'nothing'} is not")
        return ",".join(servers)

    @field_validator("topic_prefix")
    @classmethod
    def _prefix(cls, value: str) -> str:
        if not _TOPIC.fullmatch(value):
            raise ValueError("may hold letters, digits, '.', '_' and '-'")
        return value

    @field_validator("kafka_ca_file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"{value} is not a file")
        return value

    @field_validator("kafka_sasl_username", "kafka_sasl_password")
    @classmethod
    def _sasl(cls, value: object, info: ValidationInfo) -> object:
        protocol = str(info.data.get("kafka_security_protocol"))
        if protocol.startswith("SASL") and value is None:
            raise ValueError(f"is needed with KPI_KAFKA_SECURITY_PROTOCOL={protocol}")
        return value


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
