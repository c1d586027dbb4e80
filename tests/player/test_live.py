"""A live show in real windows on a virtual screen, and on monitors."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from installation.benchmarks.dummy_monitors import SMALL, DummyMonitors
from installation.editions.edition import ShowFiles
from installation.errors import DeviceError, RigError
from installation.player.live import Live
from installation.player.options import EngineOptions, LiveOptions
from installation.show.control import Message
from tests.small_atlas import small_atlas

SCORE = """
title: Small
atlas: atlas
fps: 30
outputs: {left: 32x18}
cues: [{id: dawn, duration: 4s, layers: [{name: sea, walk: near-1}]}]
"""
RIG = "heads: {left: {monitor: {connector: DUMMY0}}}\n"

PATIENCE_SECONDS = 60.0


@pytest.mark.usefixtures("screen")
def test_no_hand_closes_a_show_that_is_locked(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    (tmp_path / "score.yaml").write_text(SCORE)

    def press_escape(locked: bool) -> None:
        live.engine.desk.put(Message(0, 0, "lock", value=float(locked), source="page"))
        live.step()
        live.screens.closing = True

    with Live(ShowFiles(tmp_path / "score.yaml"), LiveOptions(seconds=20), time.monotonic) as live:
        press_escape(locked=True)
        assert live._should_continue()
        assert live.engine.desk.statistics().refused == {"locked": 1}
        press_escape(locked=False)
        assert not live._should_continue()


def test_an_output_that_is_added_while_the_show_plays_comes_up_on_its_monitor(
    tmp_path: Path, cables: DummyMonitors
) -> None:
    small_atlas(tmp_path / "atlas")
    score, rig = tmp_path / "score.yaml", tmp_path / "rig.yaml"
    score.write_text(SCORE)
    rig.write_text(RIG)
    lit: set[int] = set()

    def play_until(wanted: set[int]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while lit != wanted:
            assert time.monotonic() < give_up
            live.step()
            lit.clear()
            lit.update(number for number, picture in cables.pictures().items() if picture.any())

    with Live(ShowFiles(score, rig), LiveOptions(), time.monotonic) as live:
        play_until({0})
        rig.write_text(RIG.replace("}}\n", "}, right: {monitor: {connector: DUMMY2}}}\n"))
        score.write_text(SCORE.replace("left: 32x18", "left: 32x18, right: 32x18"))
        play_until({0, 2})
        assert live.screens.sizes_of(live.engine.edition) == {"left": SMALL, "right": SMALL}
        rig.write_text(RIG)
        score.write_text(SCORE)
        play_until({0})


def test_a_house_without_a_display_plays_to_nobody_only_when_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    small_atlas(tmp_path / "atlas")
    (tmp_path / "score.yaml").write_text(SCORE)
    options = LiveOptions(EngineOptions(journal=tmp_path / "journal.jsonl", resume=True))
    with pytest.raises(DeviceError, match="there is no display"):
        Live(ShowFiles(tmp_path / "score.yaml"), options, time.monotonic)
    with Live(ShowFiles(tmp_path / "score.yaml"), replace(options, headless=True), time.monotonic) as live:
        assert live.step() >= 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (RIG.replace("DUMMY0", "HDMI-99"), "this machine has no connector 'HDMI-99'"),
        (RIG.replace("}}\n", "}, right: {monitor: {position: [0, 0]}}}\n"), "a monitor shows one output"),
    ],
)
def test_a_rig_that_does_not_fit_this_machine_leaves_the_last_good_one(
    tmp_path: Path, cables: DummyMonitors, wrong: str, told: str
) -> None:
    small_atlas(tmp_path / "atlas")
    score, rig = tmp_path / "score.yaml", tmp_path / "rig.yaml"
    score.write_text(SCORE.replace("left: 32x18", "left: 32x18, right: 32x18"))
    rig.write_text(RIG)
    with Live(ShowFiles(score, rig), LiveOptions(), time.monotonic) as live:
        give_up = time.monotonic() + PATIENCE_SECONDS
        rig.write_text(wrong)
        while not live.engine.notices.current.mistakes:
            assert time.monotonic() < give_up
            live.step()
        (mistake,) = live.engine.notices.current.mistakes
        assert (Path(mistake.file).name, mistake.line) == ("rig.yaml", 1)
        assert told in mistake.message
        assert cables.pictures()[0].any(), "left is where it was"
        rig.write_text(RIG + "\n")
        while live.engine.notices.current.mistakes:
            assert time.monotonic() < give_up
            live.step()


def test_what_this_machine_can_never_show_ends_a_show_before_it_starts_and_not_a_house_at_night(
    tmp_path: Path,
    cables: DummyMonitors,  # noqa: ARG001 a display must be there
    caplog: pytest.LogCaptureFixture,
) -> None:
    small_atlas(tmp_path / "atlas")
    (tmp_path / "score.yaml").write_text(SCORE)
    (tmp_path / "rig.yaml").write_text(RIG.replace("DUMMY0", "DUMY0"))
    sources = ShowFiles(tmp_path / "score.yaml", tmp_path / "rig.yaml")
    with pytest.raises(RigError, match=r"rig.yaml:1:\d+: heads.left.monitor: this machine has no connector 'DUMY0'"):
        Live(sources, LiveOptions(seconds=1), time.monotonic)
    options = LiveOptions(seconds=1, engine=EngineOptions(journal=tmp_path / "journal.jsonl", resume=True))
    with Live(sources, options, time.monotonic) as live:
        live.step()
        told = "this machine has no connector 'DUMY0'"
        assert any(told in warning for warning in live.engine.notices.current.warnings)
    assert told in caplog.text


def test_what_was_wrong_when_a_house_went_on_stays_told_and_keeps_no_other_edit_out(
    tmp_path: Path,
    cables: DummyMonitors,  # noqa: ARG001 a display must be there
) -> None:
    small_atlas(tmp_path / "atlas")
    score, rig = tmp_path / "score.yaml", tmp_path / "rig.yaml"
    score.write_text(SCORE.replace("32x18}", "32x18, right: 32x18}"))
    bad = "heads:\n  left: {monitor: {connector: DUMY0}}\n  right: {monitor: {connector: DUMMY1}}\n"
    rig.write_text(bad)
    told = "this machine has no connector 'DUMY0'"

    def play_until(reached: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not reached():
            assert time.monotonic() < give_up
            live.step()

    def is_told() -> bool:
        return any(told in warning for warning in live.engine.notices.current.warnings)

    options = LiveOptions(engine=EngineOptions(journal=tmp_path / "journal.jsonl", resume=True))
    with Live(ShowFiles(score, rig), options, time.monotonic) as live:
        play_until(is_told)
        rig.write_text(bad.replace("DUMMY1}", "DUMMY1}, black_lift: 0.1"))  # as saving an adjustment does
        play_until(lambda: live.engine.edition.venue.heads[1].black_lift == 0.1)
        assert not live.engine.notices.current.mistakes
        assert is_told()
        score.write_text(score.read_text().replace("Small", "Smaller"))
        play_until(lambda: live.engine.edition.score.title == "Smaller")
        assert is_told()
        rig.write_text(bad.replace("DUMY0", "DUMMY0").replace("DUMMY1", "DUMMY77"))
        play_until(lambda: bool(live.engine.notices.current.mistakes))  # a new mistake is refused as ever
        rig.write_text(bad.replace("DUMY0", "DUMMY0"))
        play_until(
            lambda: (
                not live.engine.notices.current.mistakes
                and live.engine.edition.venue.heads[0].monitor.connector == "DUMMY0"
            )
        )
        assert not is_told()
