"""What is a message to the person that it went to? One of those whom the campaign reached (`recipient.py`), and perhaps an interaction (D9, `customer.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from processor.buckets import QUARTER, ZONES, day, day_of_quarter, hour, hour_of_quarter
from processor.kinds import customer, recipient
from processor.kinds.hours import day_of_hour, fields_of_hour
from processor.kinds.message_state import (
    ACTION,
    ALONE,
    BASE,
    BY_PLACE,
    CHANNELS,
    ENTRY,
    IMPLIES,
    PLACE,
    RECIPIENT,
    STAGES,
    TIMES,
    VARIANT,
    State,
)
from processor.transaction import Tx
from processor.values import Ref
from schemas.events import Event
from schemas.keys import View

_OF_PEOPLE: Final = slice(TIMES, TIMES + len(recipient.STAGES))
"""The stages of which distinct people are counted: the first ones."""
_TALKING: Final = tuple(
    tuple(TIMES + STAGES.index(stage) for stage in stages)
    for stages in (
        *(("replied",) for _ in CHANNELS),
        ("delivered", "clicked", "replied"), ("delivered", "clicked", "replied"), ("opened", "clicked", "replied"), ("clicked", "replied"),
    )
)  # fmt: skip
"""The stages that are an interaction (D9): per channel as staff initiated, then per channel by the strict definition."""
_FIRST_TALKING: Final = tuple(map(min, _TALKING))
"""The earliest place among them."""
_TALKING_VERBS: Final = tuple(frozenset(verb for verb, stages in IMPLIES.items() if {*stages} & {*talking}) for talking in _TALKING)
"""Verbs that may say so."""
QUARTER_SECONDS: Final = QUARTER // 1000


Group: TypeAlias = dict[tuple[str, str], dict[Ref, list[Event]]]
"""What a group of events is about: (tenant, campaign) -> message -> what is said about it."""


class Moment(NamedTuple):
    """Where a stage that was reached then counts."""

    by_day: dict[str, int]
    """Changes of the cells of its day."""
    by_hour: dict[str, int]
    """And of those of its hour,"""
    fields: tuple[str, ...]
    """which are called so, by the stage's place in a state."""


class Place(dict[int, Moment]):
    """The days and hours of one campaign in one zone, by quarter of an hour since 1970 UTC. Holds those that were asked for."""

    def __init__(self, tx: Tx, tenant: str, campaign: str, terms: int) -> None:
        super().__init__()
        self.tx, self.tenant, self.campaign, self.terms = tx, tenant, campaign, terms
        self._zone = ZONES[terms >> 1]
        self._days: dict[int, int] = {}

    def day(self, second: int) -> int:
        """Day number of a second."""
        found = self._days.get(second // QUARTER_SECONDS)
        if found is None:
            whole = day_of_quarter(self._zone, second // QUARTER_SECONDS)
            if whole is None:
                return day(self._zone, second * 1000)
            found = self._days[second // QUARTER_SECONDS] = whole
        return found

    def of(self, second: int) -> Moment:
        at, start, quarter = self.day(second), hour(self._zone, second * 1000), second // QUARTER_SECONDS
        cells = self.tx.cells
        found = Moment(
            cells[self.tenant, self.campaign, View.MESSAGES, at],
            cells[self.tenant, self.campaign, View.HOURS, day_of_hour(start)],
            fields_of_hour(start, BY_PLACE),
        )
        if quarter in self._days and hour_of_quarter(self._zone, quarter) is not None:
            self[quarter] = found
        return found


def named(tenant: str, campaign: str, events: Iterable[Event], state: State | None, *, may_lose: bool = False) -> list[Ref]:
    """Records of the recipients that matter to what is said about a message: of none while it stays the only one of its recipient.

    `may_lose`: it may turn out that who got it was said too late (`message_state.clip`).
    """
    known = state[RECIPIENT] if state else None
    names = []
    for event in events:
        name = event.data.recipient_id
        if name is not None and name != known:
            names.append(name)
    if known is not None and (names or may_lose or (state and not state[ALONE])):
        names.append(known)
    return [recipient.ref(tenant, campaign, name) for name in names] if names else names


def share(entity: bytes, state: State) -> recipient.Share:
    """What a message says of its recipient, by the zone that its own cells are in."""
    zone, start = ZONES[state[PLACE] >> 3], state[BASE] // 1000
    days = [None if since is None else day(zone, (start + since) * 1000) for since in state[_OF_PEOPLE]]
    while days and days[-1] is None:
        days.pop()
    return [entity, CHANNELS[state[PLACE] % 4], state[ACTION], state[VARIANT] or None, state[ENTRY], *days]


def tell(place: Place, records: recipient.Records, entity: bytes, person: str | None, state: State) -> None:
    """What a message is to its recipient, who was `person` until now."""
    now, whose = state[RECIPIENT], (place.tenant, place.campaign)
    if state[ALONE] and now == person:
        return
    if person is not None and person != now:
        records.leave(*whose, recipient.ref(*whose, person), entity)
    state[ALONE] = now is not None and records.has_only(of := recipient.ref(*whose, now), entity)
    if now is not None and not state[ALONE]:
        records.put(*whose, of, share(entity, state))


def talks_of(state: State) -> list[int]:
    """Seconds of the interactions that a message is (D9)."""
    start = state[BASE] // 1000
    return [start + since for since in _reached(state, _TALKING[state[PLACE] & 7])]


def _reached(state: State, stages: tuple[int, ...]) -> list[int]:
    """Times of those of the stages that were reached, in seconds after the first event."""
    return [state[stage] for stage in stages if stage < len(state) and state[stage] is not None]


def need_talks(tx: Tx, group: Group, terms: list[int], states: Iterable[State | None]) -> set[Ref]:
    """The messages that may be an interaction, or were one; the records of all customers with whom are at hand."""
    known, numbers = iter(states), {channel: number for number, channel in enumerate(CHANNELS)}
    wanted: list[Ref] = []
    found: set[Ref] = set()
    for (whose, messages), agreed in zip(group.items(), terms, strict=True):
        for (ref, events), state in zip(messages.items(), known, strict=False):
            way = (agreed & 1) * 4 + numbers[events[0].data.channel]
            may = _TALKING_VERBS[way]
            for event in events:
                if event.verb in may:
                    break
            else:
                if state is None or len(state) <= min(_FIRST_TALKING[way], _FIRST_TALKING[state[PLACE] & 7]):
                    continue
            found.add(ref)
            people = {event.data.recipient_id for event in events} | ({state[RECIPIENT]} if state else set())
            wanted += [customer.ref(*whose, person) for person in people if person is not None]
    tx.need(*wanted)
    return found


def tell_talks(place: Place, entity: bytes, person: str | None, talked: list[int], state: State) -> None:
    """The interactions that a message is, to its recipient, who was `person` and with whom it was others until now."""
    now, talks = state[RECIPIENT], talks_of(state)
    if talks == talked and person == now:
        return
    where = place.tx, place.tenant, place.campaign
    if person is not None and talked and person != now:
        customer.interact(*where, person, b"m" + entity, [])
    if now is not None and (talks or talked):
        customer.interact(*where, now, b"m" + entity, talks)
