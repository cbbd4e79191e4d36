"""What happens outside, as it arrives: the contract of the source topics (CloudEvents 1.0), and the way from a record's bytes to an event.

Start at `parse`. The contract itself is one file per topic (`campaigns`, `opportunities`, `orders`, `tasks`, `messages`, `settings`), made of the types in
`fields` and carried by `cloudevent`.
"""

from schemas.events.canonical import canonical
from schemas.events.currencies import CURRENCIES
from schemas.events.kinds import KINDS, TOPICS
from schemas.events.messages import STAGES
from schemas.events.outcome import REASONS, Event, Reason, Rejected, Tombstone
from schemas.events.parsing import parse

__all__ = ["CURRENCIES", "KINDS", "REASONS", "STAGES", "TOPICS", "Event", "Reason", "Rejected", "Tombstone", "canonical", "parse"]
