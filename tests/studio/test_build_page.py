"""The page that follows a build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import torch

from installation.studio.building import plan, train_all
from installation.studio.job_queue import JobQueue
from installation.studio.page.build_page import BuildPage
from installation.studio.parameterizations import drawing_of
from installation.studio.snapshots import Snapshots, read_snapshot
from tests.studio.tiny import load_tiny, tiny_recipe

PLAN = plan(tiny_recipe(), load_tiny)
KEYS = {job.name: job.key for job in PLAN.jobs}


class Page:
    def __init__(self, page: BuildPage, work: Path) -> None:
        self.queue = JobQueue(PLAN.jobs, work)
        self.work = work
        page.follow(self.queue, work, "training")
        self.http = httpx.Client(base_url=page.url)

    def neurons(self) -> dict[str, dict[str, object]]:
        state = self.http.get("/state").json()
        return {neuron["name"]: neuron for family in state["families"] for neuron in family["neurons"]}


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with BuildPage(0, "tiny", clock=iter(range(0, 9000, 10)).__next__) as served:
        made = Page(served, tmp_path)
        with made.http:
            yield made


def test_it_shows_every_neuron_and_the_pictures_of_those_that_are_trained(page: Page) -> None:
    build = train_all(PLAN, load_tiny, page.work, 1, queue=page.queue)
    next(build)
    neurons = page.neurons()
    assert list(neurons) == ["pagoda", "church", "edges", "sky", "sea", "wood"]
    assert (neurons["pagoda"]["state"], neurons["church"]["state"]) == ("done", "waiting")
    assert neurons["edges"]["parent"] == "pagoda"
    picture = page.http.get(f"/picture/{KEYS['pagoda']}")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content.startswith(b"\xff\xd8")
    assert page.http.get(f"/picture/{KEYS['church']}").status_code == 404


def test_a_picture_is_seen_while_it_grows_and_its_snapshot_goes_when_it_is_done(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("installation.studio.snapshots.EVERY_S", 0.0)
    [job] = page.queue.take(1)
    with Snapshots(page.work, job.key) as snapshots:
        assert page.neurons()["pagoda"]["picture"] == 0
        latent = torch.zeros(drawing_of(job.settings).size)
        snapshots(2, 3, lambda: latent)
        assert (page.neurons()["pagoda"]["step"], page.neurons()["pagoda"]["steps"]) == (2, 3)
        assert page.http.get(f"/picture/{job.key}").status_code == 200
    assert read_snapshot(page.work, job.key) is None


def test_favour_drop_and_stop_are_done_and_answered(page: Page) -> None:
    assert page.http.post(f"/favour/{KEYS['wood']}").status_code == 200
    assert [job.name for job in page.queue.take(1)] == ["sea"]
    assert page.http.post(f"/drop/{KEYS['pagoda']}").json()["families"][0]["neurons"][1]["state"] == "dropped"
    late = page.http.post(f"/favour/{KEYS['sea']}")
    assert (late.status_code, late.text) == (409, "sea is training: only what is waiting can be\n")
    assert page.http.post("/stop").json()["stopped"]
    assert page.http.get("/stop").status_code == 405, "only a button stops a build, no link"


def test_the_time_left_follows_the_pace_so_far(page: Page) -> None:
    assert page.http.get("/state").json()["seconds_left"] is None
    build = train_all(PLAN, load_tiny, page.work, 1, queue=page.queue)
    next(build)
    next(build)
    left = page.http.get("/state").json()["seconds_left"]
    assert left == 20, "two of six took ten seconds of this clock"


def test_the_page_loads_nothing_from_elsewhere(page: Page) -> None:
    for path, kind in (("/", "text/html"), ("/build.css", "text/css"), ("/build.js", "text/javascript")):
        answer = page.http.get(path)
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["content-security-policy"] == "default-src 'self'"
        assert "http://" not in answer.text
