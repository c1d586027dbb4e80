"""The figures of a show for those who watch from afar."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace

import httpx
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from installation.desk.guard import AccessGuard
from installation.house.cards import GraphicsCard
from installation.house.health_routes import HealthRoutes
from installation.house.metrics import (
    HealthSnapshot,
    Metric,
    ProcessStatistics,
    health,
    metric_lines,
    metrics_text,
    process_statistics,
)
from installation.rig.hours import OpeningState

REPORT = {
    "frames": {"due": 1000, "shown": 998, "skipped": 2, "late": 1},
    "first_frame_seconds": 4.25,
    "decoder": "torch",
    "pictures": {"decoded": 300, "reused": 698},
    "outputs": {
        "left": {"shown": 998, "refresh": 60.0, "skew_ms": 0.0, "skew_p99_ms": 0.4, "late": 3, "dropped": 0},
        'wall "B"': {"shown": 998, "refresh": None, "skew_ms": 1.5, "connected": False},
    },
    "messages": {"received": 12, "applied": 10, "refused": 2},
    "stages": {"mix": {"p50_ms": 9.8, "p99_ms": 14.2, "worst_ms": 61.0, "skipped": 2}},
    "warnings": ["a cue that nobody reaches"],
    "failures": {"a frame": 2},
}
OPENING = OpeningState("open", 1.8e9)
SNAPSHOT = HealthSnapshot(REPORT, 999, 0.02, ProcessStatistics(2**28, 12.5, 9, 40))


def values_of(text: str) -> dict[str, float]:
    """Sample -> value, as Prometheus' own reader finds them."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        sample.name + "".join(f" {label}={value}" for label, value in sample.labels.items()): sample.value
        for sample in samples
    }


def test_metrics_are_what_prometheus_reads() -> None:
    text = metrics_text(SNAPSHOT)
    values = values_of(text)
    for sample, value in (
        ("installation_frames_skipped_total", 2),
        ("installation_pictures_total what=reused", 698),
        ("installation_output_late_total output=left", 3),
        ("installation_output_skew_p99_milliseconds output=left", 0.4),
        ("installation_stage_p99_milliseconds stage=mix", 14.2),
        ("installation_stage_skipped_total stage=mix", 2),
        ('installation_output_skew_milliseconds output=wall "B"', 1.5),
        ("installation_resident_bytes", 2**28),
    ):
        assert values[sample] == value
    assert 'installation_output_dropped_total output=wall "B"' not in values
    assert "# TYPE installation_frames_skipped_total counter\n" in text
    assert "# HELP installation_frames_skipped_total Frames that were skipped to keep time.\n" in text
    assert "# TYPE installation_resident_bytes gauge\n" in text
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    assert not any(name.endswith("_created") for name in names)


def test_whatever_a_name_holds_prometheus_reads_it_as_it_is() -> None:
    name = 'a "wall"\\ of\ntwo \u2028 lines, ü'
    lines = metric_lines(Metric("output_shown_total", "counter", "Pictures shown.", ()), [({"output": name}, 7)])
    assert values_of("\n".join(lines) + "\n") == {f"installation_output_shown_total output={name}": 7}


def test_monitors_that_are_away_the_door_warnings_and_failures_can_be_watched() -> None:
    text = metrics_text(replace(SNAPSHOT, opening=OPENING))
    values = values_of(text)
    for sample, value in (
        ('installation_output_connected output=wall "B"', 0),
        ("installation_opening state=open", 1),
        ("installation_opening state=closed", 0),
        ("installation_door state=open", 1),
        ("installation_warnings", 1),
        ("installation_failures_total what=a frame", 2),
    ):
        assert values[sample] == value
    assert "installation_opening" not in metrics_text(SNAPSHOT), "a house without hours is always open"
    told = health(replace(SNAPSHOT, opening=OPENING))
    assert told["opening"] == told["door"] == {"state": "open", "until": 1.8e9}
    assert (told["warnings"], told["failures"]) == (REPORT["warnings"], REPORT["failures"])


def test_what_is_not_known_has_no_sample() -> None:
    text = metrics_text(replace(SNAPSHOT, report={"first_frame_seconds": None}))
    assert "first_frame" not in text
    assert (
        'output="wall' not in metrics_text(SNAPSHOT).partition("installation_output_refresh_hertz{")[2].split("\n")[0]
    )


def test_graphics_cards_tell_their_memory_and_how_hot_they_are() -> None:
    cards = (
        GraphicsCard("NVIDIA RTX A2000", "550", 2**31, 2**33, 61.0),
        GraphicsCard("Intel 0x46a6", "i915", None, None, None),
    )
    text = metrics_text(replace(SNAPSHOT, cards=cards))
    values = values_of(text)
    assert values["installation_card_used_bytes card=0 name=NVIDIA RTX A2000"] == 2**31
    assert values["installation_card_celsius card=0 name=NVIDIA RTX A2000"] == 61.0
    assert "Intel" not in text
    assert "card" not in metrics_text(SNAPSHOT)
    assert health(replace(SNAPSHOT, cards=cards))["cards"] == [asdict(card) for card in cards]


def test_health_is_one_look() -> None:
    assert health(SNAPSHOT)["status"] == "playing"
    assert health(replace(SNAPSHOT, frame_age_seconds=3.5))["status"] == "standing"
    assert health(SNAPSHOT)["frames"] == REPORT["frames"]


def test_an_open_file_is_seen() -> None:
    before = process_statistics()
    with open("/dev/null", "rb"):  # noqa: PTH123  the shortest way to one more
        assert process_statistics().open_files == before.open_files + 1
    assert before.resident_bytes > 2**20
    assert before.threads >= 1


def test_the_web_server_answers_with_the_moment_and_says_so_when_the_picture_stands_still() -> None:
    routes = HealthRoutes()

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(Starlette(routes=routes.routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://player") as client:
            answers = [await client.get("/health"), await client.get("/metrics")]
            routes.snapshot = lambda: SNAPSHOT
            answers += [await client.get("/health"), await client.get("/metrics")]
            routes.snapshot = lambda: replace(SNAPSHOT, frame_age_seconds=60.0)
            return [*answers, await client.get("/health")]

    starting, nothing, playing, metrics, standing = asyncio.run(ask())
    assert (starting.status_code, nothing.status_code) == (503, 503)
    assert starting.json() == {"status": "starting"}
    assert playing.json()["frame"] == 999
    assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert metrics.text == metrics_text(SNAPSHOT)
    assert (playing.status_code, standing.status_code) == (200, 503)


def test_the_web_server_is_read_by_whoever_is_in_or_shows_the_token() -> None:
    guard = AccessGuard("0.0.0.0", passcode="1234", read_token="metrics")
    routes = HealthRoutes()
    routes.snapshot, routes.admit_reader = lambda: SNAPSHOT, lambda host, token: guard.require_reader(host, token, 0.0)

    async def ask(host: str, **headers: str) -> int:
        transport = httpx.ASGITransport(Starlette(routes=routes.routes), client=(host, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://player", headers=headers) as client:
            return (await client.get("/health")).status_code | (await client.get("/metrics")).status_code

    assert asyncio.run(ask("127.0.0.1")) == 200
    assert asyncio.run(ask("10.0.0.9")) == 401
    assert asyncio.run(ask("10.0.0.9", authorization="Bearer metrics")) == 200
