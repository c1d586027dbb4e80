"""Options that several commands share: sizes, lengths of time, and where a show keeps its state."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import typer

from installation.commands.options import finite, parse_size, state_folder
from installation.errors import DeviceError, ScoreError


def test_a_size_is_width_by_height_in_pixels() -> None:
    assert parse_size("640x360") == (640, 360)
    assert parse_size("16x16384") == (16, 16384)
    assert parse_size(None) is None


@pytest.mark.parametrize("text", ["640", "640X360", "640 x 360", "15x360", "640x16385", "-640x360", "x", "", "1e3x400"])
def test_a_size_that_is_none_says_how_one_is_written(text: str) -> None:
    with pytest.raises(ScoreError, match=r"--size: .* is not a size; it is WIDTHxHEIGHT, .* such as 640x360"):
        parse_size(text)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_time_without_end_is_refused_with_the_way_to_say_it(value: float) -> None:
    with pytest.raises(typer.BadParameter, match="leave the option out to run without end"):
        finite(value)
    assert finite(90.0) == 90.0
    assert finite(None) is None


def test_each_score_keeps_its_state_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder(Path("shows/sea.yaml")) == tmp_path / "installation" / "sea"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/gallery")
    assert state_folder(Path("sea.yaml")) == Path("/home/gallery/.local/state/installation/sea")


def test_a_user_without_a_home_is_told_to_name_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(DeviceError, match="--folder DIR"):
        state_folder(Path("sea.yaml"))
