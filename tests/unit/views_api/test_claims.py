"""Who is first in the audit has the next version, for all processes alike."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas.updates import Audit
from tests.support.commands import MemoryLog
from tests.unit.views_api.conftest import NOON
from views_api.commands.claims import HELD_MS, Claims, Told, Version
from views_api.commands.commands import Command, Commands
from views_api.problems import Clash, Outdated
from views_api.scope import Right, Scope
from views_api.settings import Settings

SECOND = Version("acme", "campaign", "c", 2)


def told(event: str, at: int = 0, version: int = 2, subject: str = "c", tenant: str = "acme") -> Told:
    audit = Audit(
        at="",
        principal="an",
        staff=None,
        tenant=tenant,
        action="campaign.updated",
        subject=subject,
        version=version,
        event=event,
        request="",
    )
    return Told(at, msgspec.json.encode(audit))


def holder(*records: Told, gave_up: str = "") -> set[str]:
    claims = Claims()
    claims.give_up(gave_up)
    claims.hear(records)
    return {event for event in ("a", "b", "c") if claims.holds(SECOND, event)}


CASES: dict[str, tuple[list[Told], set[str]]] = {
    "the first": ([told("a"), told("b")], {"a"}),
    "the first, asked again": ([told("a"), told("b"), told("a")], {"a"}),
    "the first while it holds": ([told("a"), told("b", HELD_MS)], {"a"}),
    "the next when it no longer does": ([told("a"), told("b", HELD_MS + 1)], {"b"}),
    "not who came while it held": ([told("a"), told("b", HELD_MS), told("c", HELD_MS + 1)], {"c"}),
    "each its own version": ([told("b", version=3), told("a")], {"a"}),
    "each its own thing": ([told("b", subject="d"), told("b", tenant="emca"), told("a")], {"a"}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_version_is_for_one_event(case: str) -> None:
    records, whose = CASES[case]

    assert holder(*records) == whose


def test_hearing_the_same_again_changes_nothing() -> None:
    claims = Claims()
    for _ in range(2):
        claims.hear([told("a"), told("b")])

    assert (claims.holds(SECOND, "a"), claims.holds(SECOND, "b")) == (True, False)


def test_a_process_that_does_not_know_whether_it_wrote_lets_the_next_one_in() -> None:
    assert holder(told("a"), told("b"), gave_up="a") == {"b"}


def a_command(subject: str, expected: int | None, key: str, **data: Any) -> Command:
    scope = Scope("an", "default", frozenset(Right), None)
    said = {
        "name": "x",
        "status": "active",
        "participant_ids": [],
        "steps": [],
        "promo_codes": [],
        "created_at": "2026-01-01T00:00:00Z",
        **data,
    }
    return Command(scope, "campaign", "updated", subject, expected, lambda _: said, "r", key)


@pytest.mark.usefixtures("numbers")  # so that the store is a built one
async def test_of_two_processes_the_second_writes_nothing(settings: Settings) -> None:
    log = MemoryLog()
    stores = [settings.store(None) for _ in range(2)]
    one, other = (Commands(store, log, lambda: NOON) for store in stores)
    await one.do(a_command("c", None, "k", name="first"))
    with pytest.raises(Clash):
        await other.do(a_command("c", None, "l", name="second"))
    again = await other.do(a_command("c", None, "k", name="first"))
    await one.do(a_command("c", 1, "m", name="third"))
    other._written.clear()  # as if it had been counted, and read there before the first wrote
    with pytest.raises((Outdated, Clash)):
        await other.do(a_command("c", None, "n", name="fourth"))
    for store in stores:
        await store.close()

    assert again.version == 1
    assert [event["data"]["name"] for event in log.events("campaigns")] == ["first", "first", "third"]
    assert len({event["id"] for event in log.events("campaigns")}) == 2
