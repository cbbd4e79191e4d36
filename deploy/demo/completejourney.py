"""Complete Journey, a real retailer's campaigns of 2017, in the words of the event contract.

Pure: lines in, records out. The data and its licence are in `data/` (see `data/NOTICE`).

What had to be decided:

- A campaign's status is `not_active`: the last of them ended in February 2018.
- Coupons went out as letters, a channel that the contract does not have. They are sent as `email`; a redeemed coupon is a click.
- Redeeming a coupon of a campaign is using its promo code, so the orders carry codes (attribution rule 3) and no campaign. Seven orders
  carry two: the product counts each of them once, for the campaign that started last.
- The coupons' discount is what the campaign spent. It is booked where the order counts, so that it is not spent twice.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

from deploy.demo.envelope import Record, cloud_event

ZONE: Final = "America/New_York"
CURRENCY: Final = "USD"
EVENTS: Final = 6_356
"""How many records there are of the 6,307 lines."""
_SOURCE: Final = "/demo/complete-journey"


def lines() -> list[bytes]:
    """The stream that comes with the product, in order of time."""
    packed = files("deploy.demo").joinpath("data", "completejourney.events.ndjson.gz").read_bytes()
    return gzip.decompress(packed).splitlines()


def translate(lines: Iterable[bytes | str]) -> Iterator[Record]:
    """The records of each line, in order; an order with a discount is two. A campaign comes before what belongs to it."""
    started: dict[str, str] = {}
    for line in lines:
        happened = json.loads(line, parse_float=Decimal)
        match happened["type"]:
            case "campaign.created":
                started[happened["id"]] = happened["ts"]
                yield _campaign(happened)
            case "message.sent" | "message.clicked":
                yield _message(happened)
            case "order.placed":
                yield _order(happened)
                campaigns = happened.get("campaigns", [])
                if campaigns and happened["discount"]:
                    yield _spend(happened, max(campaigns, key=lambda campaign: (started[campaign], campaign)))
            case other:
                raise ValueError(f"line {happened['seq']}: unknown type {other!r}")


def _campaign(happened: dict[str, Any]) -> Record:
    number, segment = happened["id"], happened["segment"]
    return _event(
        "campaign",
        "created",
        f"cj-{number}",
        happened,
        {
            "version": 1,
            "code": f"CJ-{number}",
            "name": f"Campaign {number} ({segment})",
            "status": "not_active",
            "participant_ids": [],
            "steps": [],
            "created_at": happened["ts"],
            "start_at": happened["ts"],
            "end_at": happened["ends"],
            "timezone": ZONE,
            "currency": CURRENCY,
            "segment": {"id": segment.lower().replace(" ", "-"), "name": segment},
            "promo_codes": [_code(number)],
        },
    )


def _message(happened: dict[str, Any]) -> Record:
    return _event(
        "message",
        happened["type"].partition(".")[2],
        happened["id"],
        happened,
        {"campaign_id": f"cj-{happened['campaign']}", "recipient_id": f"household-{happened['customer']}", "channel": "email"},
    )


def _order(happened: dict[str, Any]) -> Record:
    data = {
        "version": 1,
        "customer_id": f"household-{happened['customer']}",
        "status": "completed",
        "gross_minor": _cents(happened["value"]),
        "currency": CURRENCY,
        "purchased_at": happened["ts"],
    }
    if campaigns := happened.get("campaigns"):
        data["promo_codes"] = [_code(number) for number in campaigns]
    return _event("order", "placed", happened["id"], happened, data)


def _spend(happened: dict[str, Any], campaign: str) -> Record:
    return _event(
        "spend",
        "booked",
        f"discount-{happened['id']}",
        happened,
        {
            "version": 1,
            "campaign_id": f"cj-{campaign}",
            "amount_minor": _cents(happened["discount"]),
            "currency": CURRENCY,
            "kind": "discount",
            "spent_at": happened["ts"],
        },
    )


def _event(kind: str, verb: str, subject: str, happened: dict[str, Any], data: dict[str, Any]) -> Record:
    """The line's number makes the event's id: replayed, it is the same event again."""
    return cloud_event(kind, verb, subject, event_id=f"{happened['seq']}-{kind}", source=_SOURCE, time=happened["ts"], data=data)


def _code(campaign: str) -> str:
    return f"CJ{campaign}"


def _cents(dollars: Decimal | int) -> int:
    cents = Decimal(dollars) * 100
    assert cents == int(cents), f"{dollars} is no whole number of cents"
    return int(cents)
