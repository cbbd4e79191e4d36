"""Would a client that was made for one OpenAPI document break on another? Whatever it may send must still be taken, whatever it gets must be what it was told.

For requests every value that the old schema allows has to fit into the new one; for answers every value of the new one into the old one, where further
properties are no harm. No tool for Python that follows OpenAPI 3.1 was found alive, so the few rules that our documents need stand here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_METHODS = ("get", "put", "post", "patch", "delete")
_UPPER, _LOWER = ("maximum", "maxLength", "maxItems", "exclusiveMaximum"), ("minimum", "minLength", "minItems", "exclusiveMinimum")


class Document:
    def __init__(self, text: Schema) -> None:
        self.text = text

    def plain(self, schema: Schema) -> Schema:
        """Without a reference."""
        while "$ref" in schema:
            found: Any = self.text
            for name in schema["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            schema = found
        return schema

    def operations(self) -> Iterator[tuple[str, Schema]]:
        for path, item in self.text["paths"].items():
            for method in _METHODS:
                if method in item:
                    yield f"{method} {path}", item[method]


def breaking(old: Schema, new: Schema) -> list[str]:
    """What would break, in words; empty: nothing."""
    before, now = Document(old), Document(new)
    found, there = [], dict(now.operations())
    for name, operation in before.operations():
        if name not in there:
            found.append(f"{name}: is gone")
            continue
        found += [f"{name}: {what}" for what in _of_requests(before, operation, now, there[name])]
        found += [f"{name}: {what}" for what in _of_answers(before, operation, now, there[name])]
    return found


def _of_requests(before: Document, old: Schema, now: Document, new: Schema) -> Iterator[str]:
    had = {(each["in"], each["name"]): each for each in old.get("parameters", ())}
    has = {(each["in"], each["name"]): each for each in new.get("parameters", ())}
    for (place, name), parameter in had.items():
        if (place, name) not in has:
            yield f"the parameter {name} is gone"
            continue
        if has[place, name].get("required") and not parameter.get("required"):
            yield f"the parameter {name} has become required"
        yield from _unfit(before, parameter["schema"], now, has[place, name]["schema"], f"the parameter {name}", answer=False)
    yield from (
        f"the parameter {name} is new and required"
        for (place, name), each in has.items()
        if each.get("required") and (place, name) not in had
    )
    if "requestBody" in new:
        if "requestBody" not in old:
            if new["requestBody"].get("required"):
                yield "a body is required now"
            return
        for kind, content in old["requestBody"]["content"].items():
            if kind not in new["requestBody"]["content"]:
                yield f"a body in {kind} is no longer taken"
            else:
                yield from _unfit(before, content["schema"], now, new["requestBody"]["content"][kind]["schema"], "the body", answer=False)


def _of_answers(before: Document, old: Schema, now: Document, new: Schema) -> Iterator[str]:
    for status, answer in old["responses"].items():
        if status not in new["responses"]:
            if status.startswith("2"):
                yield f"{status} is no longer answered"
            continue
        for kind, content in answer.get("content", {}).items():
            given = new["responses"][status].get("content", {})
            if kind not in given:
                yield f"{status} is no longer answered in {kind}"
            elif "schema" in content:
                yield from _unfit(now, given[kind].get("schema", {}), before, content["schema"], f"{status}", answer=True)


def _unfit(
    inner: Document, narrow: Schema, outer: Document, wide: Schema, where: str, *, answer: bool, above: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Why not every value of the one schema is one of the other."""
    names = f"{narrow.get('$ref')} {wide.get('$ref')}"
    if "$ref" in narrow and names in above:
        return  # it is being looked at
    above |= {names}
    narrow, wide = inner.plain(narrow), outer.plain(wide)
    choices = _choices(wide)
    for choice in _choices(narrow):
        ways = [[*_of_one(inner, inner.plain(choice), outer, outer.plain(other), where, answer=answer, above=above)] for other in choices]
        if [] not in ways:
            yield from min(ways, key=len)


def _choices(schema: Schema) -> list[Schema]:
    """Each of one type."""
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [{**{k: v for k, v in schema.items() if k != word}, **each} for choice in schema[word] for each in _choices(choice)]
    types = schema.get("type")
    return [{**schema, "type": each} for each in types] if isinstance(types, list) else [schema]


def _of_one(
    inner: Document, narrow: Schema, outer: Document, wide: Schema, where: str, *, answer: bool, above: frozenset[str]
) -> Iterator[str]:
    kind, allowed = narrow.get("type"), wide.get("type")
    if allowed is not None and kind != allowed and not (kind == "integer" and allowed == "number") and not _is_of(narrow, allowed):
        yield f"{where}: {kind or 'anything'} instead of {allowed}"
        return
    values, taken = _values(narrow), _values(wide)
    if taken is not None and (values is None or not values <= taken):
        yield f"{where}: {sorted((values or {'anything'}) - taken, key=str)} beside {sorted(taken, key=str)}"
    for word in ("format", "pattern"):
        if word in wide and narrow.get(word) != wide[word] and values is None:
            yield f"{where}: {word} {narrow.get(word)} instead of {wide[word]}"
    for words, sign in ((_UPPER, 1), (_LOWER, -1)):
        for word in words:
            if word in wide and (word not in narrow or sign * narrow[word] > sign * wide[word]) and values is None:
                yield f"{where}: {word} {narrow.get(word)} instead of {wide[word]}"
    if "items" in wide:
        yield from _unfit(inner, narrow.get("items", {}), outer, wide["items"], f"{where}[]", answer=answer, above=above)
    yield from _of_properties(inner, narrow, outer, wide, where, answer=answer, above=above)


def _of_properties(
    inner: Document, narrow: Schema, outer: Document, wide: Schema, where: str, *, answer: bool, above: frozenset[str]
) -> Iterator[str]:
    had, has = narrow.get("properties", {}), wide.get("properties", {})
    yield from (f"{where}.{name} is not always there" for name in wide.get("required", ()) if name not in narrow.get("required", ()))
    for name, schema in has.items():
        if name in had:
            yield from _unfit(inner, had[name], outer, schema, f"{where}.{name}", answer=answer, above=above)
        elif answer and name not in wide.get("required", ()):
            yield f"{where}.{name} is gone"
    if not answer and wide.get("additionalProperties") is False:
        yield from (f"{where}.{name} is no longer taken" for name in had if name not in has)
    more, taken = narrow.get("additionalProperties"), wide.get("additionalProperties")
    if isinstance(more, Mapping) and isinstance(taken, Mapping):
        yield from _unfit(inner, more, outer, taken, f"{where}.*", answer=answer, above=above)


def _is_of(schema: Schema, kind: str) -> bool:
    """Whether fixed values are all of a type."""
    kinds: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    values = _values(schema)
    return bool(values) and kind in kinds and all(isinstance(value, kinds[kind]) for value in values or ())


def _values(schema: Schema) -> set[Any] | None:
    return {schema["const"]} if "const" in schema else set(schema["enum"]) if "enum" in schema else None
