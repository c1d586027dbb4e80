"""Colour tables as calibration programs write them, and as they come when something went wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from installation.errors import RigError
from installation.rig.lut import read_cube
from installation.rig.venue import read_venue

CUBE = """\
# made by a calibration program
TITLE "left projector"
LUT_3D_SIZE 2

0 0 0
1 0 0
0 1 0
1 1 0
0 0 1
1 0 1
0 1 1
1.0 1.0 1.0
"""


def cube(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "left.cube"
    path.write_text(text)
    return path


def test_a_cube_reads_as_it_is_written(tmp_path: Path) -> None:
    lut = read_cube(cube(tmp_path, CUBE))
    assert (lut.dimensions, lut.size, lut.low, lut.high) == (3, 2, (0, 0, 0), (1, 1, 1))
    colours = np.frombuffer(lut.table, np.float32).reshape(2, 2, 2, 3)  # blue, green, red
    assert colours[0, 0, 1].tolist() == [1, 0, 0]
    assert colours[1, 0, 0].tolist() == [0, 0, 1]


def test_a_table_of_curves_with_a_domain_reads_as_it_is_written(tmp_path: Path) -> None:
    text = "LUT_1D_SIZE 3\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 2 2 2\n0 0 0\n0.4 0.5 0.6\n1 1 1\n"
    lut = read_cube(cube(tmp_path, text))
    assert (lut.dimensions, lut.size, lut.high) == (1, 3, (2, 2, 2))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("LUT_3D_SIZE 2", "LUT_3D_SIZE 3", 12, "8 rows of numbers, but LUT_3D_SIZE 3 takes 27"),
        ("LUT_3D_SIZE 2", "LUT_1D_SIZE 7", 12, "one row of numbers too many: LUT_1D_SIZE 7 takes 7"),
        ("LUT_3D_SIZE 2", "LUT_3D_SIZE 500", 3, "a whole number in 2..129"),
        ("LUT_3D_SIZE 2", "LUT_3D_SIZE two", 3, "a whole number in 2..129"),
        ("LUT_3D_SIZE 2\n", "", 4, "there are numbers before LUT_1D_SIZE"),
        ("1 0 0\n", "1 0\n", 6, "2 numbers; red, green and blue make three"),
        ("1 0 0\n", "1 0 x\n", 6, "'x' is not a number"),
        ("1 0 0\n", "1 0 nan\n", 6, "nan"),
        ("1 0 0\n", "1 0 255\n", 6, "255 is outside -0.5..2; signals are 0 to 1"),
        ("TITLE", "LUT_1D_SIZE 4\nTITLE", 4, "a second size"),
        ("TITLE", "TITEL", 2, "is not a keyword of a .cube file"),
        ("\n0 0 0", "DOMAIN_MIN 1 1 1\n0 0 0", 1, "is empty"),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    path = cube(tmp_path, CUBE.replace(old, new, 1))
    with pytest.raises(RigError) as caught:
        read_cube(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


def test_what_is_no_table_is_said(tmp_path: Path) -> None:
    with pytest.raises(RigError, match="there is no such file"):
        read_cube(tmp_path / "none.cube")
    noise = tmp_path / "noise.cube"
    noise.write_bytes(bytes(range(256)))
    with pytest.raises(RigError, match=r"is this a \.cube file"):
        read_cube(noise)
    with pytest.raises(RigError, match="there is no LUT_1D_SIZE"):
        read_cube(cube(tmp_path, ""))


@pytest.mark.parametrize("keyword", ["", "DOMAIN_MAX 1 1 1\n"])
def test_a_comment_behind_a_row_is_a_comment_wherever_the_keywords_stand(tmp_path: Path, keyword: str) -> None:
    commented = CUBE.replace("0 1 1\n", "0 1 1 # cyan\n") + keyword
    assert read_cube(cube(tmp_path, commented)) == read_cube(cube(tmp_path, CUBE))


@pytest.mark.parametrize("keyword", ["LUT_IN_VIDEO_RANGE", "LUT_OUT_VIDEO_RANGE"])
def test_a_table_for_video_range_says_what_it_is_and_what_to_do(tmp_path: Path, keyword: str) -> None:
    with pytest.raises(RigError, match=rf"left.cube:1: {keyword}: this table is for video range.*export it again"):
        read_cube(cube(tmp_path, f"{keyword}\n{CUBE}"))


@pytest.mark.parametrize(("domain", "reached"), [("0 0 0", 1.0), ("-1 -1 -1", 0.5)])
def test_it_is_known_how_much_of_a_table_signals_reach(tmp_path: Path, domain: str, reached: float) -> None:
    assert read_cube(cube(tmp_path, f"DOMAIN_MIN {domain}\n{CUBE}")).reached == pytest.approx(reached)


def test_a_table_for_ten_bit_numbers_is_taken_with_a_warning(tmp_path: Path) -> None:
    cube(tmp_path, f"DOMAIN_MAX 1023 1023 1023\n{CUBE}")
    (tmp_path / "rig.yaml").write_text("heads: {left: {monitor: {connector: DP-1}, lut: left.cube}}\n")
    (warning,) = read_venue(tmp_path / "rig.yaml").warnings
    assert "reach only 0.1% of this table" in str(warning)
    assert "rig.yaml:1" in str(warning)


def test_a_size_of_thousands_of_digits_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "table.cube"
    path.write_text(f"LUT_3D_SIZE {'9' * 5_000}\n")
    with pytest.raises(RigError, match=r"table.cube:1: LUT_3D_SIZE 9+: the size is a whole number in 2..129"):
        read_cube(path)
