"""`/health` and `/metrics` on the desk's web server."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from installation.desk.network.bearer import bearer_token
from installation.errors import RefusedError
from installation.house.metrics import PROMETHEUS, HealthSnapshot, health, metrics_text


class HealthRoutes:
    """Routes that report the present state of the show, on the web server's thread.

    `/health` answers 200 while the picture moves and 503 if it stands still. Set `snapshot` once the show runs; until
    then both routes answer 503. `admit_reader` takes a host and its token, and raises RefusedError if the host may not
    read.
    """

    def __init__(self) -> None:
        self.snapshot: Callable[[], HealthSnapshot] | None = None
        self.admit_reader: Callable[[str, str], None] | None = None
        self.routes: list[BaseRoute] = [Route("/health", self._health), Route("/metrics", self._metrics)]

    def _refusal(self, request: Request) -> Response | None:
        """The answer to a client that may not read."""
        host = request.client.host if request.client else ""
        try:
            if self.admit_reader is not None:
                self.admit_reader(host, bearer_token(request.headers.get("authorization", "")))
        except RefusedError as refused:
            return PlainTextResponse(f"{refused}\n", HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
        return None

    async def _health(self, request: Request) -> Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        if self.snapshot is None:
            return JSONResponse({"status": "starting"}, status_code=503)
        told = health(self.snapshot())
        return JSONResponse(told, status_code=200 if told["status"] == "playing" else 503)

    async def _metrics(self, request: Request) -> Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        if self.snapshot is None:
            return PlainTextResponse("", status_code=503)
        return PlainTextResponse(metrics_text(self.snapshot()), media_type=PROMETHEUS)
