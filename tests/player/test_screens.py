"""Where a show is seen when there is no display: nowhere, and whoever is there to read it is told."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from installation.errors import DeviceError
from installation.notices import Notices
from installation.player.options import EngineOptions, LiveOptions
from installation.player.screens import HeadlessScreens, has_display, open_screens

EDITION: Any = SimpleNamespace()  # not looked at where nobody sees it


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)


def test_without_a_display_an_attended_show_plays_headless_and_warns(caplog: pytest.LogCaptureFixture) -> None:
    with open_screens(EDITION, None, LiveOptions(), Notices()) as screens:
        assert isinstance(screens, HeadlessScreens)
    assert [record.message for record in caplog.records] == ["there is no display: playing headless"]


def test_a_show_that_was_asked_to_be_headless_does_not_warn(caplog: pytest.LogCaptureFixture) -> None:
    with open_screens(EDITION, None, LiveOptions(headless=True), Notices()) as screens:
        assert isinstance(screens, HeadlessScreens)
        assert (screens.closing, list(screens.take(EDITION))) == (False, [])
    assert caplog.records == []


def test_at_night_a_show_without_a_display_ends_so_that_the_house_can_try_again(tmp_path: Path) -> None:
    unattended = LiveOptions(EngineOptions(journal=tmp_path / "journal.jsonl", resume=True))
    with pytest.raises(DeviceError, match=r"there is no display; .*set DISPLAY, or play with --headless"):
        open_screens(EDITION, None, unattended, Notices())


@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_on_linux_the_environment_says_whether_there_is_a_display(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert not has_display()
    monkeypatch.setenv(variable, ":1")
    assert has_display()
    monkeypatch.delenv(variable)
    monkeypatch.setattr(sys, "platform", "win32")
    assert has_display()
