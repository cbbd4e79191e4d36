"""What the launcher can say of a worker that dies at the same record again and again: where it stands."""

from __future__ import annotations

import redis
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import positions
from schemas import keys
from tests.support.servers import Broker


async def test_only_partitions_with_unread_records_are_named_with_where_they_stand_and_end(
    broker: Broker, redis_url: str, topic_prefix: str
) -> None:
    topic = f"{topic_prefix}orders"
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 3, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=broker.address) as producer:
        for partition, records in ((0, 2), (1, 5)):
            for _ in range(records):
                await producer.send_and_wait(topic, b"{}", partition=partition)
    with redis.Redis.from_url(redis_url) as store:
        meta = keys.prefix("g1", 0) + keys.META
        store.hset(meta, mapping={f"x:{topic}-0": 2, f"x:{topic}-1": 3, f"x:{topic}-2": 0, f"w:{topic}-1": "worker-1", "version": "1"})

    assert positions.stored(redis_url) == {f"{topic}-0": 2, f"{topic}-1": 3, f"{topic}-2": 0}
    assert await positions.behind(broker.address, redis_url) == {f"{topic}-1": (3, 5)}


def test_a_store_that_is_away_has_no_positions() -> None:
    assert positions.stored("redis://127.0.0.1:1/0") == {}
