"""The envelope of every event: CloudEvents 1.0. What it carries is a parameter."""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import Field

from schemas.events.fields import NO_CONTROL_CHARACTERS, Contract, Id, Instant, OptionalLabel

DEFAULT_TENANT: Final = "default"

Data = TypeVar("Data", bound=Contract)


class CloudEvent(Contract, Generic[Data]):
    """CloudEvents 1.0, structured JSON mode. In binary mode the attributes are headers `ce_<name>` and the value is `data` alone."""

    specversion: Literal["1.0"]
    id: Id
    """Unique together with `source`; a producer that sends again keeps both."""
    source: Annotated[str, Field(min_length=1, max_length=1024, pattern=NO_CONTROL_CHARACTERS)]
    """Who says so."""
    type: Annotated[str, Field(min_length=1, max_length=256, pattern=NO_CONTROL_CHARACTERS)]
    """`<kind>.<verb>`. The kind decides what `data` is. The verb is the stage of a message, and a comment everywhere else."""
    subject: Id
    """The entity's id, unique in tenant and kind."""
    time: Instant
    """When it happened. Orders the versions of an entity together with `data.version`. At most 24 h ahead of the broker's timestamp."""
    tenantid: Id | None = None
    """The customer organisation that this belongs to. Absent: `default`."""
    datacontenttype: OptionalLabel = None
    """application/json; anything else is not looked at."""
    data: Data
    """What happened, or how the entity is now. The kind decides its fields."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`OrderEvent` for the event that carries an Order: the name that schemas show."""
        return f"{params[0].__name__}Event"
