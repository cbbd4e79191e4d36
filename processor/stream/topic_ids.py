"""Which topic is it that bears this name? Kafka gives each a number of its own (KIP-516), so one that was deleted and created again is told apart from the one before.

aiokafka asks for metadata in a version from before that (at most 5), so here is the one in which it was added, by aiokafka's own means of saying what a message looks like.
"""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from typing import Any, Final

from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

_METADATA: Final = 3
_VERSION: Final = 10
_NONE: Final = bytes(16)


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]  # upstream has no types
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)


_TEXT: Final = CompactString("utf-8")
_NUMBERS: Final = CompactArray(Int32)


class _Response(Response):  # type: ignore[misc]
    API_KEY = _METADATA
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), ("tags", TaggedFields))),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _NUMBERS),
                        ("isr", _NUMBERS),
                        ("offline_replicas", _NUMBERS),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _Struct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = _METADATA
    API_VERSION = _VERSION
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _TEXT), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Asked(Request[_Struct]):  # type: ignore[misc]
    API_KEY = _METADATA

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Struct]) -> _Struct:
        return request_struct_class([(_NONE, topic, {}) for topic in self._topics], False, False, False, {})


async def topic_ids(client: Any, topics: Collection[str]) -> dict[str, str]:
    """Topic -> its number, in hexadecimal digits. Those that the brokers do not name just now are left out; all of them where brokers are older than 2.8. Raises aiokafka's errors."""
    node = client.get_random_node()
    try:
        reply = await client.send(node, _Asked(topics))
    except (IncompatibleBrokerVersion, NotImplementedError):  # what aiokafka says of a version that a broker does not have
        return {}
    return {name: number.hex() for _, name, number, *_ in reply.topics if number != _NONE}
