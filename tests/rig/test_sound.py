"""Where the sound goes: the buses of a score on the channels of a device."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from installation.errors import RigError
from installation.rig.sound import MACHINES_OWN, SoundRouting
from installation.rig.venue import read_venue

LEFT_RIGHT = np.array([[0.25, 0.5]], np.float32)


def read(folder: Path, sound: str) -> SoundRouting:
    (folder / "rig.yaml").write_text(f"sound: {sound}\n", encoding="utf-8")
    return read_venue(folder / "rig.yaml").sound


def test_a_rig_names_device_and_channels(tmp_path: Path) -> None:
    routing = read(tmp_path, "{device: Scarlett, buses: {main: [1, 2], ceiling: [3, 4, 5, 6]}}")
    assert (routing.device, routing.channels) == ("Scarlett", 6)
    assert routing.laid_out({"ceiling": LEFT_RIGHT}, 1).tolist() == [[0.0, 0.0, 0.25, 0.5, 0.25, 0.5]]


def test_a_bus_of_one_channel_has_both_sides() -> None:
    assert SoundRouting("", {"main": (2,)}).laid_out({"main": LEFT_RIGHT}, 1).tolist() == [[0.0, 0.375]]


def test_buses_that_are_not_named_are_heard_on_the_first_two() -> None:
    assert MACHINES_OWN.laid_out({"any": LEFT_RIGHT, "other": LEFT_RIGHT}, 1).tolist() == [[0.5, 1.0]]


@pytest.mark.parametrize(
    ("sound", "sentence"),
    [
        ("{buses: {main: [1, 1]}}", "bus 'main' has a channel twice"),
        ("{buses: {main: [0]}}", "1..64"),
        ("{card: Scarlett}", "did you mean 'device'"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, sound: str, sentence: str) -> None:
    with pytest.raises(RigError) as error:
        read(tmp_path, sound)
    assert sentence in str(error.value)
    assert "rig.yaml:1:" in str(error.value)
