"""`installation rig calibrate` and `rig patterns`, as a technician types them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageGrab
from typer.testing import CliRunner

from installation.commands.cli import app
from installation.errors import RigError
from installation.outputs.windows.connected import monitors_now
from installation.rig.calibration import webcam
from installation.rig.calibration.photographs import light_of
from installation.rig.calibration.structured_light import Light, pictures, series
from installation.rig.venue import read_venue
from installation.rig.warp import bent
from tests.rig.calibration.rooms import PROJECTOR_PX, corners_of, room_of
from tests.rig.calibration.test_room_model import model_of, points_of

SIZE = "{}x{}".format(*PROJECTOR_PX)

RIG = """\
heads:
  left: {monitor: {connector: HDMI-1}}   # by the door
  right:
    monitor: {connector: HDMI-2}
    latency_ms: 20
"""


def typed(*words: object) -> str:
    done = CliRunner().invoke(app, ["rig", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    (tmp_path / "rig.yaml").write_text(RIG)
    return tmp_path / "rig.yaml"


def test_a_folder_of_photographs_becomes_the_rig(rig: Path, tmp_path: Path) -> None:
    room = room_of("flat")
    for head in room.projectors:
        (tmp_path / "photos" / head).mkdir(parents=True)
        for number, (_, drawn) in enumerate(pictures(PROJECTOR_PX)):
            Image.fromarray(room.photograph(head, drawn)).save(tmp_path / "photos" / head / f"IMG_{number}.png")
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners_of(room))
    told = typed("calibrate", rig, "--photos", tmp_path / "photos", "--size", SIZE, "--corners", corners)
    assert "left: 34 photographs" in told
    assert "right shows 0." in told
    left, right = read_venue(rig).heads
    assert left.soft_edge.right > 0.1
    assert left.white[0] == pytest.approx(0.8, abs=0.02)
    assert right.latency_ms == 20
    assert right.mesh is not None
    assert "# by the door" in rig.read_text()
    kept = next(tmp_path.glob("rig-before-*.yaml"))
    assert kept.read_text() == RIG
    assert kept.name in told


def test_a_model_of_the_room_becomes_the_rig(rig: Path, tmp_path: Path) -> None:
    room = room_of("curved")
    (tmp_path / "room.obj").write_bytes(model_of(room))
    lines = [
        f"{head},{','.join(map(str, one.room))},{one.pixel[0]},{one.pixel[1]}"
        for head in ("left", "right")
        for one in points_of(room, head, 0.0)
    ]
    (tmp_path / "points.csv").write_text("\n".join(lines))
    words = ("calibrate", rig, "--room", tmp_path / "room.obj", "--points", tmp_path / "points.csv", "--size", SIZE)
    with pytest.raises(RigError, match=r"left and right overlap by a gap of"):
        typed(*words)
    assert rig.read_text() == RIG
    assert "left: stands at -1.5" in typed(*words, "--head", "left", "--mesh", "9x5")
    mesh = read_venue(rig).heads[0].mesh
    assert mesh is not None
    assert (mesh.columns, mesh.rows) == (9, 5)


class CameraOnTheDesktop:
    """Sees the desktop as it is, pixel for pixel."""

    def __init__(self, _device: str) -> None:
        pass

    def photograph(self) -> Light:
        return light_of(np.asarray(ImageGrab.grab(all_screens=True).convert("L")))

    def __enter__(self) -> CameraOnTheDesktop:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.usefixtures("screen")
def test_a_camera_sees_the_patterns_on_the_monitor_of_the_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webcam, "Webcam", CameraOnTheDesktop)
    monitor = monitors_now()[0]
    (tmp_path / "rig.yaml").write_text(f"heads: {{left: {{monitor: {{connector: {monitor.connector}}}}}}}\n")
    told = typed("calibrate", tmp_path / "rig.yaml", "--camera", "0", "--keep", tmp_path / "kept")
    assert "left: 100% of what the camera sees" in told
    mesh = read_venue(tmp_path / "rig.yaml").heads[0].mesh
    assert mesh is not None
    even = np.linspace(0, 1, 9)
    off = (bent(mesh, even, even) - np.stack(np.meshgrid(even, even), axis=-1)) * (monitor.width, monitor.height)
    assert np.abs(off).max() < 1
    size = f"{monitor.width}x{monitor.height}"
    assert "left shows" in typed("calibrate", tmp_path / "rig.yaml", "--photos", tmp_path / "kept", "--size", size)


def test_patterns_are_written_in_their_order(rig: Path, tmp_path: Path) -> None:
    typed("patterns", rig, "--out", tmp_path / "patterns", "--size", "64x48", "--head", "left")
    names = sorted(path.name for path in (tmp_path / "patterns" / "left").iterdir())
    assert names[:3] == ["01_white.png", "02_black.png", "03_bit_1_across.png"]
    assert not (tmp_path / "patterns" / "right").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give exactly one of --photos, --camera and --room; you gave nothing"),
        (("--photos", "a", "--camera", "0"), "you gave --photos and --camera"),
        (("--room", "a.obj"), "--room and --points belong together"),
        (("--room", "a.obj", "--points", "a.csv", "--corners", "1,2"), "--corners are pixels of a photograph"),
        (("--photos", "a", "--head", "rear"), "no head is called 'rear'"),
        (("--photos", "a", "--size", "big"), "it takes two whole numbers"),
        (("--photos", "nowhere", "--head", "left"), "put the photographs of head 'left' into this folder"),
    ],
)
def test_what_a_calibration_cannot_begin_with_is_told(rig: Path, words: tuple[str, ...], told: str) -> None:
    with pytest.raises(RigError, match=told):
        typed("calibrate", rig, *words)


@pytest.mark.usefixtures("screen")
def test_patterns_wait_for_whoever_photographs_them(tmp_path: Path) -> None:
    connector = monitors_now()[0].connector
    (tmp_path / "rig.yaml").write_text(f"heads: {{left: {{monitor: {{connector: {connector}}}}}}}\n")
    count = len(series((monitors_now()[0].width, monitors_now()[0].height)))
    done = CliRunner().invoke(app, ["rig", "patterns", str(tmp_path / "rig.yaml")], input="\n" * count)
    assert done.exit_code == 0, done.output
    assert f"left, 2 of {count}: black; photograph, then press Enter" in done.output
    (tmp_path / "rig.yaml").write_text("heads: {left: {monitor: {connector: HDMI-9}}}\n")
    done = CliRunner().invoke(app, ["rig", "patterns", str(tmp_path / "rig.yaml")])
    assert "the monitor of left is not connected" in str(done.exception)
