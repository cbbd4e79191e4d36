"""What is kept of a message, and on which day it counts, are the same in whatever order and groups its events come."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from processor.kinds import message_state
from processor.kinds.recipient import only
from processor.store.memory import MemoryStore
from schemas import keys
from schemas.events import STAGES, Event, Tombstone
from tests.support.world import Worker, an

CARRIED = ("action_id", "variant", "cost_minor", "recipient_id", "entry_id", "failure_code", "suppressed_reason")


def kept(store: MemoryStore) -> dict[str | int, Any]:
    """What the one message of a store keeps, with times as instants: which event came first does not show."""
    (raw,) = (value for (key, _), value in store.values.items() if key.startswith("i\x1fmessage"))
    state = msgspec.msgpack.decode(raw)
    base, at = state[message_state.BASE], state[message_state.CARRIED_AT] or [0] * message_state.CARRIED_AT
    carried = {part.start: (base + at[part.start], state[part]) for part in message_state.VALUES if state[part.start] is not None}
    stages = {
        name: base // 1000 + seconds
        for name, seconds in zip(message_state.STAGES, state[message_state.TIMES :], strict=False)
        if seconds is not None
    }
    return {message_state.PLACE: state[message_state.PLACE]} | carried | stages


def cells(store: MemoryStore) -> dict[tuple[str, str], int]:
    """(day, field) -> count of all cells of messages."""
    return {(keys.iso(day), field): count for (_, _, view, day, field), count in store.cells.items() if view == "m"}


def drawn(rng: random.Random, subject: str = "m-1") -> list[Event | Tombstone]:
    """Some events of one message, close together in time and not of one mind about what they carry."""
    events = []
    for _ in range(rng.randint(1, 5)):
        said: dict[str, Any] = {name: rng.choice("ab") for name in CARRIED if rng.random() < 0.4}
        if "cost_minor" in said:
            said |= {"cost_minor": rng.randint(1, 2), "cost_currency": rng.choice(("EUR", "USD", None))}
        at = f"2026-03-02T23:59:{rng.randint(57, 59)}.{rng.choice((0, 5))}00Z" if rng.random() < 0.7 else "2026-03-03T00:00:01Z"
        events.append(an("message", subject, verb=rng.choice(STAGES), at=at, machine_open=rng.random() < 0.2, **said))
    return events


async def counted(events: list[Event | Tombstone], rng: random.Random) -> MemoryStore:
    store = MemoryStore()
    worker = await Worker.on(store)
    rest = events
    while rest:
        size = rng.randint(1, len(rest))
        await worker.commit(*rest[:size])
        rest = rest[size:]
    return store


@pytest.mark.parametrize("seed", range(400))
async def test_any_order_and_any_groups_keep_the_same_of_a_message_and_count_the_same(seed: int) -> None:
    rng = random.Random(seed)
    events = drawn(rng)
    straight = await counted(events, rng)
    shuffled = await counted(rng.sample([*events, rng.choice(events)], len(events) + 1), rng)

    assert kept(shuffled) == kept(straight)
    assert cells(shuffled) == cells(straight)


@pytest.mark.parametrize("seed", range(100))
async def test_a_message_says_that_it_is_alone_exactly_where_its_recipients_record_knows_no_other(seed: int) -> None:
    rng = random.Random(seed)
    events = [event for number in range(rng.randint(1, 4)) for event in drawn(rng, f"m-{number}")]
    rng.shuffle(events)

    values = (await counted(events, rng)).values

    alone = {
        field for (key, field), raw in values.items() if key.startswith("i\x1fmessage") and message_state.decode(raw)[message_state.ALONE]
    }
    assert alone == {only(raw) for (key, _), raw in values.items() if key.startswith("i\x1frecipient")} - {None}


async def test_of_two_costs_the_earlier_one_is_kept_with_its_own_currency() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(
        an("message", "m-1", verb="sent", at="2026-03-02T12:00:00Z", cost_minor=12, cost_currency="USD", recipient_id="cu-1")
    )
    await worker.commit(an("message", "m-1", verb="delivered", at="2026-03-02T11:00:00Z", cost_minor=3))

    assert kept(store)[message_state.COST] == (1_772_449_200_000, [3, None])
    assert kept(store)[message_state.RECIPIENT] == (1_772_452_800_000, ["cu-1"])


async def test_where_the_date_changed_inside_a_quarter_of_an_hour_each_second_has_its_own_day() -> None:
    """Monrovia was 44 minutes and 30 seconds behind until 1972."""
    store = MemoryStore()
    worker = await Worker.on(store)
    await worker.commit(
        an("campaign", "c-1", timezone="Africa/Monrovia"),
        an("message", "m-1", verb="targeted", at="1970-01-01T00:44:29Z"),
        an("message", "m-2", verb="targeted", at="1970-01-01T00:44:30Z"),
    )

    assert cells(store) == {("1969-12-31", "targeted\x1femail\x1f\x1f"): 1, ("1970-01-01", "targeted\x1femail\x1f\x1f"): 1}


async def test_a_message_that_reaches_stage_after_stage_takes_little_room() -> None:
    store = MemoryStore()
    worker = await Worker.on(store)
    said = {"recipient_id": "customer-00000001", "action_id": "action-email", "variant": "a", "entry_id": "0123456789abcdef"}
    for second, verb in enumerate(("targeted", "sent", "delivered")):
        await worker.commit(an("message", "m-1", verb=verb, at=f"2026-03-02T12:00:0{second}Z", cost_minor=12, cost_currency="USD", **said))

    (size,) = (len(value) for (key, _), value in store.values.items() if key.startswith("i\x1fmessage"))

    assert size <= sum(len(text) + 2 for text in (*said.values(), "USD")) + 24
