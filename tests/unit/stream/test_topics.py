"""Which topics are created, refused or doubted."""

from __future__ import annotations

from processor.stream.topics import doubtful, missing, unfit


def test_dead_letter_topics_have_as_many_partitions_as_their_source() -> None:
    new = missing(["orders", "tasks"], {"orders": 12}, partitions=8, replication=3)

    assert [(topic.name, topic.num_partitions, topic.replication_factor) for topic in new] == [
        ("tasks", 8, 3),
        ("orders.dlq", 12, 3),
        ("tasks.dlq", 8, 3),
    ]


def test_nothing_is_created_where_all_is_there() -> None:
    assert missing(["orders"], {"orders": 1, "orders.dlq": 1}, partitions=8, replication=1) == []


def test_a_compacted_topic_is_unfit_even_if_it_also_deletes() -> None:
    assert unfit("orders", {"cleanup.policy": "delete"}) is None
    assert "compacted" in str(unfit("orders", {"cleanup.policy": "compact,delete"}))


def test_the_producers_clocks_and_a_topic_that_forgets_are_worth_a_word() -> None:
    assert list(doubtful("orders", {"message.timestamp.type": "LogAppendTime", "retention.ms": "-1"})) == []
    first, second = doubtful("orders", {"message.timestamp.type": "CreateTime", "retention.ms": str(7 * 86_400_000)})
    assert "producers' timestamps" in first
    assert "forgets after 7 days" in second
