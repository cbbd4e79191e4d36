"""A sales team's two years of opportunities and tasks, in the words of the event contract.

Opportunities of no campaign are in one named `(none)`, and so are the tasks, which name none. The answers are also given by other dimensions than the
campaign: for each of those the opportunities are told once more, to a tenant of its own, where its values are the campaigns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from processor.recount import Record
from tests.golden.counting import records_of
from tests.support.world import envelope

WHOLE: Final = "whole"
"""A tenant, and its only campaign. Its revenue is that of the opportunities won."""
CUTS: Final = {"by_campaign": "campaign", "by_industry": "industry"}
"""Tenant -> what its campaigns stand for."""
NONE: Final = "(none)"
_STEPS: Final = ("1-Qualify", "2-Develop", "3-Propose", "4-Close")


def translate(happened: Iterable[dict[str, Any]]) -> list[Record]:
    lines = list(happened)
    events = [envelope("tenant", WHOLE, tenant=WHOLE, revenue_basis="won_amount"), *_opportunities(lines, WHOLE, None)]
    for tenant, field in CUTS.items():
        events += _opportunities(lines, tenant, field)
    return records_of([*events, *_tasks(lines)])


def _opportunities(lines: list[dict[str, Any]], tenant: str, field: str | None) -> Iterator[dict[str, Any]]:
    images: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line["type"] == "opportunity.created":
            campaign = WHOLE if field is None else line[field] or NONE
            if all(image["campaign_id"] != campaign for image in images.values()):
                steps = [{"id": name, "name": name, "position": number} for number, name in enumerate(_STEPS)]
                yield envelope("campaign", campaign, tenant=tenant, at=line["ts"], steps=steps, currency="USD")
            images[line["id"]] = {
                "campaign_id": campaign,
                "customer_id": line["account"],
                "industry": line["industry"],
                "owner_id": line["owner"],
                "step_id": line["stage"],
                "status": "open",
                "probability": round(100 * line["probability"]),
                "amount_minor": round(100 * line["value"]),
                "currency": "USD",
                "approach_method": line.get("method"),
                "created_at": line["ts"],
            }
            yield envelope("opportunity", line["id"], tenant=tenant, at=line["ts"], **images[line["id"]])
        elif line["type"] in ("opportunity.won", "opportunity.lost"):
            closed = images[line["id"]] | {"status": line["type"].partition(".")[2], "version": 2}
            yield envelope("opportunity", line["id"], tenant=tenant, at=line["ts"], **closed)


def _tasks(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    created = {line["id"]: line["ts"] for line in lines if line["type"] == "task.created"}
    for line in lines:
        if line["type"] in ("task.created", "task.completed"):
            done = line["type"] == "task.completed"
            yield envelope(
                "task",
                line["id"],
                tenant="by_campaign",
                at=line["ts"],
                version=1 + done,
                campaign_id=line["campaign"] or NONE,
                assignee_id=line["owner"],
                status="completed" if done else "open",
                created_at=created[line["id"]],
                completed_at=line["ts"] if done else None,
            )
