"""How are the brokers reached? The settings that both programs share, and what each client of Kafka wants to be told."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_ADDRESS: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:,\[\]]+):\d{1,5}")
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]*")


class Connection(NamedTuple):
    servers: str
    """`host:port`, comma-separated."""
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """For the consumer, the producer and the admin client."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.servers.split(","),
            "security_protocol": self.security_protocol,
            "client_id": "campaign-kpis",
        }
        if self.security_protocol.endswith("SSL"):
            arguments["ssl_context"] = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
        if self.security_protocol.startswith("SASL"):
            arguments |= {"sasl_mechanism": self.sasl_mechanism, "sasl_plain_username": self.username, "sasl_plain_password": self.password}
        return arguments


class BrokerSettings(BaseSettings):
    """Where Kafka is. To be inherited by the settings of a program."""

    model_config = SettingsConfigDict(env_prefix="KPI_", frozen=True)

    kafka: str = Field("127.0.0.1:9092", validate_default=True)
    """Bootstrap servers, `host:port`, comma-separated."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = Field(None, validate_default=True)
    kafka_sasl_password: SecretStr | None = Field(None, validate_default=True)
    kafka_ca_file: Path | None = None
    """PEM file of the authority that signed the brokers' certificates; absent: the system's."""
    topic_prefix: str = Field("", max_length=180)
    """In front of every topic name."""
    replication: int = Field(1, ge=1, le=32)
    """Of each topic that is created because it is missing."""

    def connection(self) -> Connection:
        return Connection(
            self.kafka,
            self.kafka_security_protocol,
            self.kafka_sasl_mechanism,
            self.kafka_sasl_username,
            self.kafka_sasl_password.get_secret_value() if self.kafka_sasl_password else None,
            self.kafka_ca_file,
        )

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
