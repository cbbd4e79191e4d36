"""Server-sent events, from a real server over a real store."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from schemas.durations import DAY
from schemas.keys import NEVER
from tests.support.cells import Numbers, a_campaign, an_order
from tests.support.streams import PATIENCE_S, Event, first, listening, shown
from tests.unit.views_api.conftest import NOON, TOKEN, Clock
from views_api.live.patches import patch
from views_api.routes import stream as route
from views_api.stored.outbox import LOOK_BACK, Outbox


async def nobody_listens(client: httpx.AsyncClient) -> None:
    while "kpi_api_streams 0.0" not in (await client.get("/metrics")).text:  # noqa: ASYNC110  # the other process has no event for us
        await asyncio.sleep(0.05)


@pytest.fixture(name="filled")
def _filled(numbers: Numbers) -> Numbers:
    numbers.campaign(a_campaign())
    numbers.campaign(a_campaign("other"))
    numbers.cells("o", "2026-11-03", {"n|o|r|s1": 1})
    numbers.changed()
    return numbers


def add(numbers: Numbers, campaign: str = "c") -> str:
    return numbers.changes("o", "2026-11-03", {"n|o|r|s1": 1}, campaign)


async def test_a_stream_begins_with_the_answer_of_its_route(address: str, filled: Numbers) -> None:
    async with listening(address) as stream, httpx.AsyncClient(base_url=address) as client:
        event = await first(stream, "snapshot", "stale", "reset")
        answer = (await client.get("/v1/campaigns/c/overview", headers={"Authorization": f"Bearer {TOKEN}"})).json()

    assert (event.name, event.id) == ("snapshot", answer["stamp"]["revision"])
    assert event.data == {"view": "overview", **answer}


async def test_a_change_is_shown_within_a_second_and_those_of_others_are_not(address: str, filled: Numbers) -> None:
    async with listening(address) as stream:
        await shown(stream)
        await asyncio.sleep(1.1)  # so that nothing holds the next frame back
        add(filled, "other")
        revision, changed = add(filled), time.monotonic()
        event = await shown(stream)

    assert (event.view["totals"]["opportunities"], event.id) == (2, revision)
    assert event.at - changed < 1


async def test_what_makes_all_campaigns_read_differently_is_shown_on_the_stream_of_each(address: str, filled: Numbers) -> None:
    filled.campaign(a_campaign(currency="VND"))
    filled.cells("r", "2026-11-03", {"n|1": 1, "gross|1|USD": 100})
    async with listening(address) as stream:
        before = await shown(stream)
        filled.changed("")  # another campaign's cells among the tenant's own: no matter of this one
        filled.rates("USD", "VND", {"2026-11-01": "25000"})
        revision = filled.changed("", differs_from="2026-11-01")
        event = await shown(stream)

    assert (before.view["unconverted"], event.view["unconverted"], event.id) == (True, False, revision)


async def test_a_new_name_of_somebody_is_shown_on_the_stream_of_each_campaign(address: str, filled: Numbers) -> None:
    filled.staff(an="An")
    filled.cells("s", "2026-11-03", {"n|an|o|s1": 1})
    async with listening(address, "/v1/campaigns/c/stream?views=staff") as stream:
        before = await shown(stream)
        filled.staff(an="Ân")
        filled.changed("", differs_from=NEVER)
        event = await shown(stream)

    assert [each.view["items"][0]["staff_name"] for each in (before, event)] == ["An", "Ân"]


async def test_after_the_first_answer_a_change_says_only_what_is_different(address: str, filled: Numbers) -> None:
    async with listening(address) as stream, httpx.AsyncClient(base_url=address) as client:
        begun = await shown(stream)
        revision = add(filled)
        event = await shown(stream)
        answer = (await client.get("/v1/campaigns/c/overview", headers={"Authorization": f"Bearer {TOKEN}"})).json()

    assert (begun.name, event.name, event.id) == ("snapshot", "patch", revision)
    assert (event.data["view"], event.data["from"], event.data["to"]) == ("overview", begun.id, revision)
    assert {"op": "replace", "path": "/totals/opportunities", "value": 2} in event.data["patch"]
    assert event.view == {"view": "overview", **answer}


async def test_what_is_different_is_worked_out_once_for_all_who_watch(
    address: str, filled: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out: list[bytes] = []

    def counted(before: bytes, after: bytes) -> bytes:
        worked_out.append(after)
        return patch(before, after)

    monkeypatch.setattr("views_api.live.mailbox.patch", counted)
    async with AsyncExitStack() as streams:
        readers = [await streams.enter_async_context(listening(address)) for _ in range(3)]
        for reader in readers:
            await shown(reader)
        add(filled)
        seen = [await shown(reader) for reader in readers]

    assert [event.name for event in seen] == ["patch"] * 3
    assert len(worked_out) == 1


async def test_who_comes_later_is_first_sent_all_and_then_as_the_others(address: str, filled: Numbers) -> None:
    async with listening(address) as early:
        await shown(early)
        add(filled)
        await shown(early)
        async with listening(address) as late:
            names = [(await shown(late)).name]
            add(filled)
            names += [(await shown(late)).name, (await shown(early)).name]

    assert names == ["snapshot", "patch", "patch"]


async def test_many_changes_are_shown_at_most_once_a_second_and_the_last_is_shown(address: str, filled: Numbers) -> None:
    async with listening(address) as stream:
        seen = [await shown(stream)]
        for _ in range(30):
            add(filled)
            await asyncio.sleep(0.05)
        while seen[-1].view["totals"]["opportunities"] < 31:
            seen.append(await shown(stream))

    assert len(seen) - 1 <= seen[-1].at - seen[0].at + 1


async def test_a_heartbeat_says_that_the_numbers_stand_and_has_no_id(address: str, filled: Numbers, clock: Clock) -> None:
    async with listening(address) as stream:
        await shown(stream)
        filled.fresh(NOON + 3000)
        clock.now = NOON + 4000
        event = await first(stream, "heartbeat", "stale")
        while event.data["stamp"]["as_of"] != "2026-11-24T05:00:03Z":
            event = await first(stream, "heartbeat", "stale")

    assert (event.name, event.id) == ("heartbeat", None)
    assert [event.data["stamp"][name] for name in ("lag_ms", "state", "timezone", "currency")] == [1000, "live", "Asia/Ho_Chi_Minh", "VND"]


async def test_numbers_that_fall_behind_are_told_to_be_stale_at_once_and_live_again(address: str, filled: Numbers, clock: Clock) -> None:
    async with listening(address) as stream:
        await shown(stream)
        clock.now = NOON + 11_000
        delayed = await first(stream, "stale")
        clock.now = NOON + 121_000
        stale = await first(stream, "stale")
        filled.fresh(NOON + 121_000)
        live = await first(stream, "heartbeat")

    assert [event.data["stamp"]["state"] for event in (delayed, stale, live)] == ["delayed", "stale", "live"]


async def test_a_stream_survives_a_store_that_goes_away(address: str, filled: Numbers, kpi_store: Any) -> None:
    async with listening(address) as stream:
        await shown(stream)
        kpi_store.stop()
        stale = await first(stream, "stale")
        kpi_store.start()
        filled.redis.flushall()
        filled.fresh(NOON)
        filled.campaign(a_campaign())
        filled.cells("o", "2026-11-03", {"n|o|r|s1": 7})
        filled.changed()
        event = await shown(stream)
        while event.view["totals"]["opportunities"] != 7:
            event = await shown(stream)

    assert stale.data["stamp"]["revision"]


async def test_a_store_that_was_emptied_resets_the_stream(address: str, filled: Numbers) -> None:
    async with listening(address) as stream:
        await shown(stream)
        filled.redis.delete("g1:{b00}:out")

        event = await first(stream, "reset")

    assert event.data == {"reason": "rebuilt"}


async def test_a_store_that_is_built_anew_ends_no_stream(address: str, filled: Numbers) -> None:
    async with listening(address) as stream:
        await shown(stream)
        filled.redis.flushall()
        reset = await first(stream, "reset")
        for _ in range(2):  # it is asked in between whether the reader may still see it
            await first(stream, "stale", "reset")
        filled.campaign(a_campaign())
        filled.cells("o", "2026-11-03", {"n|o|r|s1": 3})
        filled.fresh(NOON)
        filled.changed()
        event = await first(stream, "snapshot", "reset")

    assert (reset.data, event.name) == ({"reason": "rebuilt"}, "snapshot")
    assert event.view["totals"]["opportunities"] == 3


def now_is_when(revision: str, clock: Clock, numbers: Numbers) -> None:
    """The store's clock is the machine's."""
    clock.now = int(revision.partition("-")[0])
    numbers.fresh(clock.now)


async def test_who_resumes_is_not_sent_again_what_has_not_changed(address: str, filled: Numbers, clock: Clock) -> None:
    revision = filled.changed()
    now_is_when(revision, clock, filled)
    filled.changed("other")
    async with listening(address, **{"Last-Event-ID": revision}) as stream:
        event = await first(stream, "snapshot", "heartbeat", "reset")
        changed = add(filled)
        later = await first(stream, "snapshot", "reset")

    assert (event.name, later.name) == ("heartbeat", "snapshot")  # how it reads to whoever resumes is not known
    assert (later.id, later.view["totals"]["opportunities"]) == (changed, 2)


async def test_who_resumes_on_another_day_is_sent_what_today_is(address: str, filled: Numbers, clock: Clock) -> None:
    """Nothing was counted overnight, so the id is still the newest."""
    path, revision = "/v1/campaigns/c/stream?period=today", filled.changed()
    now_is_when(revision, clock, filled)
    async with listening(address, path) as stream:
        before = await shown(stream)
    clock.now += DAY
    filled.fresh(clock.now)
    async with listening(address, path, **{"Last-Event-ID": revision}) as stream:
        after = await first(stream, "snapshot", "heartbeat")

    assert (after.name, before.id, after.id) == ("snapshot", revision, revision)
    assert after.view["period"]["from"] > before.view["period"]["from"]


async def test_who_resumes_is_sent_what_has_changed_meanwhile(address: str, filled: Numbers) -> None:
    before = filled.changed("other")
    changed = add(filled)
    async with listening(address, **{"Last-Event-ID": before}) as stream:
        event = await first(stream, "snapshot", "heartbeat", "reset")

    assert (event.name, event.id) == ("snapshot", changed)


async def test_who_resumes_while_another_reader_of_the_same_leaves_is_shown_what_changes(
    address: str, filled: Numbers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that comes back is often there before its old connection is known to be gone."""
    asked, answered = asyncio.Event(), asyncio.Event()
    since = Outbox.since

    async def slowly(self: Outbox, revision: str, most: int = LOOK_BACK) -> Any:
        found = await since(self, revision, most)
        asked.set()
        await answered.wait()
        return found

    async def resumed(last: str | None) -> Event:
        async with listening(address, **{"Last-Event-ID": last or ""}) as stream:
            return await first(stream, "snapshot", "patch")

    now_is_when(filled.changed(), clock, filled)
    async with AsyncExitStack() as streams:
        old = await streams.enter_async_context(listening(address))
        begun = await shown(old)
        monkeypatch.setattr(Outbox, "since", slowly)
        back = asyncio.create_task(resumed(begun.id))
        await asked.wait()
        await streams.aclose()
        async with httpx.AsyncClient(base_url=address) as client:
            while "kpi_api_streams 1.0" not in (await client.get("/metrics")).text:  # noqa: ASYNC110  # the server tells it by this number alone
                await asyncio.sleep(0.05)
        answered.set()
        await asyncio.sleep(0.2)
        changed = add(filled)
        event = await asyncio.wait_for(back, 5)

    assert (event.id, event.view["totals"]["opportunities"]) == (changed, 2)


