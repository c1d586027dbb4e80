"""Three machines behind a bad network, for some seconds: the short form of the drill, with real players and sockets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from installation.benchmarks.fleet_cost import seconds_a_frame
from installation.benchmarks.machines.machine_clock import WANDER_SECONDS, MachineClock
from installation.benchmarks.machines.name_space import own_network
from installation.commands.cli import app
from installation.errors import DeviceError
from tests.desk.scores import tide
from tests.small_atlas import small_atlas

SECONDS = 20.0


UNTIMED = (
    "all machines show the same frames",
    "all machines have the same messages",
    "a house that was cut has one state again",
    "a machine that lost its power plays again",
    "a machine says that its clock was set",
    "a stranger hears nothing",
    "what one machine saves plays on all",
)
"""The checks whose result does not depend on how busy this machine is."""

SHOW = """\
title: Three rooms
atlas: atlas
fps: 10
outputs: {left: 32x18, right: 32x18}
cues:
  - {id: 1, duration: 4s, layers: [{walk: near-0}]}
  - {id: 2, duration: 4s, layers: [{walk: near-3}]}
"""


def test_three_machines_behind_a_bad_network_are_one_show_whatever_befalls_them(tmp_path: Path) -> None:
    try:
        own_network()
    except DeviceError as error:
        pytest.skip(str(error))
    small_atlas(tmp_path / "atlas")
    (tmp_path / "score.yaml").write_text(SHOW)
    report, place = tmp_path / "report.json", tmp_path / "trial"
    words = ["soak", str(tmp_path / "score.yaml"), "--fleet", str(SECONDS / 60), "--report", str(report)]
    done = CliRunner().invoke(app, [*words, "--folder", str(place)])
    assert report.exists(), done.output
    said = json.loads(report.read_text())
    passed = {one["what"]: one["passed"] for one in said["checks"]}
    assert {what: passed.get(what) for what in UNTIMED} == dict.fromkeys(UNTIMED, True), done.output
    figures = said["fleet"]
    assert figures["compared_frames"] >= 5
    assert figures["messages"] > 100
    assert figures["cues"] >= SECONDS / 2
    assert None not in figures["back_after_kill"]


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
