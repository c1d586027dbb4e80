"""Photographs in folders, as any camera leaves them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.errors import DeviceError, RigError
from installation.rig.calibration.photographs import light_of, photographs_in, require_same_view, shrunk
from installation.rig.calibration.webcam import Webcam


def photograph(folder: Path, name: str, grey: int, size: tuple[int, int] = (6, 4)) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (grey,) * 3).save(folder / name)


def test_photographs_are_taken_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name, grey in (("DSC_9.png", 90), ("DSC_10.png", 100), ("dsc_8.PNG", 80)):
        photograph(tmp_path / "left", name, grey)
    (tmp_path / "left" / "notes.txt").write_text("f/4")
    found, step = photographs_in(tmp_path, "left")
    assert step == 1
    assert [round(float(one.mean()), 3) for one in found] == [
        round(((grey / 255 + 0.055) / 1.055) ** 2.4, 3) for grey in (80, 90, 100)
    ]


def test_large_photographs_are_made_smaller_in_light(tmp_path: Path) -> None:
    photograph(tmp_path / "left", "1.png", 255, (5000, 10))
    found, step = photographs_in(tmp_path, "left")
    assert (step, found[0].shape) == (3, (3, 1666))
    assert shrunk(np.array([[0, 1], [1, 0]], np.float32), 2) == 0.5


def test_a_photograph_of_colours_is_the_mean_of_their_light() -> None:
    assert light_of(np.array([[[255, 0, 0]]], np.uint8))[0, 0] == pytest.approx(1 / 3)


def test_what_is_no_photograph_is_told(tmp_path: Path) -> None:
    with pytest.raises(RigError, match=r"left: .*No such file.*put the photographs of head 'left' into this folder"):
        photographs_in(tmp_path, "left")
    (tmp_path / "left").mkdir()
    with pytest.raises(RigError, match="there is no photograph in it"):
        photographs_in(tmp_path, "left")
    (tmp_path / "left" / "1.jpg").write_text("none")
    with pytest.raises(RigError, match=r"1.jpg: this is not a photograph"):
        photographs_in(tmp_path, "left")
    photograph(tmp_path / "right", "1.png", 255)
    cut = (tmp_path / "right" / "1.png").read_bytes()[:50]
    (tmp_path / "right" / "1.png").write_bytes(cut)
    with pytest.raises(RigError, match=r"1.png: this photograph is damaged"):
        photographs_in(tmp_path, "right")


def test_a_camera_that_was_turned_between_heads_is_told() -> None:
    wide, tall = np.zeros((4, 6), np.float32), np.zeros((6, 4), np.float32)
    require_same_view([("left", wide), ("right", wide)])
    with pytest.raises(RigError, match="the photographs of right have 4x6 pixels and those of left have 6x4"):
        require_same_view([("left", wide), ("right", tall)])


def test_a_camera_is_whatever_opencv_opens_and_its_pictures_are_light(tmp_path: Path) -> None:
    for number in range(1, 10):
        photograph(tmp_path, f"{number:02}.png", 128, (64, 48))
    with Webcam(str(tmp_path / "%02d.png")) as camera:
        assert camera.photograph() == pytest.approx(0.2159, abs=0.002)
        with pytest.raises(DeviceError, match="gives no picture; is it still plugged in"):  # the series is over
            camera.photograph()


def test_a_camera_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"none.avi: cannot be opened; is it plugged in, and free of other programs"):
        Webcam(str(tmp_path / "none.avi"))
