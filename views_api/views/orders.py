"""Which orders stand behind a number? What may be filtered, what those that pass add up to, and one order as readers see it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from msgspec import structs

from schemas.cells import Basis, Cells
from schemas.keys import SEP, View
from schemas.kpis import Totals
from schemas.lists import ListedOrder, OrderItem, OrderTotals
from schemas.rows import OrderRow
from views_api.views import figures
from views_api.views.conversion import Exchange
from views_api.views.figures import of_campaign, show
from views_api.views.stamps import instant
from views_api.views.sums import Sums

COUNTED: Final = "n"
REFUNDED: Final = "b"
"""In a counted status, but fully refunded."""
OTHER: Final = "r"
PENDING: Final = "p"

_MEASURES: Final = ("orders", "orders_rest", "revenue_gross", "refunds")
_MONEY: Final = ("revenue_gross", "refunds", "revenue_net")
_SHOWN: Final = ("orders", "orders_all", *_MONEY)
CELLS: Final[list[Cells]] = figures.cells_of(Basis.CREATED, names=_MEASURES)


class Filters(NamedTuple):
    """None: any. An empty text: only those that have none (no credited owner, no step)."""

    counted: bool | None = None
    pending: bool = False
    """Those that wait for their opportunity, and no others: they count nowhere yet."""
    status: str | None = None
    rule: int | None = None
    owner: str | None = None
    """Credited."""
    step: str | None = None

    @property
    def by_cells(self) -> bool:
        """Whether the cells know how many pass, and for how much."""
        return self._replace(rule=None) == Filters()


class Entry(NamedTuple):
    """One order in the list of its campaign."""

    day: str
    state: str
    rule: str
    owner: str
    step: str
    at: int
    id: str

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the list: newest purchase first."""
        return -self.at, self.id


def entry(day: str, parts: Sequence[str]) -> Entry:
    """An entry as it stands in the list (view j)."""
    state, rule, owner, step, at, identity = parts
    return Entry(day, state, rule, owner, step, int(at), identity)


def theirs(filters: Filters, only: str | None) -> Filters | None:
    """The filters of someone who sees the orders that are credited to nobody but one (None: to anybody). None: no order passes."""
    if only is None:
        return filters
    return filters._replace(owner=only) if filters.owner in (None, only) else None


def allowed(filters: Filters) -> list[list[str]]:
    """Values of state, rule, owner and step that pass, as they stand in the list; an empty list: any."""
    states = {None: [COUNTED, REFUNDED, OTHER], True: [COUNTED], False: [REFUNDED, OTHER]}[filters.counted]
    return [
        [PENDING] if filters.pending else states,
        [] if filters.rule is None else [str(filters.rule)],
        [] if filters.owner is None else [filters.owner],
        [] if filters.step is None else [filters.step],
    ]


def passes(row: OrderRow, filters: Filters) -> bool:
    """What the list of a campaign cannot say by itself."""
    return filters.status is None or row.status == filters.status


def added_up(found: Iterable[tuple[Entry, OrderRow]]) -> tuple[Sums, list[tuple[str, Sums]]]:
    """The cells that these orders make (view r), together and by day."""
    days: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one, row in found:
        cells = days[one.day]
        cells[f"{'n' if one.state == COUNTED else 'rest'}{SEP}{one.rule}"] += 1
        if one.state in (COUNTED, REFUNDED):
            cells[f"gross{SEP}{one.rule}{SEP}{row.currency}"] += row.gross_minor
            cells[f"refunds{SEP}{one.rule}{SEP}{row.currency}"] += row.refunds_minor
    whole: Counter[str] = Counter()
    for cells in days.values():
        whole.update(cells)
    return Sums({View.ORDERS: whole}), [(day, Sums({View.ORDERS: cells})) for day, cells in sorted(days.items())]


def totals(sums: Sums, days: Iterable[tuple[str, Sums]], exchange: Exchange) -> OrderTotals:
    """What the orders of some cells add up to, whatever the tenant calls its revenue. `days`: the money to be converted."""
    amounts = of_campaign(sums, Basis.CREATED, _MEASURES, Totals, None, days)
    shown: dict[str, Any] = show(amounts, exchange, _SHOWN)
    money = figures.by_currency(amounts, exchange.currency)
    return OrderTotals(by_currency={code: {name: found[name] for name in _MONEY} for code, found in money.items()}, **shown)


def brief(row: OrderRow) -> OrderItem:
    """An order, wherever it is shown."""
    return OrderItem(
        order_id=row.id,
        code=row.code,
        status=row.status,
        counted=row.counted,
        gross=row.gross_minor,
        refunds=row.refunds_minor,
        net=row.gross_minor - row.refunds_minor,
        currency=row.currency,
        purchased_at=instant(row.purchased_at),
    )


def item(row: OrderRow) -> ListedOrder:
    return ListedOrder(
        **structs.asdict(brief(row)),
        opportunity_id=row.opportunity_id,
        customer_id=row.customer_id,
        attribution_rule=row.rule or None,
        owner_id=row.owner_id,
        step_id=row.step_id,
    )
