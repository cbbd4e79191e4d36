"""What do other services read of what the API writes? Topic `audit`, and topic `kpi-updates`: the newest totals of each campaign and day, compacted, in one partition.

An update is a CloudEvent in binary mode; without a value it says that there is nothing on that day any more. Its key names tenant, campaign and day.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from schemas.answers import Figures, Money

TOPIC: Final = "kpi-updates"
AUDIT: Final = "audit"
COUNTED: Final = "campaign-day.counted"
GONE: Final = "campaign-day.gone"
REVISION: Final = "ce_revision"
THROUGH: Final = "ce_through"
HEADERS: Final = {
    "ce_specversion": "1.0",
    "ce_id": "Unique: a record that was written twice has the same one.",
    "ce_source": "`/campaign-kpis/<generation>`: which build of the numbers.",
    "ce_type": f"`{COUNTED}`, or `{GONE}` without a value.",
    "ce_subject": "The campaign.",
    "ce_tenantid": "The tenant.",
    REVISION: "The state of the numbers that was read: `revision` of the API's stamps.",
    THROUGH: "All that changed up to this revision is in this transaction or before it. Empty: not known, everything is being compared.",
    "content-type": "application/json",
}
"""Name -> what it is."""


class DayUpdate(msgspec.Struct, kw_only=True):
    """The totals of one campaign on one day of its zone, as `/v1/campaigns/{id}/overview` tells them for that day on the basis `created`."""

    campaign_id: str
    day: str
    timezone: str
    currency: str | None
    definition_version: int
    totals: Figures
    by_currency: Money
    unconverted: bool
    rate_day: str | None


class Audit(msgspec.Struct, kw_only=True):
    """Who asked for what. Topic `audit`: one partition, kept for ever."""

    at: str
    principal: str
    staff: str | None
    tenant: str
    action: str
    """`<kind>.<verb>`, as the type of the event; or of an API key, which is no event: `key.made`, `key.revoked`."""
    subject: str
    version: int
    event: str
    """Id of the event. It was written if it is in its topic: the audit comes first. Of a key an id of this record, which may be there more than once."""
    request: str
    """Id of the request, as in the log of the API; empty: the command line."""


class Place(NamedTuple):
    """What a record is about."""

    tenant: str
    campaign: str
    day: str
    """ISO date."""

    def key(self) -> bytes:
        """JSON: [tenant, campaign, day]."""
        return msgspec.json.encode(self)


class Update(NamedTuple):
    """One record."""

    place: Place
    value: bytes | None
    """A `DayUpdate` as JSON; None: there is nothing on that day any more."""
    revision: str
    """In which state of the store that was so."""

    def headers(self, source: str, through: str) -> list[tuple[str, bytes]]:
        """As `HEADERS` says. In one state of the store there is one value for each place, so that the two together are an id.

        That there is none was perhaps seen a little later than `revision`.
        """
        place = blake2b(self.place.key(), digest_size=8).hexdigest()
        told = {
            "ce_specversion": "1.0",
            "ce_id": f"{self.revision}-{place}" + ("-gone" if self.value is None else ""),
            "ce_source": source,
            "ce_type": GONE if self.value is None else COUNTED,
            "ce_subject": self.place.campaign,
            "ce_tenantid": self.place.tenant,
            REVISION: self.revision,
            THROUGH: through,
            "content-type": HEADERS["content-type"],
        }
        return [(name, value.encode()) for name, value in told.items()]


place_of = msgspec.json.Decoder(Place).decode
"""The place in a key; raises `msgspec.MsgspecError`."""
