"""Displays that are switched: a projector over a real socket, and commands."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.house import display_power as display_power_module
from installation.house.display_power import ASK_SECONDS, AWAY_TIMES, RETRY_SECONDS, DisplayController, DisplayPower
from installation.house.power import power, sleep_inhibited, switch
from installation.rig.displays import CommandDisplay, Display, Projector
from installation.rig.hours import Hours, Opening
from tests.house.projector import RANDOM, FakeProjector

TEN_TO_SIX = Hours("UTC", ((Opening(600, 1080),),) * 7, warm_up_seconds=900, goodnight_seconds=300)


def at(clock: str) -> float:
    return datetime.fromisoformat(f"2026-11-24 {clock}").replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize("password", ["", "JBMIAProjectorLink"])
def test_a_projector_is_switched_on_and_off_and_says_so(password: str) -> None:
    with FakeProjector(password) as fake:
        projector = Projector("127.0.0.1", fake.port, password)
        switch(projector, on=True)
        assert power(projector) == "on"
        switch(projector, on=False)
        assert power(projector) == "off"


def test_a_password_goes_over_the_wire_as_the_digest_of_the_standards_example() -> None:
    with FakeProjector("JBMIAProjectorLink") as fake:
        switch(Projector("127.0.0.1", fake.port, "JBMIAProjectorLink"), on=True)
    assert RANDOM == "498e4a67"
    assert fake.heard == ["5d8409bc1c3fa39749434aa3a5c38682%1POWR 1"]


@pytest.mark.parametrize(
    ("fake", "password", "message"),
    [
        (FakeProjector("right"), "wrong", "refuses the password"),
        (FakeProjector("right"), "", "wants a password"),
        (FakeProjector(answers=("%1POWR=ERR3",)), "", "warming up, cooling down or on standby"),
        (FakeProjector(answers=("%1POWR=ERR4",)), "", "reports a failure"),
        (FakeProjector(greeting="SSH-2.0"), "", "is not PJLink"),
        (FakeProjector(answers=("220 ready",)), "", "is not PJLink"),
    ],
)
def test_what_a_projector_refuses_is_said_in_words(fake: FakeProjector, password: str, message: str) -> None:
    with fake, pytest.raises(DeviceError, match=message):
        switch(Projector("127.0.0.1", fake.port, password), on=True)


def test_a_projector_that_is_not_there_is_said_with_the_way_out() -> None:
    with FakeProjector() as fake:
        port = fake.port
    with pytest.raises(DeviceError, match="switched on in its menu"):
        switch(Projector("127.0.0.1", port), on=True)


def test_a_command_that_fails_is_said_with_what_it_said(tmp_path: Path) -> None:
    missing = CommandDisplay((str(tmp_path / "missing"),), ("false",))
    for on in (True, False):
        with pytest.raises(DeviceError, match="try it in a terminal"):
            switch(missing, on=on)


def always(_wall_seconds: float) -> bool:
    return True


def told(display_power: DisplayPower) -> dict[str, str]:
    return {name: display.state for name, display in display_power.displays.items()}


def wait_until(reached: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20.0
    while not reached():
        assert time.monotonic() < give_up


def test_a_display_is_on_while_it_is_wanted() -> None:
    now = 0.0
    with FakeProjector() as fake:
        keeper = DisplayController(
            "wall", Projector("127.0.0.1", fake.port), lambda wall: 100 <= wall < 200, lambda: now
        )
        for moment, is_on in ((0.0, False), (99.0, False), (100.0, True), (150.0, True), (200.0, False)):
            now = moment
            keeper.step()
            assert (fake.is_on, keeper.state) == (is_on, "on" if is_on else "off")
    assert [word for word in fake.heard if "?" not in word] == ["%1POWR 0", "%1POWR 1", "%1POWR 0"]


def test_displays_are_on_from_the_warm_up_to_the_end_of_the_goodnight() -> None:
    display_power = DisplayPower({}, TEN_TO_SIX)
    for clock, is_on in (("09:00", False), ("09:46", True), ("18:04", True), ("18:06", False)):
        assert display_power._wants(at(clock)) == is_on
    display_power.take({}, None)
    assert display_power._wants(at("03:00")), "without hours the house is always open"


def test_a_projector_that_cools_down_is_asked_again_until_it_is_on(caplog: pytest.LogCaptureFixture) -> None:
    now = at("12:00")
    with FakeProjector(answers=("%1POWR=ERR3",) * 3) as fake:
        keeper = DisplayController("wall", Projector("127.0.0.1", fake.port), always, lambda: now)
        while keeper.state != "on":
            keeper.step()
            assert keeper.state in ("refuses", "on")
            now += RETRY_SECONDS / 4
        assert fake.is_on
        assert len(fake.heard) == 4
        assert now - at("12:00") == 3.25 * RETRY_SECONDS
    assert sum("failed" in record.message for record in caplog.records) == 1


def test_a_projector_that_somebody_switched_off_is_left_so_until_the_hours_change(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now, wanted = 0.0, True
    with FakeProjector() as fake:
        keeper = DisplayController("wall", Projector("127.0.0.1", fake.port), lambda _: wanted, lambda: now)
        keeper.step()
        now += ASK_SECONDS
        keeper.step()
        fake.is_on = False
        for _ in range(5):
            now += ASK_SECONDS
            keeper.step()
        assert not fake.is_on
        fake.is_silent = True  # for a while: whoever mends it may pull its plugs, too
        for _ in range(3):
            now += ASK_SECONDS
            keeper.step()
        assert keeper.state == "unreachable"
        fake.is_silent = False
        now += ASK_SECONDS
        keeper.step()
        assert not fake.is_on
        told = "was switched off, by hand or by itself: the house leaves it alone until the hours change"
        assert caplog.text.count(told) == 1
        assert keeper.state == "off"
        wanted = False  # the night
        keeper.step()
        wanted = True  # and the next morning
        keeper.step()
        assert fake.is_on


def watched(fake: FakeProjector) -> Callable[[int], None]:
    """A house that wants the projector on has asked it once; what is given lets it ask so many times more."""
    now = 0.0
    keeper = DisplayController("wall", Projector("127.0.0.1", fake.port), always, lambda: now)

    def after(asked: int) -> None:
        nonlocal now
        for _ in range(asked):
            now += ASK_SECONDS
            keeper.step()

    keeper.step()
    return after


def test_a_projector_that_lost_its_power_is_switched_on_again_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with FakeProjector() as fake:
        after = watched(fake)
        after(1)
        fake.is_silent = True
        after(AWAY_TIMES)
        assert "closed the connection without an answer; is it on the network" in caplog.text
        fake.is_silent, fake.is_on = False, False
        fake.answer_next("%1POWR=3", "%1POWR=ERR3")  # it stands by first, which decides nothing
        after(2)
        assert not fake.is_on
        after(2)
        assert fake.is_on
        assert "is back and is off: the house switches it again" in caplog.text
        after(1)
        fake.is_silent = True
        after(1)  # a word that gets lost is not a power cut
        fake.is_silent, fake.is_on = False, False
        after(3)
        assert not fake.is_on


def test_a_projector_that_was_switched_off_by_hand_is_left_though_it_is_silent_before_it_cools() -> None:
    with FakeProjector() as fake:
        after = watched(fake)
        after(1)
        fake.is_silent = True
        after(AWAY_TIMES + 1)
        fake.is_silent, fake.is_on = False, False
        fake.answer_next(*["%1POWR=2"] * 6)
        after(12)
        assert not fake.is_on, "somebody may be at the lamp"


def test_a_projector_may_answer_in_small_letters() -> None:
    with FakeProjector(answers=("%1powr=ok", "%1powr=1", "%1powr=err3"), greeting="pjlink 0") as fake:
        wall = Projector("127.0.0.1", fake.port)
        switch(wall, on=True)
        assert power(wall) == "on"
        with pytest.raises(DeviceError, match="is not ready"):
            power(wall)


def test_a_full_disk_keeps_no_display_from_being_switched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no such folder"))
    switch(CommandDisplay(("true",), ("true",)), on=True)


def test_what_nobody_foresaw_while_a_display_is_switched_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    keeper = DisplayController("wall", CommandDisplay(("true",), ("true",)), always, lambda: now)
    with monkeypatch.context() as patched:
        patched.setattr(display_power_module, "switch", lambda *_, **__: 1 / 0)
        keeper.step()
        assert keeper.state == "refuses"
    now += RETRY_SECONDS
    keeper.step()
    assert keeper.state == "on"


def test_a_projector_that_takes_the_word_and_does_nothing_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    now = 0.0
    with FakeProjector(answers=("%1POWR=OK", "%1POWR=0", "%1POWR=OK", "%1POWR=0")) as fake:
        keeper = DisplayController("wall", Projector("127.0.0.1", fake.port), always, lambda: now)
        while not fake.is_on:
            keeper.step()
            now += ASK_SECONDS
            assert now < 10 * RETRY_SECONDS
    assert fake.heard.count("%1POWR 1") == 3
    assert "by hand" not in caplog.text
    assert caplog.text.count("is switched on") == 1, "a log that rotates must keep the night"


def test_one_display_that_hangs_delays_no_other_and_not_the_end_of_the_house(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(display_power_module, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(display_power_module, "END_SECONDS", 0.01)
    with FakeProjector() as fake, contextlib.ExitStack() as ended:
        hangs = CommandDisplay(("tail", "-f", "/dev/null"), ("true",))
        displays: dict[str, Display] = {"hangs": hangs, "wall": Projector("127.0.0.1", fake.port)}
        display_power = ended.enter_context(DisplayPower(displays, None))
        wait_until(lambda: told(display_power) == {"hangs": "unknown", "wall": "on"})
        assert fake.is_on
        ended.close()
        display_power.close()


@pytest.mark.usefixtures("cables")
def test_while_a_show_plays_the_screens_stay_awake_and_afterwards_may_sleep_again() -> None:
    def told() -> str:
        return subprocess.run(["xset", "q"], capture_output=True, text=True, check=True).stdout

    before = told()
    assert "timeout:  600" in before
    with sleep_inhibited(), sleep_inhibited():  # the house, and the player that it keeps
        assert re.search(r"timeout:\s+0 ", told())
        assert re.search(r"prefer blanking:\s+no", told())
    assert told() == before


def test_a_command_that_says_what_is_no_text_is_only_refused_as_any_other(caplog: pytest.LogCaptureFixture) -> None:
    noise = CommandDisplay(("sh", "-c", r"printf '\377'; exit 3"), ("true",))
    for display in (noise, Projector("a" * 64)):
        DisplayController("wall", display, always).step()
    assert "exit code 3" in caplog.text
    assert "is it on the network" in caplog.text


def test_a_command_may_leave_something_running() -> None:
    begun = time.monotonic()
    switch(CommandDisplay(("sh", "-c", "sleep 60 & echo done"), ("true",)), on=True)
    assert time.monotonic() - begun < 30


def test_a_rig_that_takes_effect_is_what_displays_go_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_power_module, "LOOK_SECONDS", 0.0)
    with FakeProjector() as fake, FakeProjector() as other:
        wall: dict[str, Display] = {"wall": Projector("127.0.0.1", fake.port)}
        with DisplayPower(wall, TEN_TO_SIX, lambda: at("20:00")) as display_power:
            wait_until(lambda: told(display_power) == {"wall": "off"})
            display_power.take(wall | {"floor": Projector("127.0.0.1", other.port)}, None)
            wait_until(lambda: told(display_power) == {"wall": "on", "floor": "on"})
            assert display_power.displays["wall"].wanted
            display_power.take({"floor": Projector("127.0.0.1", other.port)}, TEN_TO_SIX)
            wait_until(lambda: told(display_power) == {"floor": "off"})
            assert not display_power.displays["floor"].wanted
        assert (fake.is_on, other.is_on) == (True, False), "a display that the rig forgets is left alone"


def test_a_machine_that_will_not_be_kept_awake_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refuses = tmp_path / "systemd-inhibit"
    refuses.write_text("#!/bin/sh\nexit 7\n")
    refuses.chmod(0o755)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with sleep_inhibited():
        give_up = time.monotonic() + 20.0
        while "systemd-inhibit ended with 7" not in caplog.text:
            assert time.monotonic() < give_up
    refuses.write_text("#!/bin/sh\ncat\n")
    caplog.clear()
    with sleep_inhibited():
        pass
    assert caplog.text == ""