@pytest.mark.parametrize("unknown", ["1-1", "99999999999999-0", "nonsense", "1", "1-", "-", "1-1-1", "9" * 40 + "-0"])
async def test_who_resumes_from_what_nobody_knows_is_reset_and_sent_all(address: str, filled: Numbers, unknown: str) -> None:
    async with listening(address, **{"Last-Event-ID": unknown}) as stream:
        reset = await first(stream, "snapshot", "reset", "heartbeat")
        event = await shown(stream)

    assert (reset.name, reset.data) == ("reset", {"reason": "gap"})
    assert event.view["totals"]["opportunities"] == 1


async def test_the_head_of_a_stream_ends_at_once(address: str, filled: Numbers) -> None:
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE_S) as client:
        head = await client.head("/v1/campaigns/c/stream")
        after = await client.get("/v1/kpis")  # over the same connection

    assert (head.status_code, head.headers["content-type"], after.status_code) == (200, "text/event-stream; charset=utf-8", 200)


async def test_several_views_come_over_one_stream(address: str, filled: Numbers) -> None:
    async with listening(address, "/v1/campaigns/c/stream?views=staff,overview,customers&period=week") as stream:
        seen = {(await shown(stream)).view["view"] for _ in range(3)}

    assert seen == {"staff", "overview", "customers"}


