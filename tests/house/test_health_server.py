"""The house answers for itself, whether a player plays or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from installation.errors import DeviceError
from installation.house.health_server import HealthServer
from installation.house.supervisor import HouseStatistics

PLAYING = HouseStatistics("playing", 3, 2, 1, 0, False, 40, 41, 990, Path("incident-1.json"))
LOOPBACK = "127.0.0.1"


def test_it_is_well_while_a_player_plays_and_says_what_has_happened() -> None:
    now = PLAYING
    displays = {"wall": True, "floor": None}
    with HealthServer(LOOPBACK, 0, lambda: now, lambda: displays) as server:
        url = f"http://{LOOPBACK}:{server.port}"
        well = httpx.get(f"{url}/health")
        assert (well.status_code, well.json()["starts"], well.json()["displays"]) == (200, 3, displays)
        assert well.json()["last_incident"] == "incident-1.json"
        now = replace(PLAYING, state="pausing", safe_picture=True, in_a_row=4, process=None)
        ill = httpx.get(f"{url}/health")
        assert (ill.status_code, ill.json()["state"], ill.json()["safe_picture"]) == (503, "pausing", True)
        metrics = httpx.get(f"{url}/metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
        for line in (
            "installation_house_playing 0",
            "installation_house_crashes_in_a_row 4",
            "installation_house_safe_picture 1",
            "# TYPE installation_house_crashes_total counter",
            'installation_house_display_on{display="wall"} 1',
        ):
            assert line in metrics.text.splitlines()
        assert "floor" not in metrics.text
        assert httpx.get(f"{url}/secrets").status_code == 404


def test_a_port_that_is_taken_is_said_with_the_way_out() -> None:
    with (
        HealthServer(LOOPBACK, 0, lambda: PLAYING) as server,
        pytest.raises(DeviceError, match=rf"--health {server.port}: .*; name another port"),
    ):
        HealthServer(LOOPBACK, server.port, lambda: PLAYING)
