"""The HTTP API: everything that a desk can send and receive, for programs; the console page uses its two WebSockets.

The paths are the desk's own addresses under `/api/v1`, since OSCQuery owns the root. `openapi.py` describes them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from installation.desk.network.bearer import bearer_token
from installation.desk.network.json_text import read_json
from installation.desk.page.asking import Asker, Show, messages_asked
from installation.desk.page.openapi import ROOT, description, keys_of
from installation.desk.rig_gateway import is_beside_show
from installation.desk.roles import Role
from installation.errors import Refusal, RefusedError
from installation.show.control import MESSAGE_KINDS, Message

MAX_BODY_BYTES = 4_096

OUTCOME_SECONDS = 1.0
"""How long an answer waits for the frame in which the message takes effect."""

JSON_TYPE = "application/json"

STATUS: Mapping[Refusal, HTTPStatus] = {
    "unknown address": HTTPStatus.NOT_FOUND,
    "no such cue": HTTPStatus.NOT_FOUND,
    "no passcode": HTTPStatus.UNAUTHORIZED,
    "not allowed": HTTPStatus.FORBIDDEN,
    "another role": HTTPStatus.FORBIDDEN,
    "oversized": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too fast": HTTPStatus.TOO_MANY_REQUESTS,
    "queue full": HTTPStatus.SERVICE_UNAVAILABLE,
    "double GO": HTTPStatus.CONFLICT,
    "locked": HTTPStatus.CONFLICT,
}
"""The HTTP status of each reason of a refusal; any other is a bad request."""

DISENGAGED = "the show does not listen to other desks and programs: engage the desk at the page, or POST /engage"


class HttpApi:
    """The routes. They live on the desk's event loop, and no request holds up another."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self.routes: list[BaseRoute] = [
            *(
                Route(f"{ROOT}/{name}", self._answering(answer), methods=["GET"])
                for name, answer in (
                    ("openapi.json", self._description),
                    ("score", self._score),
                    ("state", self._state),
                    ("values", self._values),
                    ("feed", self._feed),
                )
            ),
            Route(f"{ROOT}/passcode", self._unlock, methods=["POST"]),
            Route(f"{ROOT}/{{address:path}}", self._do, methods=["POST"]),
        ]

    def _answering(self, answer: Callable[[Request], dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
        """Makes the route that answers a GET, for every client with the role `look`."""

        async def answers(request: Request) -> Response:
            try:
                _role(self._show, request)
                self._show.look()
                return JSONResponse(answer(request), headers={"Cache-Control": "no-store"})
            except RefusedError as refused:
                return self._refused(refused, request)

        return answers

    def _description(self, _: Request) -> dict[str, Any]:
        return description(self._show.space, self._show.rig)

    def _score(self, _: Request) -> dict[str, Any]:
        return {name: value for name, value in self._show.outline.items() if name != "type"}

    def _state(self, _: Request) -> dict[str, Any]:
        return self._show.look()

    def _values(self, _: Request) -> dict[str, Any]:
        return {address: list(values) for address, values in self._show.values().items()}

    def _feed(self, request: Request) -> dict[str, Any]:
        since = request.query_params.get("since", "0")
        if not since.isdecimal() or len(since) > 18:
            raise RefusedError(f"?since={since[:40]}: this is not an entry's number; send the last one that you have")
        return {"entries": self._show.feed.since(int(since))}

    async def _unlock(self, request: Request) -> Response:
        """Takes the passcode, like `/passcode` by OSC: it admits the host for twelve hours."""
        try:
            body = await _body(request, ("passcode",))
            self._show.guard.unlock(_host(request), str(body.get("passcode", "")), self._show.steady())
            role = self._show.guard.require_passcode(_host(request), self._show.steady())
        except RefusedError as refused:
            return self._refused(refused, request)
        return JSONResponse({"role": role})

    async def _do(self, request: Request) -> Response:
        address = f"/{request.path_params['address']}"
        try:
            asker = Asker(_role(self._show, request), f"http:{_host(request)}")
            self._show.look()
            keys = self._keys(address)
            arguments = _arguments(await _body(request, keys), keys)
            messages = messages_asked(self._show, asker, address, arguments)
        except RefusedError as refused:
            return self._refused(refused, request)
        awaited = [self._put(message) for message in messages]
        outcomes = [outcome for outcome in awaited if outcome is not None]
        done, pending = await asyncio.wait(outcomes, timeout=OUTCOME_SECONDS) if outcomes else (set(), set())
        said = [outcome.result() for outcome in outcomes if outcome in done]
        for what, is_heard in said:
            if isinstance(what, RefusedError):
                return _refusal(what)
            if not is_heard:
                return JSONResponse({"error": "disengaged", "sentence": DISENGAGED}, HTTPStatus.CONFLICT)
        if pending or len(outcomes) < len(messages) or is_beside_show(address):
            return JSONResponse({"accepted": max(len(messages), 1)}, HTTPStatus.ACCEPTED)
        return JSONResponse({"done": [_shown(what) for what, _ in said]})

    def _keys(self, address: str) -> tuple[str, ...]:
        if is_beside_show(address):
            return ("values",)
        if self._show.space is None:
            raise RefusedError(f"{address}: the show has not begun yet", "unknown address")
        return keys_of(self._show.space.find(address)[0].control)

    def _put(self, message: Message) -> asyncio.Future[tuple[Message | RefusedError, bool]] | None:
        """Leaves a message for the next frame; returns its outcome, None for levels: only the newest of them counts."""
        if MESSAGE_KINDS[message.kind].newest_only:
            self._show.put(message)
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[Message | RefusedError, bool]] = loop.create_future()

        def settle(what: Message | RefusedError, is_heard: bool) -> None:
            if not future.done():
                future.set_result((what, is_heard))

        self._show.put(message, lambda *what: loop.call_soon_threadsafe(settle, *what))
        return future

    def _refused(self, refused: RefusedError, request: Request) -> Response:
        """Counts a refusal and makes its answer."""
        self._show.count(refused, f"http:{_host(request)}")
        return _refusal(refused)


def _role(show: Show, request: Request) -> Role:
    """The client's role; raises RefusedError for a stranger and a wrong token."""
    token = bearer_token(request.headers.get("authorization", ""))
    return show.guard.require_token(_host(request), token, show.steady())


def _host(request: Request) -> str:
    return request.client.host if request.client else ""


async def _body(request: Request, keys: tuple[str, ...]) -> dict[str, Any]:
    """The body of a request, empty if there is none; raises RefusedError if it is not a JSON object of `keys`."""
    kind = request.headers.get("content-type", JSON_TYPE).partition(";")[0].strip().casefold()
    if kind != JSON_TYPE:  # a form on another site cannot send this type
        raise RefusedError(f"Content-Type {kind[:40]!r}: this address takes {JSON_TYPE}, or no body", "wrong type")
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MAX_BODY_BYTES:
            raise RefusedError(f"a body has at most {MAX_BODY_BYTES} bytes", "oversized")
    if not data.strip():
        return {}
    try:
        said = read_json(data.decode())
    except UnicodeDecodeError:
        raise RefusedError("a body is JSON in UTF-8", "malformed") from None
    if not isinstance(said, dict):
        raise RefusedError('a body is a JSON object such as {"value": 0.5}', "malformed")
    if unknown := sorted(said.keys() - set(keys)):
        allowed = ", ".join(keys) or "nothing"
        raise RefusedError(f"{unknown[0][:40]!r} is not accepted here; allowed is {allowed}", "malformed")
    return said


def _arguments(body: Mapping[str, Any], keys: tuple[str, ...]) -> list[object]:
    """The OSC arguments for a body: the value or the cue, then the given times."""
    if "values" in body:
        values = body["values"]
        return values if isinstance(values, list) else [values]
    times = [body.get(name) for name in ("fade", "hold", "release")]
    while times and times[-1] is None:
        times.pop()
    first = body.get("cue", body.get("value"))
    if first is None:
        if not times or "value" in keys:  # no argument is a press, or a missing value
            return []
        first = 1.0
    return [float(first) if isinstance(first, bool) else first, *(0.0 if time is None else time for time in times)]


def _shown(what: Message | RefusedError) -> dict[str, Any]:
    assert isinstance(what, Message)
    return {name: value for name, value in asdict(what).items() if name != "sequence" and value not in ("", None)}


def _refusal(refused: RefusedError) -> Response:
    status = STATUS.get(refused.reason, HTTPStatus.BAD_REQUEST)
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse({"error": refused.reason, "sentence": str(refused)}, status, headers)
