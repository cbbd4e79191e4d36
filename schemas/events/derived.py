"""From a model of the contract to a msgspec struct that accepts nothing that the model refuses, by way of the model's JSON Schema.

Four things a struct cannot say stay with the caller, who finds their fields named in the shape: control characters in ids, the text of
instants and days, and that an absent list is empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec

from schemas.events.fields import NO_CONTROL_CHARACTERS, Contract
from schemas.events.instants import DAY_PATTERN, INSTANT_PATTERN

Schema = dict[str, Any]

_SAYS_NOTHING_ABOUT_VALUES: Final = {"title", "description", "default", "examples"}
_EXPRESSED: Final[dict[str | None, set[str]]] = {
    "string": {"type", "minLength", "maxLength", "pattern", "format"},
    "integer": {"type", "minimum", "maximum"},
    "boolean": {"type"},
    "array": {"type", "items"},
    "object": {"type", "properties", "required"},
}


@dataclass
class Shape:
    """A struct, and which of its fields need more than a struct can do."""

    struct: type[msgspec.Struct]
    ids: list[str] = field(default_factory=list)
    """May not hold control characters."""
    instants: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    """Optional lists: None in the struct when absent."""
    parts: dict[str, Shape] = field(default_factory=dict)
    """Fields that hold an object or a list of objects."""

    @property
    def is_final(self) -> bool:
        """Whether the struct holds what the model would."""
        return not (self.instants or self.days or self.lists or self.parts)


def derive(model: type[Contract]) -> Shape:
    """The struct of a model. All fields are by name; absent and null are None.

    The struct refuses an empty optional text, which the model takes for absent: a model that must be asked costs less than a test of each field.
    Raises NotImplementedError if the model's schema says something that a struct cannot. What a model checks without a word in its schema is beyond this:
    the models of hot kinds may have no such check (the property tests would find it).
    """
    schema = model.model_json_schema()
    return _shape(schema, schema.pop("$defs", {}))


def _shape(schema: Schema, definitions: Schema) -> Shape:
    _all_expressed(schema, "object")
    shape = Shape(struct=msgspec.Struct)
    fields: list[Any] = []
    for name, named in schema["properties"].items():
        inner, nullable = _resolved(named, definitions)
        required = name in schema.get("required", ())
        if required == nullable:
            raise NotImplementedError(f"{name}: what is optional, and nothing else, may be null")
        expected = _type(name, inner, definitions, shape, may_be_empty=required)
        if required:
            fields.append((name, expected))
        else:
            fields.append((name, expected | None, None))
            if inner.get("type") == "array":
                shape.lists.append(name)
    shape.struct = msgspec.defstruct(schema["title"], fields, kw_only=True, omit_defaults=True, gc=False)
    return shape


def _resolved(schema: Schema, definitions: Schema) -> tuple[Schema, bool]:
    """The schema behind references, and whether null is allowed beside it."""
    nullable = False
    while True:
        if "$ref" in schema:
            schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
        elif "anyOf" in schema and schema["anyOf"][1:] == [{"type": "null"}]:
            schema, nullable = schema["anyOf"][0], True
        else:
            return schema, nullable


def _type(name: str, schema: Schema, definitions: Schema, shape: Shape, *, may_be_empty: bool) -> Any:
    """What a field holds, in msgspec's words; the shape learns what else is to be done about it."""
    if "const" in schema:
        return Literal[schema["const"]]
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    _all_expressed(schema, schema.get("type"))
    match schema["type"]:
        case "string":
            _note_text(name, schema, shape)
            shortest = schema.get("minLength", 0)
            return Annotated[
                str, msgspec.Meta(min_length=shortest if may_be_empty else max(shortest, 1), max_length=schema.get("maxLength"))
            ]
        case "integer":
            return Annotated[int, msgspec.Meta(ge=schema.get("minimum"), le=schema.get("maximum"))]
        case "boolean":
            return bool
        case "array":
            return list[_item(name, schema["items"], definitions, shape)]  # type: ignore[misc]
        case _:
            shape.parts[name] = _shape(schema, definitions)
            return shape.parts[name].struct


def _item(name: str, schema: Schema, definitions: Schema, shape: Shape) -> Any:
    inner, nullable = _resolved(schema, definitions)
    texts = Shape(struct=msgspec.Struct)
    expected = _type(name, inner, definitions, texts, may_be_empty=True)
    if nullable or texts.ids or texts.instants or texts.days:
        raise NotImplementedError(f"{name}: a list of nulls, ids, instants or days")
    shape.parts |= texts.parts
    return expected


def _note_text(name: str, schema: Schema, shape: Shape) -> None:
    match schema.get("pattern"), schema.get("format"):
        case None, None:
            pass
        case (pattern, None) if pattern == NO_CONTROL_CHARACTERS:
            shape.ids.append(name)
        case (pattern, "date-time") if pattern == INSTANT_PATTERN:
            shape.instants.append(name)
        case (pattern, "date") if pattern == DAY_PATTERN:
            shape.days.append(name)
        case other:
            raise NotImplementedError(f"{name}: {other}")


def _all_expressed(schema: Schema, kind: str | None) -> None:
    if unknown := schema.keys() - _EXPRESSED.get(kind, set()) - _SAYS_NOTHING_ABOUT_VALUES:
        raise NotImplementedError(f"{kind}: {sorted(unknown)}")
