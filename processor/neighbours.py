"""Where store and brokers are, and which topics are read, as the settings say it."""

from __future__ import annotations

from processor.settings import Settings
from processor.store.redis import RedisStore
from processor.stream.connection import Connection
from schemas.events import TOPICS


def store_of(settings: Settings) -> RedisStore:
    password = settings.redis_password.get_secret_value() if settings.redis_password else None
    return RedisStore(settings.redis, generation=settings.generation, password=password)


def connection_of(settings: Settings) -> Connection:
    return Connection(
        settings.kafka,
        settings.kafka_security_protocol,
        settings.kafka_sasl_mechanism,
        settings.kafka_sasl_username,
        settings.kafka_sasl_password.get_secret_value() if settings.kafka_sasl_password else None,
        settings.kafka_ca_file,
    )


def kinds_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Topic, by its full name, -> the kinds that it carries."""
    return {settings.topic_prefix + topic: kinds for topic, kinds in TOPICS.items()}
