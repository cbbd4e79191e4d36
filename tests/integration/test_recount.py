"""`python -m processor.recount` against the whole product: it sees equality, a wrong cell, and a store that does not keep up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from processor.recount.__main__ import DIFFERENT, EQUAL, NOT_SETTLED, UNREACHABLE, arguments, compare, run
from processor.recount.ledger import Cell
from processor.recount.stored import Stored
from tests.support.generator import generate
from tests.support.sending import send
from tests.support.servers import Broker, Product, until

SEP = "\x1f"


def test_the_product_counts_what_the_recount_counts_and_a_wrong_cell_is_found(
    product: Callable[..., Product], broker: Broker, redis_url: str, topic_prefix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    running = product(KPI_PARTITIONS="2")
    where = ["--kafka", broker.address, "--redis", redis_url, "--topic-prefix", topic_prefix]
    running.start_worker()
    asyncio.run(send(broker.address, topic_prefix, generate(11, profile="sparse", partitions=2)))

    assert asyncio.run(compare(arguments([*where, "--once-settled"]))) == EQUAL

    with redis.Redis.from_url(redis_url, decode_responses=True) as store:
        key = next(key for key in store.scan_iter(match=f"*c{SEP}*{SEP}t{SEP}*"))
        field = next(iter(store.hgetall(key)))
        store.hincrby(key, field, 1)
    _, tenant, campaign, view, day = key.split(SEP)
    capsys.readouterr()

    assert asyncio.run(compare(arguments([*where, "--once-settled"]))) == DIFFERENT
    shown = capsys.readouterr().out
    assert f"{tenant} / {campaign} / {view} / {day} / {field.replace(SEP, ' | ')}: stored" in shown
    assert "+1 task" in shown

    running.stop("worker-1")
    asyncio.run(send(broker.address, topic_prefix, generate(12, events=10, partitions=2)))

    assert asyncio.run(compare(arguments([*where, "--once-settled", "--timeout", "0.5"]))) == NOT_SETTLED
    assert "not settled after 0.5 s" in capsys.readouterr().out


def test_what_is_counted_while_it_is_read_is_not_called_wrong(
    product: Callable[..., Product],
    broker: Broker,
    redis_url: str,
    topic_prefix: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product(KPI_PARTITIONS="2").start_worker()
    where = ["--kafka", broker.address, "--redis", redis_url, "--topic-prefix", topic_prefix]
    asyncio.run(send(broker.address, topic_prefix, generate(11, profile="sparse", partitions=2)))
    assert asyncio.run(compare(arguments([*where, "--once-settled"]))) == EQUAL
    read, seeds = Stored.cells, iter(range(12, 99))

    def cells(stored: Stored) -> dict[Cell, int]:
        """More comes, and is counted, just before the cells are read."""
        before = read(stored)
        with ThreadPoolExecutor(max_workers=1) as thread:
            news = generate(next(seeds), events=40, partitions=2)
            thread.submit(asyncio.run, send(broker.address, topic_prefix, news)).result()
        until(lambda: read(stored) != before, "more to be counted")
        return read(stored)

    monkeypatch.setattr(Stored, "cells", cells)

    assert asyncio.run(compare(arguments(where))) == EQUAL
    assert "changed while they were read" in capsys.readouterr().out

    with redis.Redis.from_url(redis_url, decode_responses=True) as store:
        store.hincrby(next(store.scan_iter(match=f"*c{SEP}*{SEP}t{SEP}*")), "nobody knows", 1)

    assert asyncio.run(compare(arguments(where))) == DIFFERENT
    assert "nobody knows: stored 1, recounted 0" in capsys.readouterr().out


def test_who_cannot_be_reached_is_told_in_a_sentence_without_the_password(
    broker: Broker, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "127.0.0.1:1"

    assert run(arguments(["--kafka", broker.address, "--redis", f"redis://:secret@{nowhere}/0"])) == UNREACHABLE
    store = capsys.readouterr().err
    assert run(arguments(["--kafka", nowhere, "--redis", redis_url])) == UNREACHABLE
    kafka = capsys.readouterr().err

    assert (store.count("\n"), kafka.count("\n")) == (1, 1)
    assert f"the store at {nowhere}/0" in store
    assert "secret" not in store
    assert f"Kafka at {nowhere}" in kafka
