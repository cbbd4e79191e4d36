"""The table of kinds: what an event does, what a tombstone does, what a mark asks for. The engine knows this table and no kind.

To add a kind: a file here with `observe(tx, event)`, and a line in each table that concerns it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from processor.kinds import (
    campaign,
    index,
    interaction,
    listed,
    message,
    message_retention,
    opportunity,
    order,
    retention,
    spend,
    task,
    tenant,
    touch,
    touch_retention,
)
from processor.kinds.accounts.account import Account
from processor.kinds.accounts.customer import Customers
from processor.kinds.accounts.message import Messages
from processor.kinds.accounts.opportunity import Opportunities
from processor.kinds.accounts.order import Orders
from processor.kinds.accounts.recipient import Recipients
from processor.kinds.accounts.spend import Spendings
from processor.kinds.accounts.task import Tasks
from processor.transaction import Tx
from schemas import keys
from schemas.events import Tombstone
from schemas.keys import SEP

OBSERVE: Final[tuple[tuple[str, Callable[[Iterable[Any]], Any] | None, Callable[[Tx, Any], None]], ...]] = (
    ("tenant", None, tenant.observe),
    ("campaign", None, campaign.observe),
    ("opportunity", opportunity.sorted_out, opportunity.observe),
    ("interaction", None, interaction.observe),
    ("spend", None, spend.observe),
    ("staff", None, listed.observe),
    ("target", None, listed.observe),
    ("rate", None, listed.observe),
    ("order", order.sorted_out, order.observe),
    ("task", task.sorted_out, task.observe),
    ("message", message.sorted_out, message.observe),
    ("message", touch.seen, touch.observe),
)
"""(kind, how all events of a group are sorted out before any plan, what they do); where none are sorted out, what each version does. In the order of who rests on
whom, so that within a group what others rest on goes first."""

FORGET: Final[dict[str, Callable[[Tx, Tombstone], None]]] = {
    "campaign": campaign.forget,
    "interaction": interaction.forget,
    "spend": spend.forget,
}
"""Kind -> what a tombstone does, where it is not sorted out with the versions."""


def _order(tx: Tx, mark: bytes) -> None:
    tenant, entity = _body(mark)
    order.decide(tx, tenant, entity)
    tx.unmark(mark)


def _orders_of_opportunity(tx: Tx, mark: bytes) -> None:
    tenant, entity = _body(mark)
    order.decide_orders_of(tx, tenant, entity)
    tx.unmark(mark)


def _interaction(tx: Tx, mark: bytes) -> None:
    interaction.decide(tx, *_body(mark))
    tx.unmark(mark)


def _interactions_of_opportunity(tx: Tx, mark: bytes) -> None:
    interaction.decide_those_of(tx, *_body(mark))
    tx.unmark(mark)


def _talks_of_campaign(tx: Tx, tenant: str, _: str, campaign: bytes) -> None:
    for who in (index.TASKS, index.MESSAGES):
        index.sweep(tx, tenant, who, campaign.decode())


def _orders_of_customer(tx: Tx, mark: bytes) -> None:
    tenant, entity = _body(mark)
    order.decide_orders_touched(tx, tenant, entity)
    tx.unmark(mark)


def _body(mark: bytes) -> tuple[str, bytes]:
    tenant, _, entity = mark[1:].partition(SEP.encode())
    return tenant.decode(), entity


SETTLE: Final[dict[str, tuple[Callable[[Tx, bytes], None], int]]] = {
    "r": (_order, 1),
    "o": (_orders_of_opportunity, 8),
    "i": (_interaction, 1),
    "j": (_interactions_of_opportunity, 8),
    index.INTERACTIONS: (index.step(lambda tx, tenant, _, entity: interaction.decide(tx, tenant, entity)), index.STEP),
    index.CAMPAIGNS_OF_TALKS: (index.step(_talks_of_campaign), index.STEP),
    "k": (_orders_of_customer, 8),
    index.CAMPAIGNS: (index.step(lambda tx, tenant, _, entity: campaign.decide(tx, tenant, entity.decode())), index.STEP),
    index.CAMPAIGNS_OF_ORDERS: (
        index.step(lambda tx, tenant, _, entity: index.sweep(tx, tenant, index.ORDERS, entity.decode())),
        index.STEP,
    ),
    index.CAMPAIGNS_OF_OPPORTUNITIES: (
        index.step(lambda tx, tenant, _, entity: index.sweep(tx, tenant, index.OPPORTUNITIES, entity.decode())),
        index.STEP,
    ),
    index.OPPORTUNITIES: (index.step(lambda tx, tenant, _, entity: opportunity.decide(tx, tenant, entity)), index.STEP),
    index.ORDERS: (index.step(lambda tx, tenant, _, entity: order.decide(tx, tenant, entity)), index.STEP),
    index.TASKS: (index.step(lambda tx, tenant, _, entity: task.decide(tx, tenant, entity)), index.STEP),
    index.SPENT: (index.step(lambda tx, tenant, _, entity: spend.decide(tx, tenant, entity)), index.STEP),
    index.MESSAGES: (index.step(message.decide), index.STEP),
    keys.PASSED.decode(): (task.become_overdue, index.STEP),
    index.CODE_ORDERS: (index.step(lambda tx, tenant, _, entity: order.decide(tx, tenant, entity)), index.STEP),
    index.TOUCHED: (index.step(lambda tx, tenant, _, entity: order.decide(tx, tenant, entity)), index.STEP),
}
"""First letter of a mark -> (what it asks for, about how many decisions that is). Each takes its mark away in the same plan."""


def _remove(tx: Tx, tenant: str, campaign: str) -> int:
    return message_retention.remove(tx, tenant, campaign) if campaign else touch_retention.remove(tx, tenant)


REMOVE: Final[Callable[[Tx, str, str], int]] = _remove
"""`(tx, tenant, campaign)`: removes some of what is no longer kept of a campaign, or where that is empty of the tenant; how many, `REMOVED_AT_ONCE` if there may
be more."""
REMOVED_AT_ONCE: Final = retention.STEP

_ACCOUNTS = (Opportunities(), Customers(), Orders(), Tasks(), Messages(), Recipients(), Spendings())
EXPLAIN: Final[dict[str, Account]] = {account.kind: account for account in _ACCOUNTS}
"""Kind -> how it accounts for what it counts."""
