"""What each program may do in the store (`deploy/valkey/users.acl`). That they can do what they need is seen everywhere else: the tests of both run as these users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from redis.exceptions import NoPermissionError

from processor.recount.stored import Stored
from processor.store.port import Refused
from processor.store.redis import RedisStore
from tests.support.servers import Store

KEY, FOREIGN = "g1:{b00}:c", "another program's"
WRITES = [("HSET", KEY, "a", "1"), ("HDEL", KEY, "a"), ("DEL", KEY), ("SET", KEY, "1"), ("XADD", KEY, "*", "a", "1"), ("EXPIRE", KEY, "1"), ("RENAME", KEY, "b")]  # fmt: skip
DANGEROUS = [
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("CONFIG", "GET", "*"),
    ("KEYS", "*"),
    ("ACL", "LIST"),
    ("SHUTDOWN",),
    ("SWAPDB", "0", "1"),
]
WRITING_SCRIPT = "return redis.call('HSET', KEYS[1], 'a', '1')"


@pytest.fixture(name="as_user")
def _as_user(kpi_store: Store, request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(kpi_store.url_of(request.param)) as client:
        yield client


@pytest.mark.parametrize("as_user", ["api", "updates"], indirect=True)
@pytest.mark.parametrize(
    "command", [*WRITES, ("EVAL", WRITING_SCRIPT, "1", KEY), ("EVALSHA", "0" * 40, "1", KEY), ("SCRIPT", "LOAD", "return 1")]
)
def test_who_reads_cannot_write(as_user: Any, command: tuple[str, ...]) -> None:
    with pytest.raises(NoPermissionError):
        as_user.execute_command(*command)


@pytest.mark.parametrize("as_user", ["api", "updates"], indirect=True)
def test_a_script_of_who_reads_cannot_write_either(as_user: Any) -> None:
    with pytest.raises(redis.ResponseError):
        as_user.execute_command("EVAL_RO", WRITING_SCRIPT, "1", KEY)


@pytest.mark.parametrize("as_user", ["api", "updates", "worker"], indirect=True)
@pytest.mark.parametrize("command", DANGEROUS)
def test_nobody_runs_the_store(as_user: Any, command: tuple[str, ...]) -> None:
    with pytest.raises(NoPermissionError):
        as_user.execute_command(*command)


@pytest.mark.parametrize("as_user", ["api", "updates", "worker"], indirect=True)
def test_what_is_of_other_programs_is_neither_read_nor_written(as_user: Any) -> None:
    with pytest.raises(NoPermissionError):
        as_user.hget(FOREIGN, "a")
    with pytest.raises(NoPermissionError):
        as_user.hset(FOREIGN, "a", "1")


def test_what_the_three_of_them_need_is_all_that_anybody_may(kpi_store: Store) -> None:
    """The user that needs no password can only ask whether the store is there."""
    with redis.Redis.from_url(kpi_store.url) as client:
        client.execute_command("ACL", "SETUSER", "nobody", "reset", "on", "nopass", "-@all", "+ping")
    with redis.Redis.from_url(kpi_store.url.replace("://", "://nobody:any@")) as client:
        assert client.ping()
        with pytest.raises(NoPermissionError):
            client.hgetall(KEY)


@pytest.mark.parametrize("command", ["RPUSH", "XADD", "ZREM", "UNLINK"])
async def test_a_user_who_may_not_run_all_that_scripts_run_is_refused_before_anything_is_written(kpi_store: Store, command: str) -> None:
    """Rules that were written for the version before, for instance. A script would be stopped in the middle of what it writes."""
    store = RedisStore(kpi_store.url_of("worker"))
    with redis.Redis.from_url(kpi_store.url) as server:
        server.execute_command("ACL", "SETUSER", "worker", f"-{command}")
        try:
            with pytest.raises(Refused, match=f"may not run {command}:"):
                await store.check()
        finally:
            server.execute_command("ACL", "SETUSER", "worker", f"+{command}")

    await store.check()
    await store.close()


async def test_a_user_who_may_not_ask_is_told_so_in_a_sentence(kpi_store: Store) -> None:
    store = RedisStore(kpi_store.url_of("api"))  # of another program: it may not load scripts

    with pytest.raises(Refused, match="refuses what is needed"):
        await store.check()
    with pytest.raises(Refused, match="refuses what is needed"):
        await store.marks(1)

    await store.close()


async def test_a_recount_reads_as_the_user_of_the_updates(kpi_store: Store) -> None:
    worker = RedisStore(kpi_store.url_of("worker"))
    await worker.check()
    await worker.close()

    with redis.Redis.from_url(kpi_store.url_of("updates")) as client:
        assert Stored(client, "g1").read().cells == {}
        assert Stored(client, "g1").behind({"orders-0": 1}) == ["orders-0 is at 0 of 1"]
