"""Three machines behind a bad network, for some seconds: the short form of the drill, with real players and sockets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from installation.benchmarks.fleet_cost import seconds_a_frame
from installation.benchmarks.machines.machine_clock import WANDER_SECONDS, MachineClock
from installation.benchmarks.machines.name_space import own_network
from installation.errors import DeviceError
from tests.desk.scores import tide

SECONDS = 8.0


def test_three_machines_behind_a_bad_network_show_one_show(tmp_path: Path) -> None:
    try:
        own_network()
    except DeviceError as error:
        pytest.skip(str(error))
    command = [sys.executable, "-m", "installation.benchmarks.fleet", "--no-faults", "--minutes", str(SECONDS / 60)]
    command += ["--folder", str(tmp_path / "house")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)
    assert figures["frames_differing"] == figures["lost_messages"] == []
    assert figures["compared_frames"] >= 5
    assert figures["messages"] > 100
    assert figures["cues"] >= SECONDS / 2
    assert done.returncode == 0


def test_a_machines_clocks_drift_and_are_set(tmp_path: Path) -> None:
    now = [100.0]
    clock, again = (
        MachineClock(tmp_path / "clock", 70e-6, wall=lambda: 1e9 + now[0], steady=lambda: now[0]) for _ in range(2)
    )
    with clock, again:
        now[0] += 1000.0
        assert clock.steady() == again.steady() == pytest.approx(1100.07, abs=1e-6)
        assert clock.wall() == pytest.approx(1e9 + 1100.0, abs=WANDER_SECONDS * 1.01)
        clock.step(3600.0)
        assert again.wall() == pytest.approx(1e9 + 4700.0, abs=WANDER_SECONDS * 1.01)
        assert again.steady() == pytest.approx(1100.07, abs=1e-6)


def test_what_playing_together_costs_is_counted_for_each_machine() -> None:
    alone = seconds_a_frame(tide(), 1, 40, in_fleet=False)
    together = seconds_a_frame(tide(), 3, 40)
    assert 0.0 < alone < together < 0.1
