"""A rig file is checked as a whole, each mistake with its line."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from installation.errors import RigError
from installation.rig.displays import CommandDisplay, Projector
from installation.rig.head import Head, MonitorSelector, Mounting, SoftEdge
from installation.rig.hours import Opening
from installation.rig.mask import Polygon
from installation.rig.venue import read_venue
from installation.rig.warp import Mesh, Point
from installation.show.score import Output, Score
from tests.desk.page.fake_show import small_score

HOURS = """\
hours:
  zone: Europe/Berlin
  days:
    tue-fri: 10:00-18:00
    sat, sun: [11:00-13:00, 14:00-02:00]
  exceptions:
    2026-12-25: closed
    2026-07-01 to 2026-07-03: 12:00-24:00
  warm_up: 15:00
  goodnight: 90s
  closed_cue: standby
"""


def mistakes(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "rig.yaml").write_text(text)
    with pytest.raises(RigError) as caught:
        read_venue(tmp_path / "rig.yaml")
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


def test_opening_hours_read_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text(HOURS)
    hours = read_venue(tmp_path / "rig.yaml").hours
    assert hours is not None
    assert hours.week[0] == ()
    assert hours.week[1] == (Opening(600, 1080),)
    assert hours.week[6] == (Opening(660, 780), Opening(840, 1560))
    assert dict(hours.exceptions) == {date(2026, 12, 25): ()} | {
        date(2026, 7, day): (Opening(720, 1440),) for day in (1, 2, 3)
    }
    assert (hours.warm_up_seconds, hours.goodnight_seconds) == (900, 90)
    assert hours.cues == (("closed", "standby"),)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("Europe/Berlin", "Europe/Berln", 2, "did you mean 'Europe/Berlin'?"),
        ("10:00-18:00", "10-18", 4, "is not opening hours such as 10:00-18:00"),
        ("10:00-18:00", "10:00-24:30", 4, "a day begins at 00:00 and ends at 24:00"),
        ("sat, sun", "fri, sat", 5, "repeats line 4"),
        ("sat, sun", "satt", 5, "did you mean 'sat'?"),
        ("14:00-02:00", "12:59-02:00", 5, "overlaps the opening before it"),
        ("2026-12-25: closed", "2026-12-20: 01:30-09:00", 7, "overlaps: still open until 02:00"),
        ("2026-12-25: closed", "2026-11-27: 10:00-12:00", 7, None),
        ("2026-12-25: closed", "2026-11-27: 12:00-11:30", 7, "when 2026-11-28 opens at 11:00"),
        ("2026-12-25: closed", "2026-02-29: closed", 7, "is not a day"),
        ("2026-07-01 to", "2026-07-09 to", 8, "there must be 1 to 366"),
        ("warm_up: 15:00", "warm_up: 15 min", 9, "did you mean"),
        ("goodnight: 90s", "good_night: 90s", 10, "did you mean 'goodnight'?"),
    ],
)
def test_a_mistake_in_the_hours_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, message: str | None
) -> None:
    text = HOURS.replace(old, new)
    if message is None:
        (tmp_path / "rig.yaml").write_text(text)
        read_venue(tmp_path / "rig.yaml")
        return
    (told,) = mistakes(tmp_path, text)
    assert told.startswith(f"rig.yaml:{line}:")
    assert message in told


def test_a_night_that_runs_into_the_next_morning_is_a_mistake(tmp_path: Path) -> None:
    told = mistakes(tmp_path, "hours:\n  zone: UTC\n  days:\n    fri: 20:00-11:00\n    sat: 10:00-18:00\n")
    assert told == ["rig.yaml:4:5: hours.days.fri: overlaps: still open until 11:00 when sat opens at 10:00"]


def test_displays_are_projectors_or_commands(tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text("""\
displays:
  left: {pjlink: 10.0.0.21, password: "1234"}
  right: {on: "cec-ctl --to 0 --image-view-on", off: "cec-ctl --to 0 --standby"}
