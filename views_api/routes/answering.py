"""What a route may answer, as the OpenAPI document says it."""

from __future__ import annotations

from typing import Any, Final

from views_api.files import delimited, workbook
from views_api.problems import MEDIA_TYPE

TAKEN: Final = 202
"""How a command is answered: it is written, and will be counted."""
FILES: Final = {delimited.MEDIA_TYPE: "csv", workbook.MEDIA_TYPE: "xlsx"}


def answers(view: type | None, status: int = 200, *, files: bool = False) -> dict[int | str, dict[str, Any]]:
    """What a route may answer, for OpenAPI: a view (None: nothing, which is all that was asked for), as a file too, or a problem document."""
    found: dict[int | str, dict[str, Any]] = {status: {"description": "The answer."} if view is None else _answer(view)}
    if files:
        found[status]["content"] |= {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in FILES}
    for refusal, text in (_PROBLEMS | (_OF_COMMANDS if status == TAKEN else {})).items():
        found[refusal] = {"description": text, "content": _content("Problem", MEDIA_TYPE)}
    return found


def _answer(view: type) -> dict[str, Any]:
    return {"description": "The answer.", "content": _content(view.__name__, "application/json")}


_PROBLEMS: Final = {
    401: "No token, or an unknown one.",
    403: "A right is missing; it is named.",
    404: "Absent, or not for this caller.",
    429: "More requests, or streams, than one caller may have; see Retry-After.",
    422: "A parameter is wrong; it is named.",
    503: "The store is away; see Retry-After.",
}


_OF_COMMANDS: Final = {
    409: "There is one of this id already, or it was deleted for good.",
    413: "A body may have 64 KiB.",
    412: "It has been changed since; the ETag is that of its version now.",
    428: "If-Match is missing.",
    503: "Kafka or the store is away; the command may have been taken, and may be sent again.",
}


def _content(name: str, media_type: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