async def test_who_resumes_several_views_is_sent_those_that_may_lack_what_led_to_the_last_event(address: str, filled: Numbers) -> None:
    changed, both = add(filled), "/v1/campaigns/c/stream?views=staff,overview"
    async with listening(address, both) as stream:
        await shown(stream)  # of one it knows; it may have broken before the other one came
        await first(stream, "heartbeat")  # from here on nothing but a change has a view worked out again
    async with listening(address, both, **{"Last-Event-ID": changed}) as stream:
        seen = {(event := await shown(stream)).view["view"]: event.id for _ in range(2)}

    assert seen == {"staff": changed, "overview": changed}


async def test_who_resumes_several_views_is_not_sent_again_what_has_not_changed_for_long(
    address: str, filled: Numbers, clock: Clock
) -> None:
    outbox: Any = filled.redis.xrange("g1:{b00}:out")
    ((_, said),) = outbox
    filled.redis.delete("g1:{b00}:out")
    filled.redis.xadd("g1:{b00}:out", said, id=f"{time.time_ns() // 10**6 - 600_000}-0")
    other = filled.changed("other")
    now_is_when(other, clock, filled)
    async with listening(address, "/v1/campaigns/c/stream?views=staff,overview", **{"Last-Event-ID": other}) as stream:
        event = await first(stream, "snapshot", "heartbeat", "reset")

    assert event.name == "heartbeat"