""")
    assert dict(read_venue(tmp_path / "rig.yaml").displays) == {
        "left": Projector("10.0.0.21", 4352, "1234"),
        "right": CommandDisplay(("cec-ctl", "--to", "0", "--image-view-on"), ("cec-ctl", "--to", "0", "--standby")),
    }


@pytest.mark.parametrize(
    ("display", "message"),
    [
        ("{pjlink: 10.0.0.256}", "is not an address"),
        ("{pjlink: 10.0.0.1, on: light}", "either pjlink, or both on and off"),
        ("{on: light}", "either pjlink, or both on and off"),
        ('{on: "light \'a", off: b}', "close the quote"),
        ("{pjlink: a, port: 70000}", "outside 1..65535"),
    ],
)
def test_a_mistake_in_a_display_is_told_with_its_line(tmp_path: Path, display: str, message: str) -> None:
    told = mistakes(tmp_path, f"displays:\n  left: {display}\n")
    assert told[0].startswith("rig.yaml:2:")
    assert message in told[0]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    told = mistakes(tmp_path, "hours:\n  days:\n    someday: 1\nheadz: 3\n")
    assert len(told) == 4


def test_a_missing_an_empty_and_a_binary_rig_each_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(RigError, match="no such file"):
        read_venue(tmp_path / "none.yaml")
    assert "empty" in mistakes(tmp_path, "")[0]
    (tmp_path / "rig.yaml").write_bytes(b"hours:\n  \xff")
    with pytest.raises(RigError, match=r"rig.yaml:2:3: byte 0xff is not UTF-8"):
        read_venue(tmp_path / "rig.yaml")


HEADS = """\
heads:
  left:
    monitor: {connector: HDMI-1}
    soft_edge: {right: 0.1}
    black_lift: 0.02
  right:
    monitor: {name: BARCO F80, serial: "X9"}
    rotation: 90
    size: 1080x1920
    corners: [[0.01, 0], [1, 0], [1, 1], [0, 1]]
    white: [1, 0.95, 0.9]
    curve: [1, 1.1, 1]
    mesh:
      points:
        - [[0, 0], [0.5, 0.02], [1, 0]]
        - [[0, 1], [0.5, 1.02], [1, 1]]
    masks:
      - hide: [[0.4, 0.8], [0.6, 0.8], [0.5, 1]]
        feather: 0.01
      - keep: [[0, 0], [1, 0], [1, 1], [0, 1]]
    latency_ms: 33
"""


def test_heads_read_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text(HEADS)
    assert read_venue(tmp_path / "rig.yaml").heads == (
        Head("left", MonitorSelector("HDMI-1"), soft_edge=SoftEdge(right=0.1), black_lift=0.02),
        Head(
            "right",
            MonitorSelector(name="BARCO F80", serial="X9"),
            rotation=90,
            size_px=(1080, 1920),
            corners=(Point(0.01, 0), Point(1, 0), Point(1, 1), Point(0, 1)),
            white=(1, 0.95, 0.9),
            curve=(1, 1.1, 1),
            mesh=Mesh(
                (
                    (Point(0, 0), Point(0.5, 0.02), Point(1, 0)),
                    (Point(0, 1), Point(0.5, 1.02), Point(1, 1)),
                )
            ),
            masks=(
                Polygon((Point(0.4, 0.8), Point(0.6, 0.8), Point(0.5, 1)), True, 0.01),
                Polygon((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1))),
            ),
            latency_ms=33,
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('{name: BARCO F80, serial: "X9"}', "{connector: HDMI-1}", 7, "connector HDMI-1 is left's already"),
        ("{connector: HDMI-1}", "{}", 3, "say which monitor"),
        ("{connector: HDMI-1}", "2", 3, "takes a monitor"),
        ("rotation: 90", "rotation: 45", 8, "rotation is 0, 90, 180 or 270"),
        ("[0.01, 0], [1, 0]", "[1, 0], [0, 0]", 10, "convex"),
        ("[1, 1], [0, 1]]", "[0.2, 0.2], [0, 1]]", 10, "convex"),
        ("[1, 1], [0, 1]]", "[0, 1]]", 10, "3 corners; there must be 4"),
        ("[0.01, 0], [1, 0], [1, 1], [0, 1]", "[1, 0], [2, 0], [2, 1], [1, 1]", 10, "outside the monitor"),
        ("right: 0.1", "right: 0.7", 4, "outside 0..0.5"),
        ("[0.5, 0.02]", "[1.5, 0.02]", 15, "the mesh folds over itself near row 1, column 2, which is at [1.5, 0.02]"),
        ("[0.5, 1.02], ", "", 16, "2 points in row 2, but 3 in the first"),
        ("[0.5, 0.02]", "[0.5]", 15, "1 numbers; there must be 2"),
        ("black_lift: 0.02", "mesh: 5x1", 5, "1 in 5x1 is outside 2..33"),
        ("feather: 0.01", "keep: [[0, 0], [1, 0], [1, 1]]", 18, "one of hide, keep and picture; here is hide and keep"),
        ("- keep: [[0, 0], [1, 0], [1, 1], [0, 1]]", "- picture: no.png", 20, "no.png: there is no such file"),
        ("curve: [1, 1.1, 1]", "curve: [1, 1.1]", 12, "2 numbers; there must be 3"),
        ("latency_ms: 33", "latency: 33", 21, "did you mean 'latency_ms'?"),
        ("latency_ms: 33", "lut: left.cube", 21, "left.cube:2: LUT_3D_SIZE 1: the size is a whole number in 2..129"),
        ("monitor: {connector: HDMI-1}", "monitr: {connector: HDMI-1}", 3, "did you mean 'monitor'?"),
    ],
)
def test_a_mistake_in_a_head_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    (tmp_path / "left.cube").write_text("# no cube\nLUT_3D_SIZE 1\n")
    told = mistakes(tmp_path, HEADS.replace(old, new))
    assert any(one.startswith(f"rig.yaml:{line}:") and message in one for one in told), told


def test_what_is_allowed_and_looks_unintended_is_a_warning_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(
        "heads:\n  left:\n    monitor: {connector: HDMI-1}\n    white: [0, 0, 0]\n"
        "hours:\n  zone: Europe/Berlin\n  days: {}\n"
    )
    assert [(one.line, one.message) for one in read_venue(path).warnings] == [
        (4, "left stays dark: its white is black"),
        (7, "the house is never open: no day has an opening"),
    ]
    path.write_text(path.read_text() + "  exceptions: {2026-12-24: 10:00-12:00}\n")
    assert len(read_venue(path).warnings) == 1


def test_outputs_and_cues_that_the_score_does_not_have_are_told(tmp_path: Path) -> None:
    score = Score(title="x", fps=Fraction(30), outputs=(Output("left", 64, 36),), cues=())
    (tmp_path / "rig.yaml").write_text(HEADS + HOURS)
    with pytest.raises(RigError) as caught:
        read_venue(tmp_path / "rig.yaml", score)
    assert "the score has no output 'right'; it has left" in str(caught.value)
    assert "closed_cue: the score has no cue 'standby'" in str(caught.value)


def test_pictures_hang_all_of_them_or_none(tmp_path: Path) -> None:
    mounted = "heads:\n  a:\n    monitor: {connector: A}\n    mounted: {x: 0, width: 2.5, degrees: 90}\n"
    (tmp_path / "rig.yaml").write_text(mounted)
    [head] = read_venue(tmp_path / "rig.yaml").heads
    assert head.mounted == Mounting(0.0, 0.0, 2.5, 90.0)
    told = mistakes(tmp_path, mounted + "  b:\n    monitor: {connector: B}\n")
    assert told == ["rig.yaml:6:5: heads.b: say where it is mounted, as 'a' does: set it for all heads, or for none"]


def test_several_heads_show_parts_of_one_output_and_share_a_monitor(tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text("""\
heads:
  upper: {monitor: {connector: DP-1}, shows: left, part: [0, 0, 1, 0.5], area: [0, 0, 960, 270], mirrored: true}
  lower: {monitor: {connector: DP-1}, shows: left, part: [0, 0.5, 1, 0.5], area: [0, 270, 960, 270]}
  right: {monitor: {connector: DP-2}}
