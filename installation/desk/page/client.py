"""One browser: what it asks for is checked like any desk's message; what it is told is only what it does not know."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from installation.desk.addresses import AddressSpace
from installation.desk.guard import AccessGuard
from installation.desk.json_text import read_json
from installation.desk.message_checks import messages_for
from installation.desk.osc_pattern import is_pattern
from installation.desk.page.feed import Feed
from installation.desk.page.rate_limit import FLOOD_CODE, TOO_FAST, RateLimit
from installation.desk.rig_gateway import RigGateway, is_for_rig
from installation.errors import RefusedError
from installation.failures import FailureLog
from installation.show.control import Message

logger = logging.getLogger(__name__)

MAX_ARGUMENTS = 4

PASSCODE_SECONDS = 120.0
"""For whoever has to type it; then they make room for others, and may come again."""

TRY_AGAIN_LATER_CODE = 1013


class Show(Protocol):
    """What a browser meets of the page: who may come in, what there is to tell, and where its messages go."""

    guard: AccessGuard
    feed: Feed
    rig: RigGateway | None
    space: AddressSpace | None
    outline: dict[str, Any]
    put: Callable[[Message], None]
    count: Callable[[RefusedError, str], None]
    steady: Callable[[], float]


class PageClient:
    """Lives on the desk's event loop as long as its connection."""

    def __init__(self, show: Show, websocket: WebSocket) -> None:
        self._show = show
        self._websocket = websocket
        self.host = websocket.client.host if websocket.client else ""
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
        return not self._show.guard.is_open(self.host, self._show.steady())

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
            self._show.guard.require_passcode(self.host, self._show.steady())
        except RefusedError:
            await self._send({"type": "locked"})
            return
        await self._send({"type": "welcome"})
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
                if self._sender is None:
                    await self._welcome()
                return
            self._show.guard.require_passcode(self.host, self._show.steady())
            self._do(asked.get("do"), asked.get("with", []))
        except RefusedError as refused:
            self._show.count(refused, f"page:{self.host}")
            await self._send({"type": "refused", "number": number, "sentence": str(refused)})
        else:
            await self._send({"type": "done", "number": number})

    def _do(self, address: object, arguments: object) -> None:
        """Raises RefusedError for whatever is not an address of the score with numbers that it takes."""
        if not isinstance(address, str) or not isinstance(arguments, list) or len(arguments) > MAX_ARGUMENTS:
            raise RefusedError('a console sends {"do": "/address", "with": [numbers or a cue]}', "malformed")
        if not all(isinstance(one, int | float | str) and not isinstance(one, bool) for one in arguments):
            raise RefusedError(f"{address}: a console sends numbers and cues only", "wrong type")
        if is_pattern(address):  # it takes work, and the page never sends one
            raise RefusedError(f"{address}: a console names one address", "unknown address")
        if self._show.space is None:
            raise RefusedError(f"{address}: the show has not begun yet", "unknown address")
        values = tuple(one if isinstance(one, str) else float(one) for one in arguments)
        if self._show.rig is not None and is_for_rig(address):
            self._show.rig.take(address, values, f"page:{self.host}")
            return
        for message in messages_for(self._show.space, address, values, f"page:{self.host}"):
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
        """What cannot be said as JSON is a mistake of ours; it costs its own line, not all that come after."""
        with self._failures.guard(f"telling a browser the {told['type']}", ValueError, TypeError):
            await self._send(told)

    async def _send(self, told: dict[str, Any]) -> None:
        await self._websocket.send_text(json.dumps(told, allow_nan=False))
