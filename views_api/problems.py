"""What is answered when there is no answer: problem documents (RFC 9457). None tells anything about the inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.responses import Response

from schemas.errors import KpiError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2


class Refused(KpiError):
    """The request is wrong, at one parameter; the text says what would be right."""

    def __init__(self, parameter: str, detail: str, allowed: Sequence[str] = ()) -> None:
        super().__init__(f"{parameter}: {detail}")
        self.parameter, self.detail, self.allowed = parameter, detail, tuple(allowed)


class Unauthorized(KpiError):
    """No token, or one that is not known."""


class Forbidden(KpiError):
    """The caller is known and lacks a right."""

    def __init__(self, right: str) -> None:
        super().__init__(right)
        self.right = right


class Exceeded(KpiError):
    """The caller asks for more than one caller may; the text says of what."""

    def __init__(self, detail: str, again_s: int) -> None:
        super().__init__(detail)
        self.detail, self.again_s = detail, again_s


class Clash(KpiError):
    """What is to be made is there already; the text says more."""


class Outdated(KpiError):
    """What is to be changed has been changed since the caller saw it."""

    def __init__(self, version: int) -> None:
        super().__init__(str(version))
        self.version = version


class Unconditional(KpiError):
    """A change that does not say which version it is of."""


class Later(KpiError):
    """What the caller waits for has not been counted yet."""


class TooMany(KpiError):
    """This process serves as many streams as it may."""


class ProblemError(msgspec.Struct, kw_only=True, omit_defaults=True):
    parameter: str
    detail: str
    allowed: list[str] | None = None
    """What may stand there."""


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[ProblemError] | None = None
    """The parameters that are wrong."""


def problem(
    status: int, kind: str, detail: str | None = None, *, errors: list[ProblemError] | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A response with a problem document."""
    body = Problem(type=f"urn:campaign-kpis:problem:{kind}", title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return Response(msgspec.json.encode(body), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refused(errors: list[ProblemError]) -> Response:
    """422: each wrong parameter by name."""
    return problem(422, "parameter", "; ".join(f"{e.parameter}: {e.detail}" for e in errors), errors=errors)


def unauthorized() -> Response:
    return problem(401, "token", "send a valid token: `Authorization: Bearer …`", headers={"WWW-Authenticate": "Bearer"})


def forbidden(right: str) -> Response:
    return problem(403, "right", f"this needs the right `{right}`, which you do not have")


def exceeded(detail: str, again_s: int) -> Response:
    return problem(429, "too-many", detail, headers={"Retry-After": str(again_s)})


def clash(detail: str) -> Response:
    return problem(409, "clash", detail)


def outdated(version: int) -> Response:
    return problem(412, "version", "it has been changed since; look at it again", headers={"ETag": f'"{version}"'})


def unconditional() -> Response:
    return problem(428, "version", "say in If-Match which version you change: the ETag that came with it")


def not_found() -> Response:
    """The same for what is absent and for what the caller may not see."""
    return problem(404, "absent", "there is no such thing, or you may not see it")


def unavailable(detail: str) -> Response:
    return problem(503, "unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def of_http(status: int, headers: Mapping[str, Any] | None) -> Response:
    """What the framework refuses by itself: no such route, no such method."""
    if status == HTTPStatus.NOT_FOUND:
        return not_found()
    if status == HTTPStatus.BAD_REQUEST:
        return refused([ProblemError(parameter="body", detail="this is no JSON")])
    return problem(status, HTTPStatus(status).phrase.lower().replace(" ", "-"), headers=headers)
