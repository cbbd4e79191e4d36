"""What can go wrong, sorted by what the one who is told should do about it.

Three answers are possible. An input that is wrong is a value, `events.Rejected`: park it and go on. A neighbour that is away, or a thing that
is not there, is one of the exceptions below. Anything else is a bug: let it end the process with its position not advanced.
"""

from __future__ import annotations


class KpiError(Exception):
    """Root of the errors that this product raises on purpose."""


class Unavailable(KpiError):
    """A neighbour (Kafka, the store) cannot answer now: try again later, for ever, with growing pauses. Nothing was lost."""


class NotFound(KpiError):
    """What was asked for does not exist, or the one who asks may not see it: to an outsider both are the same."""
