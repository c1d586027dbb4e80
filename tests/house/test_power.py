"""Displays that are switched: a projector over a real socket, and commands."""

from __future__ import annotations

import os
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from installation.errors import DeviceError
from installation.house.caretaker import RETRY_SECONDS, Caretaker
from installation.house.hours import Hours, Opening
from installation.house.power import Display, Projector, Switch, awake, power, switch
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
        (FakeProjector(answers=("%1POWR=ERR3",)), "", "warms up, cools down or stands by"),
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
    missing = Switch((str(tmp_path / "missing"),), ("false",))
    for on in (True, False):
        with pytest.raises(DeviceError, match="try it in a terminal"):
            switch(missing, on=on)


def test_displays_go_on_before_the_warm_up_ends_and_off_after_the_goodnight() -> None:
    now = at("09:00")
    with FakeProjector() as fake:
        caretaker = Caretaker({"wall": Projector("127.0.0.1", fake.port)}, TEN_TO_SIX, lambda: now)
        for clock, is_on in (("09:00", False), ("09:46", True), ("18:04", True), ("18:06", False)):
            now = at(clock)
            caretaker.step()
            assert fake.is_on == is_on
    assert fake.heard == ["%1POWR 0", "%1POWR 1", "%1POWR 0"]


def test_a_projector_that_cools_down_is_asked_again_until_it_is_on(caplog: pytest.LogCaptureFixture) -> None:
    now = at("12:00")
    with FakeProjector(answers=("%1POWR=ERR3",) * 3) as fake:
        caretaker = Caretaker({"wall": Projector("127.0.0.1", fake.port)}, None, lambda: now)
        for _ in range(40):
            caretaker.step()
            now += RETRY_SECONDS / 4
        assert fake.is_on
        assert len(fake.heard) == 4
    assert sum("failed" in record.message for record in caplog.records) == 1


def test_one_display_that_is_gone_does_not_keep_the_others_dark() -> None:
    with FakeProjector() as fake:
        displays: dict[str, Display] = {
            "gone": Switch(("false",), ("false",)),
            "wall": Projector("127.0.0.1", fake.port),
        }
        Caretaker(displays, None).step()
        assert fake.is_on


def test_the_caretaker_ends_with_the_house() -> None:
    with Caretaker({}, None) as caretaker:
        pass
    caretaker.close()


@pytest.mark.usefixtures("cables")
def test_while_a_show_plays_the_screens_stay_awake_and_afterwards_may_sleep_again() -> None:
    def told() -> str:
        return subprocess.run(["xset", "q"], capture_output=True, text=True, check=True).stdout

    before = told()
    assert "timeout:  600" in before
    with awake(), awake():  # the house, and the player that it keeps
        assert re.search(r"timeout:\s+0 ", told())
        assert re.search(r"prefer blanking:\s+no", told())
    assert told() == before


def test_a_command_that_says_what_is_no_text_is_only_refused_as_any_other(caplog: pytest.LogCaptureFixture) -> None:
    noise = Switch(("sh", "-c", r"printf '\377'; exit 3"), ("true",))
    Caretaker({"noise": noise, "nobody": Projector("a" * 64)}, None).step()
    assert "exit code 3" in caplog.text
    assert "is it on the network" in caplog.text


def test_a_rig_that_takes_effect_is_what_displays_go_by() -> None:
    with FakeProjector() as fake:
        wall: dict[str, Display] = {"wall": Projector("127.0.0.1", fake.port)}
        caretaker = Caretaker(wall, TEN_TO_SIX, lambda: at("20:00"))
        caretaker.step()
        caretaker.take(wall, None)
        caretaker.step()
        assert fake.heard == ["%1POWR 0"], "it was asked just now"
        caretaker = Caretaker({}, TEN_TO_SIX, lambda: at("12:00"))
        caretaker.take(wall, TEN_TO_SIX)
        caretaker.step()
        assert fake.is_on


def test_a_machine_that_will_not_be_kept_awake_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refuses = tmp_path / "systemd-inhibit"
    refuses.write_text("#!/bin/sh\nexit 7\n")
    refuses.chmod(0o755)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with awake():
        give_up = time.monotonic() + 20.0
        while "systemd-inhibit ended with 7" not in caplog.text:
            assert time.monotonic() < give_up
    refuses.write_text("#!/bin/sh\ncat\n")
    caplog.clear()
    with awake():
        pass
    assert caplog.text == ""
