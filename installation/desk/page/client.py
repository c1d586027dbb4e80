"""One browser or program on the live WebSocket: what it asks for is checked like any desk's message; what it is told is
only what it does not know."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from installation.desk.network.bearer import bearer_token
from installation.desk.network.json_text import read_json
from installation.desk.page.asking import Asker, Show, messages_asked
from installation.desk.page.rate_limit import FLOOD_CODE, TOO_FAST, RateLimit
from installation.desk.roles import Role
from installation.errors import RefusedError
from installation.failures import FailureLog

logger = logging.getLogger(__name__)

PASSCODE_SECONDS = 120.0
"""Time to type it; then the page makes room for others, and may come again."""

TRY_AGAIN_LATER_CODE = 1013


class PageClient:
    """Lives on the desk's event loop as long as its connection."""

    def __init__(self, show: Show, websocket: WebSocket) -> None:
        self._show = show
        self._websocket = websocket
        self.host = websocket.client.host if websocket.client else ""
        # Only a browser says where its page is from, and only our own page comes this far.
        self._source = f"{'page' if 'origin' in websocket.headers else 'http'}:{self.host}"
        self._token = bearer_token(websocket.headers.get("authorization", ""))
        self._known: dict[str, Any] = {}
        self._outline: dict[str, Any] | None = None
        self._entry_number = 0
        self._news: dict[str, Any] | None = None
        self._told = asyncio.Event()
        self._rate_limit = RateLimit(show.steady)
        self._sender: asyncio.Task[None] | None = None
        self._failures = FailureLog(logger)

    @property
    def needs_passcode(self) -> bool:
        """Whether it has still to send the passcode."""
        try:
            self._role()
        except RefusedError:
            return True
        return False

    def _role(self) -> Role:
        """What it may do now; raises RefusedError for a stranger and a wrong token."""
        return self._show.guard.require_token(self.host, self._token, self._show.steady())

    async def listen(self) -> None:
        """Takes what the browser sends until it leaves, floods, or sends no passcode where it has to."""
        await self._welcome()
        came = asyncio.get_running_loop().time()
        while True:
            try:
                async with asyncio.timeout_at(came + PASSCODE_SECONDS if self._sender is None else None):
                    said = await self._websocket.receive_text()
            except (WebSocketDisconnect, KeyError):  # KeyError: it sent bytes
                return
            except TimeoutError:
                await self._websocket.close(TRY_AGAIN_LATER_CODE, f"no passcode came within {PASSCODE_SECONDS:g} s")
                return
            if self._rate_limit.is_too_fast():
                await self._websocket.close(FLOOD_CODE, TOO_FAST)
                return
            await self._answer(said)

    def tell(self, state: dict[str, Any]) -> None:
        """Leaves the newest state; one that was not sent yet is replaced, so a slow browser only sees fewer."""
        self._news = state
        self._told.set()

    def leave(self) -> None:
        if self._sender is not None:
            self._sender.cancel()

    async def _welcome(self) -> None:
        try:
            role = self._role()
        except RefusedError:
            await self._send({"type": "locked"})
            return
        await self._send({"type": "welcome", "role": role})
        if self._sender is not None:  # it has another role now
            return
        self._sender = asyncio.create_task(self._send_news(), name="console page, one browser")

    async def _answer(self, said: str) -> None:
        number: object = None
        try:
            asked = read_json(said)
            if not isinstance(asked, dict):
                raise RefusedError("a console sends objects", "malformed")
            number = asked.get("number")
            number = number if isinstance(number, int | str) else None  # it goes back as it came
            if "passcode" in asked:
                self._show.guard.unlock(self.host, str(asked["passcode"]), self._show.steady())
                await self._welcome()
                return
            self._do(self._role(), asked.get("do"), asked.get("with", []))
        except RefusedError as refused:
            self._show.count(refused, self._source)
            await self._send({"type": "refused", "number": number, "sentence": str(refused)})
        else:
            await self._send({"type": "done", "number": number})

    def _do(self, role: Role, address: object, arguments: object) -> None:
        """Raises RefusedError for whatever is not an address of the score with numbers that it takes."""
        if not isinstance(arguments, list):
            raise RefusedError('a console sends {"do": "/address", "with": [numbers or a cue]}', "malformed")
        for message in messages_asked(self._show, Asker(role, self._source), address, arguments):
            self._show.put(message)

    async def _send_news(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            if self._outline is not self._show.outline:
                self._outline = self._show.outline
                self._known = {}
                await self._send_or_leave_out(self._outline)
            if entries := self._show.feed.since(self._entry_number):
                self._entry_number = entries[-1]["number"]
                await self._send_or_leave_out({"type": "feed", "entries": entries})
            state = self._news or {}
            changed = {name: value for name, value in state.items() if self._known.get(name, self) != value}
            self._known = state
            if changed:
                await self._send_or_leave_out({"type": "state"} | changed)

    async def _send_or_leave_out(self, told: dict[str, Any]) -> None:
        """A line that cannot be said as JSON is a mistake of ours; it costs that line, not those after it."""
        with self._failures.guard(f"telling a browser the {told['type']}", ValueError, TypeError):
            await self._send(told)

    async def _send(self, told: dict[str, Any]) -> None:
        await self._websocket.send_text(json.dumps(told, allow_nan=False))
