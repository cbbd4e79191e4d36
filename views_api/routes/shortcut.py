"""The short way to a question that was asked before: who asks is found out, then the route's own function is called. Everything else goes through the framework."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from views_api.routes.asking import Parts, enter
from views_api.web.known import Question

log = logging.getLogger(__name__)


class Shortcut:
    """ASGI around the application; it answers as that would."""

    def __init__(self, app: FastAPI, parts: Parts) -> None:
        self._app, self._parts = app, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        question = self._parts.known.of(scope) if scope["type"] == "http" else None
        response = await self._answer(question, scope, receive) if question else None
        await (response or self._app)(scope, receive, send)

    async def _answer(self, question: Question, scope: Scope, receive: Receive) -> Response | None:
        """None: it is for the framework to say what went wrong."""
        scope.update(app=self._app, route=question.route, path_params=question.path_params)
        request = Request(scope, receive)
        try:
            return await question.ask(caller=await enter(request, self._parts))
        except Exception as error:
            refuse: Any = self._app.exception_handlers.get(type(error))
            if refuse is None:
                log.exception("a question that was known could not be answered; it is asked once more")
                return None
            refusal: Response = await refuse(request, error)
            return refusal
