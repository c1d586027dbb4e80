"""Warps of other tools in a rig's words: what a head knew, written by another tool, comes back as it was."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from installation.benchmarks.fuzzing import warps as tools
from installation.benchmarks.fuzzing.mutation import broken_bytes
from installation.commands.cli import app
from installation.errors import RigError
from installation.rig.head import Head, MonitorSelector, PicturePart, Rotation
from installation.rig.mask import PictureMask
from installation.rig.venue import read_venue
from installation.rig.warp import AS_SEEN, Mesh, bent, straight
from installation.rig.warps.adoption import adopt
from installation.rig.warps.foreign import AdoptedWarp, adopted, read_foreign
from tests.rig.test_warp import moved
from tests.rig.warps import foreign_files as written
from tests.rig.warps.foreign_files import SIZE_PX, map_of

MESH = moved(moved(moved(straight(3, 3), 1, 1, 0.03, -0.04), 0, 2, -0.06, 0.05), 2, 0, 0.04, -0.02)
HEAD = Head("left", MonitorSelector("HDMI-1"), mesh=MESH)

BLEND = np.tile(np.linspace(0, 255, SIZE_PX[0]).astype(np.uint8), (SIZE_PX[1], 1))

FILES = {
    "left.mpcdi": lambda head: tools.mpcdi({"one": map_of(head)}, {}),
    "left.vwf": lambda head: tools.vwf({"one": map_of(head)}, {}),
    "left.pfm": lambda head: tools.pfm(map_of(head), lowest_first=True),
    "left.png": lambda head: written.deep_png(map_of(head)),
    "left.exr": lambda head: written.exr(map_of(head), np.ones(SIZE_PX[::-1])),
}


def taken(tmp_path: Path, name: str, data: bytes, region: str = "") -> AdoptedWarp:
    (tmp_path / name).write_bytes(data)
    return adopted(read_foreign(tmp_path / name, SIZE_PX, region), name)


def off_px(mesh: Mesh, other: Mesh) -> float:
    """How far, at most, two meshes lay a picture apart, in pixels."""
    even = np.linspace(0, 1, 50)
    return float(np.abs((bent(mesh, even, even) - bent(other, even, even)) * SIZE_PX).max())


@pytest.mark.parametrize("name", FILES)
def test_a_warp_of_another_tool_lays_the_picture_where_it_did(tmp_path: Path, name: str) -> None:
    found = taken(tmp_path, name, FILES[name](HEAD))
    assert found.fit.mean_px < 0.1
    assert off_px(found.fit.mesh, MESH) < 0.5  # at the picture's rim, where few pixels say anything
    assert found.turn == AS_SEEN


def test_a_mesh_of_another_tool_lays_the_picture_where_it_did(tmp_path: Path) -> None:
    found = taken(tmp_path, "left.obj", written.obj(HEAD))
    assert found.told == ("vertices were read as -1 to 1 over the monitor",)
    assert off_px(found.fit.mesh, MESH) < 0.3


@pytest.mark.parametrize(
    ("rotation", "mirrored"),
    [
        (90, False),
        (180, False),
        (270, False),
        (0, True),
        (90, True),
        (270, True),
    ],  # 180 and mirrored: see the next test
)
def test_a_projector_that_hangs_turned_or_behind_the_screen_is_understood(
    tmp_path: Path, rotation: Rotation, mirrored: bool
) -> None:
    hung = replace(HEAD, rotation=rotation, mirrored=mirrored)
    found = taken(tmp_path, "left.pfm", tools.pfm(map_of(hung), lowest_first=True))
    assert found.turn == hung.turn
    assert off_px(found.fit.mesh, MESH) < 0.5


def test_a_map_that_counts_from_below_is_understood(tmp_path: Path) -> None:
    places = map_of(HEAD) * (1, -1) + (0, 1)
    found = taken(tmp_path, "left.exr", written.exr(places, np.ones(SIZE_PX[::-1])))
    assert not found.turn.mirrored
    assert found.told[0].startswith("its places were taken to count from below")
    assert off_px(found.fit.mesh, MESH) < 0.5


def test_one_projector_of_several_is_asked_for_by_its_name(tmp_path: Path) -> None:
    two = {"one": map_of(replace(HEAD, mesh=straight(2, 2))), "two": map_of(HEAD)}
    for name, data in (("wall.mpcdi", tools.mpcdi(two, {})), ("wall.vwf", tools.vwf(two, {}))):
        assert off_px(taken(tmp_path, name, data, "two").fit.mesh, MESH) < 0.5
        with pytest.raises(RigError, match=r"one.*two.*name one with --region"):
            taken(tmp_path, name, data)
        with pytest.raises(RigError, match="none is called 'three'"):
            taken(tmp_path, name, data, "three")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.mpcdi", tools.mpcdi({"one": map_of(HEAD)}, {"one": tools.png(BLEND)})),
        ("a.vwf", tools.vwf({"one": map_of(HEAD)}, {"one": BLEND})),
    ],
)
def test_a_blend_of_another_tool_is_light(tmp_path: Path, name: str, data: bytes) -> None:
    blend = taken(tmp_path, name, data).blend
    assert blend is not None
    assert blend == pytest.approx((BLEND / 255) ** 2.2, abs=1e-5)


def test_a_warp_that_shows_a_part_of_the_picture_is_taken_for_that_part(tmp_path: Path) -> None:
    places = map_of(HEAD) * (0.5, 1) + (0.25, 0)
    (tmp_path / "a.pfm").write_bytes(tools.pfm(places, lowest_first=True))
    found = adopted(read_foreign(tmp_path / "a.pfm", SIZE_PX), "a.pfm", PicturePart(0.25, 0, 0.5, 1))
    assert off_px(found.fit.mesh, MESH) < 0.5


RIG = """\
heads:
  left:
    monitor: {connector: HDMI-1}   # by the door
    soft_edge: {right: 0.1}
    corners: [[0.1, 0], [1, 0], [1, 1], [0, 1]]
  right: {monitor: {connector: HDMI-2}}
