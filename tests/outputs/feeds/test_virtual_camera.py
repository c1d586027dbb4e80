"""A virtual camera, with a stand-in for the device."""

from __future__ import annotations

import sys
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.errors import DeviceError
from installation.outputs.feeds.virtual_camera import open_camera
from installation.rig.streams import Stream


class Device:
    """What pyvirtualcam gives: takes pictures (height, width, 3)."""

    opened: list[tuple[int, int, float, str | None]]
    shown: list[NDArray[np.uint8]]

    def __init__(self, width: int, height: int, fps: float, device: str | None = None) -> None:
        self.opened.append((width, height, fps, device))

    def send(self, picture: NDArray[np.uint8]) -> None:
        self.shown.append(picture)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> type[Device]:
    Device.opened, Device.shown = [], []
    monkeypatch.setitem(sys.modules, "pyvirtualcam", SimpleNamespace(Camera=Device))
    return Device


@pytest.mark.parametrize(("address", "named"), [("camera:", None), ("camera:/dev/video9", "/dev/video9")])
def test_a_camera_shows_red_green_and_blue_of_every_picture(device: type[Device], address: str, named: Any) -> None:
    with open_camera(Stream("call", "left", address), (2, 1), Fraction(30)) as camera:
        camera.take(0, bytes([1, 2, 3, 255, 4, 5, 6, 255]))
        camera.give_up()
    assert device.opened == [(2, 1, 30.0, named)]
    assert device.shown[0].tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_a_machine_without_one_says_so_with_the_way_out() -> None:
    pytest.importorskip("pyvirtualcam", exc_type=ImportError)
    with (
        pytest.raises(DeviceError, match=r"no virtual camera: .*; on Linux: apt install v4l2loopback-dkms"),
        open_camera(Stream("call", "left", "camera:/dev/no-such-camera"), (2, 2), Fraction(30)),
    ):
        pass


def test_without_its_package_a_camera_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with (
        pytest.raises(DeviceError, match=r"pip install 'installation\[webcam\]'"),
        open_camera(Stream("call", "left", "camera:"), (2, 2), Fraction(30)),
    ):
        pass
