"""`/health` and `/metrics` on the desk's web server."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from installation.house.metrics import PROMETHEUS, HealthSnapshot, health, metrics_text


def health_routes(snapshot: Callable[[], HealthSnapshot]) -> list[BaseRoute]:
    """Routes that answer with the moment at which they are asked; `snapshot` is called on the web server's thread.

    `/health` answers 200 while the picture moves and 503 where it stands still.
    """

    async def show_health(_request: Request) -> Response:
        told = health(snapshot())
        return JSONResponse(told, status_code=200 if told["status"] == "playing" else 503)

    async def show_metrics(_request: Request) -> Response:
        return PlainTextResponse(metrics_text(snapshot()), media_type=PROMETHEUS)

    return [Route("/health", show_health), Route("/metrics", show_metrics)]