async def test_targets_are_streamed_and_a_new_one_is_shown(address: str, filled: Numbers) -> None:
    async with listening(address, "/v1/campaigns/c/stream?views=targets") as stream:
        before = await shown(stream)
        filled.target("t", measure="opportunities", campaign_id="c", from_day="2026-11-01", to_day="2026-11-30", value=2)
        filled.changed()
        event = await shown(stream)

    assert (before.view["items"], [item["actual"] for item in event.view["items"]]) == ([], [1])


async def test_the_list_of_campaigns_is_streamed_too(address: str, filled: Numbers) -> None:
    async with listening(address, "/v1/stream?period=month") as stream:
        begin = await shown(stream)
        filled.campaign(a_campaign("new"))
        filled.changed("new")
        event = await shown(stream)

    assert (begin.view["totals"]["campaigns"], event.view["totals"]["campaigns"]) == (2, 3)


async def test_the_totals_over_all_campaigns_are_streamed_too(address: str, filled: Numbers) -> None:
    async with listening(address, "/v1/stream?views=campaigns,overview") as stream:
        begun = {(await shown(stream)).view["view"] for _ in range(2)}
        add(filled)
        seen: dict[str, Any] = {}
        while seen.get("overview", {}).get("totals", {}).get("opportunities") != 2:
            seen = {(event := await shown(stream)).view["view"]: event.view}

    assert begun == {"campaigns", "overview"}


