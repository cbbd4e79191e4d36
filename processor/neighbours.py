"""Where the store is, and which topics are read, as the settings say it."""

from __future__ import annotations

from processor.settings import Settings
from processor.store.redis import RedisStore
from schemas.events import TOPICS


def store_of(settings: Settings) -> RedisStore:
    password = settings.redis_password.get_secret_value() if settings.redis_password else None
    return RedisStore(settings.redis, generation=settings.generation, password=password)


def kinds_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Topic, by its full name, -> the kinds that it carries."""
    return {settings.topic_prefix + topic: kinds for topic, kinds in TOPICS.items()}