""")
    upper, lower, right = read_venue(tmp_path / "rig.yaml").heads
    assert (upper.source, upper.part, upper.area, upper.mirrored) == ("left", (0, 0, 1, 0.5), (0, 0, 960, 270), True)
    assert lower.source == "left"
    assert (right.source, right.part, right.area) == ("right", (0, 0, 1, 1), None)


@pytest.mark.parametrize(
    ("heads", "told"),
    [
        (
            "a: {monitor: {connector: A}, area: [0, 0, 9, 9]}\n  b: {monitor: {connector: A}}",
            "or several in areas of it",
        ),
        (
            "a: {monitor: {connector: A}, area: [0, 0, 9, 9]}\n  b: {monitor: {connector: A}, area: [8, 8, 9, 9]}",
            "this lies over a's, which is [0, 0, 9, 9]",
        ),
        ("a: {monitor: {connector: A}, area: [0, 0, 0, 9]}", "0x9 pixels: width and height are 1 or more"),
        ("a: {monitor: {connector: A}, area: [0, 0, 9]}", "3 numbers"),
        ("a: {monitor: {connector: A}, part: [0.5, 0, 0.6, 1]}", "stay within 0..1 together"),
        ("a: {monitor: {connector: A}, part: [0, 0, 0, 1]}", "with 0.01 or more"),
    ],
)
def test_a_head_that_shares_what_it_cannot_is_told(tmp_path: Path, heads: str, told: str) -> None:
    assert told in "\n".join(mistakes(tmp_path, f"heads:\n  {heads}\n"))


def test_a_head_that_shows_what_the_score_does_not_have_is_told(tmp_path: Path) -> None:
    text = "heads:\n  a: {monitor: {connector: A}, shows: wall}\n  left: {monitor: {connector: B}, shows: right}\n"
    (tmp_path / "rig.yaml").write_text(text)
    with pytest.raises(RigError) as caught:
        read_venue(tmp_path / "rig.yaml", small_score())
    told = str(caught.value)
    assert "the score has no output 'wall'; it has left" in told
    assert "it shows 'right', but 'left' is an output, too; call the head otherwise" in told
