"""The benchmark of the page: what its figures say. It is run by hand, with the real player and Chromium."""

from __future__ import annotations

from installation.benchmarks.page import as_text
from installation.desk.page.pictures import OutputSheet, mean_of, outputs_in, packet_of


def stretch(lost: int, pictures_per_second: float = 0.0) -> dict[str, float]:
    return {"due": 200, "lost": lost, "pictures_per_second": pictures_per_second}


def test_every_stretch_is_told_so_that_the_noise_is_seen() -> None:
    figures = {
        "stretches": {"nobody": [stretch(1), stretch(3)], "chromium": [stretch(4, 12.0), stretch(2, 11.6)]},
        "message_to_picture_ms": {"median": 41.2, "p95": 52.9},
        "click_to_frame_ms": {"median": 61.2, "p95": 88.9},
    }
    assert as_text(figures).splitlines() == [
        "nobody    frames lost: 0.5, 1.5 %, median 1.0 %",
        "chromium  frames lost: 2.0, 1.0 %, median 1.5 %; pictures of each output per second: 11.6 at least",
        "message to changed picture: median 41 ms, p95 53 ms",
        "click to changed picture: median 61 ms, p95 89 ms",
    ]


def test_a_packet_tells_its_outputs() -> None:
    places = {"left": (0, 0, 16, 9), "centre": (16, 0, 16, 9)}
    packet = packet_of(OutputSheet(4_711, (32, 9), places, bytes([90]) * (4 * 32 * 9)))
    assert outputs_in(packet) == ["left", "centre"]
    assert mean_of(packet) == 90.0