"""


def test_a_warp_is_written_into_the_rig_and_the_old_rig_kept(tmp_path: Path) -> None:
    rig = tmp_path / "rig.yaml"
    rig.write_text(RIG)
    hung = replace(HEAD, rotation=180)
    found = taken(tmp_path, "a.mpcdi", tools.mpcdi({"one": map_of(hung)}, {"one": tools.png(BLEND)}))
    for times in (1, 2):  # the second takes the place of the first
        done = adopt(rig, "left", found, 1.8e9)
        left, right = read_venue(rig).heads
        assert left.mesh == found.fit.mesh
        assert left.rotation == 180
        assert left.soft_edge.right == 0
        assert len(left.masks) == 1
        assert done.blend is not None
        assert done.blend.exists()
        assert isinstance(left.masks[0], PictureMask)
        assert left.masks[0].file == done.blend.name
        assert left.masks[0].shares(SIZE_PX) == pytest.approx((BLEND / 255)[::-1, ::-1] ** 2.2, abs=0.5 / 255)
        assert right == Head("right", MonitorSelector("HDMI-2"))
        assert "# by the door" in rig.read_text()
        if times == 1:
            assert done.kept.read_text() == RIG
    with pytest.raises(RigError, match="no head is called 'middle'; it has left, right"):
        adopt(rig, "middle", found, 0.0)


GOOD = tools.vwf({"one": map_of(HEAD)}, {"one": BLEND})


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.dae", b"", "'.dae'; .mpcdi, .zip, .vwf, .pfm, .exr, .png, .obj are read"),
        ("a.mpcdi", b"PK", "no MPCDI file, which is a zip"),
        ("a.mpcdi", tools.mpcdi({}, {}, "sl"), "the profile is 'sl', and a picture needs 2d"),
        ("a.mpcdi", tools.mpcdi({}, {}), "the regions in this file are none"),
        ("a.vwf", GOOD[:5000], "places, and 480x270 need"),
        ("a.vwf", GOOD[:30] + bytes(400), "the file ends within a header|1 to 16384 a side"),
        ("a.vwf", b"GIF89a" + bytes(30), "begins no block"),
        ("a.vwf", tools.vwf({"one": map_of(HEAD)}, {}, flags=0x40), "has places in space, which is not read"),
        ("a.pfm", b"P6 3 3 255 ", "does not begin as a portable float map"),
        ("a.pfm", b"PF 99999 99999 -1\n", "16384 a side"),
        ("a.pfm", b"PF 100 100 -1\n1234", "4 bytes of numbers, and 100x100 pixels need 120,000"),
        ("a.pfm", tools.pfm(np.full((9, 9, 2), np.nan), lowest_first=True), "0 points have a place"),
        ("a.pfm", tools.pfm(map_of(HEAD) * 480, lowest_first=True), "places are fractions, 0 to 1"),
        ("a.png", tools.png(BLEND), "8 bits for a colour, too few for a map"),
        ("a.png", b"GIF", "this picture is damaged"),
        ("a.exr", b"GIF", "this picture is damaged"),
        ("a.obj", b"v 0 0\nv 1 0\nv 1 1\nf 1 2 3\n", "a.obj:4: 'f 1 2 3': a corner has no texture coordinate"),
        ("a.obj", b"v 0 0\nvt 0 0\nf 1/1 2/1 3/1\n", "2 is not among the 1 before this line"),
        ("a.obj", b"v 0\n", "a.obj:1: 'v 0': a number is missing"),
        ("a.obj", b"v 0 0 0\n", "no face of this mesh has texture coordinates"),
    ],
)
def test_a_file_that_is_no_warp_says_what_is_wrong_with_it(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    with pytest.raises(RigError, match=told):
        taken(tmp_path, name, data)


SMALL = np.stack(np.meshgrid(np.linspace(0.1, 0.9, 16), np.linspace(0.1, 0.9, 9)), axis=-1)
WHOLE_FILES = {
    "a.mpcdi": tools.mpcdi({"one": SMALL}, {"one": tools.png(BLEND[:9, :16])}),
    "a.vwf": tools.vwf({"one": SMALL}, {"one": BLEND[:9, :16]}),
    "a.pfm": tools.pfm(SMALL, lowest_first=True),
    "a.png": written.deep_png(SMALL),
    "a.exr": written.exr(SMALL, np.ones((9, 16))),
    "a.obj": written.obj(HEAD)[-3000:],
}


@given(st.sampled_from(sorted(WHOLE_FILES)), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_a_file_that_is_damaged_anywhere_is_read_or_refused_in_words(name: str, chance: Random) -> None:
    data = broken_bytes(chance, [WHOLE_FILES[name]])
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(RigError):
        taken(Path(folder), name, data)


def test_numbers_that_are_none_are_nowhere_and_warn_nobody(tmp_path: Path) -> None:
    data = bytearray(tools.pfm(map_of(HEAD), lowest_first=True))
    data[-12:-4] = bytes.fromhex("0000a07f 0000a07f")  # signalling NaNs
    assert off_px(taken(tmp_path, "a.pfm", bytes(data)).fit.mesh, MESH) < 0.5


def test_a_zip_of_a_later_kind_is_refused_in_words(tmp_path: Path) -> None:
    data = bytearray(WHOLE_FILES["a.mpcdi"])
    data[data.index(b"PK\1\2") + 6] = 140  # the version of the zip that is needed to unpack it
    with pytest.raises(RigError, match=r"zip file version 14.0"):
        taken(tmp_path, "a.mpcdi", bytes(data))


def test_a_warp_with_a_seam_is_refused_in_words(tmp_path: Path) -> None:
    places = map_of(HEAD)
    places[:, 240:] = places[:, 240:][:, ::-1]
    with pytest.raises(RigError, match="the warp has a seam"):
        taken(tmp_path, "a.pfm", tools.pfm(places, lowest_first=True))


def test_a_warp_of_a_small_part_asks_for_that_part(tmp_path: Path) -> None:
    with pytest.raises(RigError, match="say which with --part"):
        taken(tmp_path, "a.pfm", tools.pfm(map_of(HEAD) * 0.2 + 0.1, lowest_first=True))


def test_the_command_takes_a_warp_in_and_tells_how_well_it_is_met(tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text(RIG)
    (tmp_path / "wall.vwf").write_bytes(tools.vwf({"one": map_of(HEAD)}, {"one": BLEND}))
    words = ["rig", "import", str(tmp_path / "rig.yaml"), "left", str(tmp_path / "wall.vwf")]
    done = CliRunner().invoke(app, [*words, "--mesh", "9x5"])
    assert done.exit_code == 0, done.output
    assert "left: a mesh of 9x5; it meets the warp to 0." in done.output
    assert "in place of soft edges" in done.output
    left = read_venue(tmp_path / "rig.yaml").heads[0]
    assert left.mesh is not None
    assert (left.mesh.columns, left.mesh.rows) == (9, 5)
    for option, told in (
        (("--mesh", "99x5"), "2 to 33"),
        (("--part", "1,0"), "four numbers"),
        (("--part", "0,0,2,1"), "0 to 1"),
    ):
        with pytest.raises(RigError, match=told):
            CliRunner().invoke(app, [*words, *option], catch_exceptions=False)
