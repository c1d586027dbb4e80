"""A page that follows a build: it shows growing pictures and the time left, stops the build, drops or favours a neuron.

The web server of the console page serves it, to this machine only.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from torch import Tensor

from installation.desk.network.event_loop import EventLoop
from installation.desk.network.web import WebServer
from installation.errors import AtlasError, RefusedError
from installation.owner import Owner
from installation.studio.estimate import steps_of
from installation.studio.job_queue import JobQueue
from installation.studio.snapshots import read_snapshot, snapshot_path
from installation.studio.training import picture_of
from installation.studio.training_job import TrainingJob, read_result, result_path

HOST = "127.0.0.1"
"""Only this machine may stop a build."""

PICTURE_PX = 160

STATIC = {"/": "index.html", "/build.css": "build.css", "/build.js": "build.js"}
MEDIA = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
POLICY = "default-src 'self'"

Answer = Callable[[Request], Awaitable[Response] | Response]


class BuildPage(Owner):
    """Serves the page at `url` until it is closed. Port 0 takes any free port; DeviceError if the port is taken."""

    def __init__(self, port: int, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._title, self._clock = title, clock
        self._queue = JobQueue((), Path())
        self._work = Path()
        self._doing = ""
        self._began_at = clock()
        self._trained_before: frozenset[str] = frozenset()
        with ExitStack() as cleanup:
            loop = cleanup.enter_context(EventLoop())
            server = WebServer(HOST, port, self._routes(), admit=lambda _: None)
            cleanup.callback(lambda: loop.run(server.close()))
            loop.run(server.open())
            self.url = f"http://{HOST}:{server.port}/"
            self._cleanup = cleanup.pop_all()

    def follow(self, queue: JobQueue, work: Path, doing: str) -> None:
        """Show this queue from now on; `doing` names the activity, such as `training`."""
        self._queue, self._work, self._doing = queue, work, doing
        self._began_at = self._clock()
        self._trained_before = frozenset(job.key for job in queue.in_state("done"))

    def close(self) -> None:
        self._cleanup.close()

    def state(self) -> dict[str, Any]:
        """Everything that the page shows except the pictures, as JSON values."""
        queue, states = self._queue, self._queue.states()
        families: dict[str, list[dict[str, Any]]] = {}
        names = {job.key: job.name for job in queue.jobs}
        for job in queue.jobs:
            families.setdefault(job.family, []).append(
                {
                    "key": job.key,
                    "name": job.name,
                    "address": job.address,
                    "label": job.label,
                    "parent": names[job.candidates[0]] if len(job.candidates) == 1 else "",
                    "state": states[job.key],
                    "steps": steps_of(job, self._work),
                    "step": self._step(job, states[job.key]),
                    "picture": self._stamp(job, states[job.key]),
                }
            )
        return {
            "title": self._title,
            "doing": self._doing,
            "stopped": queue.is_stopped,
            "seconds_left": self._seconds_left(),
            "families": [{"name": name, "neurons": neurons} for name, neurons in families.items()],
        }

    def picture(self, key: str) -> bytes:
        """A neuron's current picture as JPEG; AtlasError if there is none."""
        job = next((one for one in self._queue.jobs if one.key == key), None)
        if job is None:
            raise AtlasError(f"{key!r} is not a neuron of this build")
        return _jpeg(self._latent(job), job)

    def _latent(self, job: TrainingJob) -> Tensor:
        if result_path(self._work, job.key).exists():
            return read_result(self._work, job.key).latent
        snapshot = read_snapshot(self._work, job.key)
        if snapshot is None:
            raise AtlasError(f"{job.name} has no picture yet")
        return snapshot.latent

    def _step(self, job: TrainingJob, state: str) -> int:
        if state == "done":
            return steps_of(job, self._work)
        snapshot = read_snapshot(self._work, job.key) if state == "training" else None
        return snapshot.step if snapshot else 0

    def _stamp(self, job: TrainingJob, state: str) -> int:
        """A different number for every picture, 0 for none: browsers cache pictures by it."""
        path = result_path(self._work, job.key) if state == "done" else snapshot_path(self._work, job.key)
        try:
            return path.stat().st_mtime_ns // 1_000_000
        except OSError:
            return 0

    def _seconds_left(self) -> float | None:
        """Remaining seconds at the pace of this build; None until something is trained."""
        states = self._queue.states()
        trained = left = 0
        for job in self._queue.jobs:
            if states[job.key] in ("waiting", "training"):
                done = self._step(job, states[job.key])
                left += (
                    0 if self._queue.is_stopped and states[job.key] == "waiting" else steps_of(job, self._work) - done
                )
                trained += done
            elif states[job.key] == "done" and job.key not in self._trained_before:
                trained += steps_of(job, self._work)
        if not left:
            return 0.0
        return round(left * (self._clock() - self._began_at) / trained, 1) if trained else None

    def _routes(self) -> list[BaseRoute]:
        static = [Route(path, _static(name)) for path, name in STATIC.items()]
        return [
            *static,
            Route("/state", lambda _: JSONResponse(self.state(), headers={"Cache-Control": "no-store"})),
            Route("/picture/{key}", self._get_picture),
            Route("/favour/{key}", self._order(lambda key: self._queue.favour(key)), methods=["POST"]),
            Route("/drop/{key}", self._order(lambda key: self._queue.drop(key)), methods=["POST"]),
            Route("/stop", self._order(lambda _: self._queue.stop()), methods=["POST"]),
        ]

    def _get_picture(self, request: Request) -> Response:
        try:
            data = self.picture(request.path_params["key"])
        except AtlasError as error:
            return PlainTextResponse(f"{error}\n", status_code=404)
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "max-age=86400, immutable"})

    def _order(self, act: Callable[[str], None]) -> Answer:
        def answer(request: Request) -> Response:
            try:
                act(request.path_params.get("key", ""))
            except RefusedError as refused:
                return PlainTextResponse(f"{refused}\n", status_code=409)
            return JSONResponse(self.state())

        return answer


def _static(name: str) -> Answer:
    data = (files("installation.studio.page") / "static" / name).read_bytes()
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    media = MEDIA[name.rpartition(".")[2]]
    return lambda _: Response(data, media_type=media, headers=headers)


def _jpeg(latent: Tensor, job: TrainingJob) -> bytes:
    with torch.no_grad():
        rgb = picture_of(latent, job.settings, PICTURE_PX)[0].permute(1, 2, 0)
    out = BytesIO()
    Image.fromarray((rgb * 255).round().byte().numpy()).save(out, "JPEG", quality=88)
    return out.getvalue()