async def test_messages_orders_and_who_is_ahead_are_streamed_too(address: str, filled: Numbers) -> None:
    async with listening(address, "/v1/campaigns/c/stream?views=messages,orders,leaderboard") as stream:
        begun = {(await shown(stream)).view["view"] for _ in range(3)}
        filled.listed_order(an_order("1"), "2026-11-24")
        filled.changed()
        seen = dict[str, Any]()
        while not (seen.get("orders") and seen.get("messages")):
            event = await shown(stream)
            seen[event.view["view"]] = event.view.get("items") or event.view.get("recent_orders")

    assert begun == {"messages", "orders", "leaderboard"}
    assert [item["order_id"] for item in (*seen["orders"], *seen["messages"])] == ["1", "1"]


async def test_a_campaign_that_is_deleted_ends_its_stream(address: str, filled: Numbers) -> None:
    async with listening(address) as stream:
        await shown(stream)
        filled.campaign(a_campaign(deleted=True))
        filled.changed()
        event = await first(stream, "reset")
        rest = [each async for each in stream]

    assert (event.data, rest) == ({"reason": "absent"}, [])


async def test_a_stream_of_which_it_cannot_be_told_whether_it_may_go_on_ends(
    address: str, filled: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault there would else be the last time that it was asked, and the stream would go on for whoever lost their rights."""
    monkeypatch.setattr(route, "ASK_AGAIN_S", 0.1)
    async with listening(address) as stream:
        await shown(stream)

        async def fails(_: object) -> bool:
            raise ZeroDivisionError

        monkeypatch.setattr(route.EventStream, "_may_go_on", fails)
        async with asyncio.timeout(PATIENCE_S):
            assert [each.name async for each in stream if each.name not in ("heartbeat", "stale")] == []


async def test_at_midnight_today_is_another_day(address: str, filled: Numbers, clock: Clock) -> None:
    async with listening(address, "/v1/campaigns/c/stream?period=today") as stream:
        before = await shown(stream)
        clock.now = NOON + 12 * 3_600_000
        after = await shown(stream)

    assert (before.view["period"]["from"], after.view["period"]["from"]) == ("2026-11-24", "2026-11-25")


async def test_a_view_that_is_none_is_refused(address: str, filled: Numbers) -> None:
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        unknown = await client.get("/v1/campaigns/c/stream?views=overview,luck")
        period = await client.get("/v1/campaigns/c/stream?period=week&at=9999-12-31")
        absent = await client.get("/v1/campaigns/nope/stream")
        no_list = await client.get("/v1/campaigns/c/stream?views=orders&basis=as_of")
        of_all = await client.get("/v1/stream?views=staff")

    assert [(error["parameter"], error["allowed"]) for error in unknown.json()["errors"]] == [
        ("views", ["overview", "staff", "customers", "messages", "targets", "orders", "leaderboard"])
    ]
    assert (unknown.status_code, period.status_code, absent.status_code, no_list.status_code, of_all.status_code) == (
        422,
        422,
        404,
        422,
        422,
    )


async def test_more_streams_than_allowed_are_asked_to_come_back_and_places_are_given_back(address: str, filled: Numbers) -> None:
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        async with listening(address) as one, listening(address) as two, listening(address) as three:
            for stream in (one, two, three):
                await shown(stream)
            refused = await client.get("/v1/campaigns/c/stream")
        async with asyncio.timeout(PATIENCE_S):
            await nobody_listens(client)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")


async def test_a_reader_who_never_reads_is_let_go(address: str, filled: Numbers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("views_api.routes.stream.SEND_TIMEOUT_S", 0.2)
    filled.campaign(a_campaign(participant_ids=[f"person {n}" for n in range(3000)]))
    where = urlsplit(address)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((where.hostname, where.port))
        deaf.sendall(f"GET /v1/campaigns/c/stream?views=staff HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        async with httpx.AsyncClient(base_url=address) as client, asyncio.timeout(PATIENCE_S):
            while "kpi_api_streams_dropped_total 1.0" not in (await client.get("/metrics")).text:
                add(filled)
                await asyncio.sleep(0.1)
            await nobody_listens(client)
        with pytest.raises(ConnectionResetError):  # what was not read is not kept for them
            all(iter(partial(deaf.recv, 2**16), b""))
