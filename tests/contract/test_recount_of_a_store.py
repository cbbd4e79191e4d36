"""What the recount reads of a store beside its cells: how far event time has come, and whether the cells stand for the ends of the topics."""

from __future__ import annotations

import pytest
import redis

from processor.recount.stored import Stored


@pytest.fixture(name="client")
def _client(redis_url: str) -> redis.Redis:
    return redis.Redis.from_url(redis_url)


@pytest.mark.parametrize(
    ("by_bucket", "watermark"),
    [([], None), ([{}], None), ([{"watermark": 7}], 7), ([{"watermark": 9}, {"watermark": 7}], 7), ([{"watermark": 9}, {}], None)],
)
def test_event_time_has_come_as_far_as_in_the_last_bucket(
    client: redis.Redis, by_bucket: list[dict[str, int]], watermark: int | None
) -> None:
    for number, fields in enumerate(by_bucket):
        client.hset(f"g1:{{b{number:02d}}}:meta", "version", 1)
        for name, value in fields.items():
            client.hset(f"g1:{{b{number:02d}}}:meta", name, value)
    client.hset("g2:{b00}:meta", mapping={"watermark": 1})

    assert Stored(client, "g1").watermark() == watermark


def test_it_is_behind_while_a_partition_is_at_another_position_or_something_is_to_be_decided_again(client: redis.Redis) -> None:
    stored = Stored(client, "g1")
    assert stored.behind({"orders-0": 5}) == ["the store holds nothing"]

    client.hset("g1:{b00}:meta", mapping={"x:orders-0": 4})
    assert stored.behind({"orders-0": 5, "tasks-0": 0}) == ["orders-0 is at 4 of 5"]

    client.hset("g1:{b00}:meta", "x:orders-0", 5)
    assert stored.behind({"orders-0": 5}) == []

    client.sadd("g1:{b00}:dirty", "a mark")
    assert stored.behind({"orders-0": 5}) == ["1 to be decided again"]
