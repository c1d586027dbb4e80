"""`/health` and `/metrics` on the desk's web server."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from installation.house.metrics import PROMETHEUS, HealthSnapshot, health, metrics_text


class HealthRoutes:
    """Routes that answer with the moment at which they are asked, on the web server's thread.

    `/health` answers 200 while the picture moves and 503 where it stands still. Set `snapshot` once there is a show to
    tell of; until then both answer 503.
    """

    def __init__(self) -> None:
        self.snapshot: Callable[[], HealthSnapshot] | None = None
        self.routes: list[BaseRoute] = [Route("/health", self._health), Route("/metrics", self._metrics)]

    async def _health(self, _request: Request) -> Response:
        if self.snapshot is None:
            return JSONResponse({"status": "starting"}, status_code=503)
        told = health(self.snapshot())
        return JSONResponse(told, status_code=200 if told["status"] == "playing" else 503)

    async def _metrics(self, _request: Request) -> Response:
        if self.snapshot is None:
            return PlainTextResponse("", status_code=503)
        return PlainTextResponse(metrics_text(self.snapshot()), media_type=PROMETHEUS)
