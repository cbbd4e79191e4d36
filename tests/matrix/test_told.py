"""Nothing that an answer says changes without a new revision, and without word that it is this campaign's: else a reader who asks again with the tag of before,
or who only listens, keeps what was. Cells tell it where a number changes; lists say more than numbers.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from processor.recount import Record
from schemas import keys
from tests.support.course import ALL, Counted, Course
from tests.support.generator import generate
from tests.support.poison import poison_of_every_reason
from tests.support.said import campaign, interaction, opportunity, order, task
from tests.support.values import NOW

VIEWS: Final = ("overview", "staff", "customers", "messages", "orders", "opportunities", "quiet")


def said(answer: Any) -> Any:
    """Without when it was said."""
    return {name: part for name, part in answer.json().items() if name != "stamp"}


async def is_told(counted: Counted, identity: str, record: Record) -> int:
    """How many answers about a campaign differ after an event; each that does is told of."""
    paths = {view: f"/v1/campaigns/{identity}/{view}" for view in VIEWS}
    params = {view: {} if view == "quiet" else ALL for view in VIEWS}
    before = {view: await counted.api.get(paths[view], params=params[view]) for view in VIEWS}
    out = f"{keys.prefix(counted.generation, 0)}{keys.OUT}"
    newest = await counted.client.xrevrange(out, count=1)
    await counted.take([[(0, record)]])
    words = "".join(entry["c"] for _, entry in await counted.client.xrange(out, min=f"({newest[0][0]}" if newest else "-"))
    different = 0
    for view, answer in before.items():
        tagged = await counted.api.get(paths[view], params=params[view], headers={"If-None-Match": answer.headers.get("etag", "")})
        now = await counted.api.get(paths[view], params=params[view])
        if now.status_code == answer.status_code == 200 and said(now) != said(answer):
            different += 1
            assert tagged.status_code == 200, view
            assert any(f"{keys.RECORD}default{keys.SEP}{about}" in words for about in (identity + keys.SEP, keys.SEP + "=")), view
    return different


DEAL = opportunity("op", owner_id="an")
BEFORE: Final = [
    campaign(steps=["s1"]), campaign("other", steps=["s1"]), DEAL, order(), order("linked", opportunity_id="op"), task("t", opportunity_id="op"),
    task("nowhere", campaign_id=None, opportunity_id="op"), task("elsewhere", campaign_id="other", opportunity_id="op"),
    interaction("call", "first", at="2026-03-04T10:00:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        opportunity("op", version=2, owner_id="an", customer_name="An Phát"),
        opportunity("op", version=2, owner_id="an", lost_reason="price", industry="Retail"),
        order("linked", version=2, opportunity_id="op", status="shipped"),
        order("linked", version=2, opportunity_id="op", code="DH-1"),
        task("t", version=2, opportunity_id="op", title="Call again"),
        task("t", version=2, opportunity_id="op", due_at="2026-03-20T00:00:00Z"),
        task("t", version=2),
        task("nowhere", version=2, campaign_id=None, opportunity_id="op", status="completed", completed_at="2026-03-09T00:00:00Z"),
        task("elsewhere", version=2, campaign_id="other", opportunity_id="op", title="Call again"),
        task("new", campaign_id=None, opportunity_id="op"),
        interaction("call", "second", at="2026-03-09T10:00:00Z"),
    ],
)
async def test_what_only_a_list_says_is_told(course: Course, change: Record) -> None:
    async with course.counted() as counted:
        await counted.take([[(0, record)] for record in BEFORE])

        assert await is_told(counted, "c", change) > 0


async def test_who_watches_the_campaign_to_which_an_opportunity_moved_is_told_of_its_tasks(course: Course) -> None:
    """Though the worker that counts the task has the opportunity in its cache as it was before it moved."""
    async with course.counted() as counted:
        await counted.take([[(1, record)] for record in BEFORE])
        await counted.take([[(0, opportunity("op", version=2, owner_id="an", campaign_id="other"))]])
        out = f"{keys.prefix(counted.generation, 0)}{keys.OUT}"
        newest, _ = (await counted.client.xrevrange(out, count=1))[0]
        await counted.take([[(1, task("nowhere", version=2, campaign_id=None, opportunity_id="op", title="Call again"))]])

        words = "".join(entry["c"] for _, entry in await counted.client.xrange(out, min=f"({newest}"))
        assert f"{keys.RECORD}default{keys.SEP}other{keys.SEP}" in words


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_is_told(course: Course, seed: int) -> None:
    poison = {record.value for record in poison_of_every_reason(NOW)}
    records = [record for record in generate(seed, profile="hot", events=120) if record.value not in poison]
    async with course.counted() as counted:
        assert sum([await is_told(counted, "c-0", record) for record in records]) > 20
