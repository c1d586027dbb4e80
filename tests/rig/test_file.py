"""A rig that was adjusted is written back: what was touched and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.errors import DeviceError, RigError
from installation.rig.file import save_heads
from installation.rig.head import Head, SoftEdge
from installation.rig.venue import read_venue
from installation.rig.warp import Mesh, Point, straight
from tests.rig.test_warp import moved

RIG = """\
# The hall, hung in spring by the foreman.
hours: {zone: Europe/Berlin, days: {daily: 10:00-18:00}}   # never on Sundays?

heads:
  left:                      # house left
    monitor: {connector: HDMI-1}
    corners:
      - [0.01, 0.02]         # behind the pillar
      - [0.9900, 0]
      - [1, 1]
      - [0, 0.98]

    # measured on a wet day
    soft_edge: {right: 0.1}
  right: {monitor: {connector: HDMI-2}, white: [1, 0.95, 0.9], curve: 1.05}
  back:
    "monitor": {connector: DP-1}
    mesh: 3x2    # to be bent
    black_lift: 0.02   # see the log

displays:
  left: {pjlink: 10.0.0.21}
"""

Change = Callable[[Head], Head]


def saved(tmp_path: Path, output: str, change: Change, text: str = RIG) -> list[tuple[str, str]]:
    """The lines that were changed: before and after; the rest of the file must be as it was."""
    path = tmp_path / "rig.yaml"
    path.write_bytes(text.encode())
    before = read_venue(path).heads
    after = tuple(change(head) if head.output == output else head for head in before)
    save_heads(path, before, after)
    assert read_venue(path).heads == after
    old, new = text.splitlines(), path.read_bytes().decode().splitlines()
    assert len(old) == len(new), "\n".join(new)
    return [(one, other) for one, other in zip(old, new, strict=True) if one != other]


def corner(number: int, x: float, y: float) -> Change:
    return lambda head: replace(
        head,
        corners=(*head.corners[:number], Point(x, y), *head.corners[number + 1 :]),  # type: ignore[arg-type]
    )


def test_only_the_number_that_was_nudged_is_written_and_comments_stay(tmp_path: Path) -> None:
    assert saved(tmp_path, "left", corner(0, 0.0125, 0.02)) == [
        ("      - [0.01, 0.02]         # behind the pillar", "      - [0.0125, 0.02]         # behind the pillar")
    ]


def test_what_can_be_read_can_be_saved_also_with_a_tab_before_a_comment(tmp_path: Path) -> None:
    with_tab = RIG.replace("[0.01, 0.02]         # behind", "[0.01, 0.02]\t# behind")
    assert with_tab != RIG
    assert saved(tmp_path, "left", corner(0, 0.0125, 0.02), with_tab) == [
        ("      - [0.01, 0.02]\t# behind the pillar", "      - [0.0125, 0.02]\t# behind the pillar")
    ]


def test_a_key_within_braces_is_changed_or_added_there(tmp_path: Path) -> None:
    edge = saved(tmp_path, "left", lambda head: replace(head, soft_edge=SoftEdge(left=0.05, right=0.12)))
    assert edge == [("    soft_edge: {right: 0.1}", "    soft_edge: {right: 0.12, left: 0.05}")]
    ((_, line),) = saved(tmp_path, "right", lambda head: replace(head, white=(1, 1, 0.9), black_lift=0.03))
    assert line == "  right: {monitor: {connector: HDMI-2}, white: [1, 1, 0.9], curve: 1.05, black_lift: 0.03}"


def test_one_number_becomes_three_where_the_channels_part(tmp_path: Path) -> None:
    ((_, line),) = saved(tmp_path, "right", lambda head: replace(head, curve=(1.05, 1.1, 1.05)))
    assert line.endswith("curve: [1.05, 1.1, 1.05]}")


def test_what_was_not_said_before_is_added_behind_the_heads_last_line(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    left, right, back = read_venue(path).heads
    bent = replace(back, mesh=moved(straight(3, 2), 0, 1, 0, 0.02), latency_ms=33)
    save_heads(path, (left, right, back), (replace(left, black_lift=0.01), right, bent))
    text = path.read_text()
    assert "    soft_edge: {right: 0.1}\n    black_lift: 0.01\n  right:" in text
    assert (
        """
    mesh:
      points:
        - [[0, 0], [0.5, 0.02], [1, 0]]
        - [[0, 1], [0.5, 1], [1, 1]]    # to be bent
    black_lift: 0.02   # see the log
    latency_ms: 33

displays:"""
        in text
    )
    assert read_venue(path).heads == (replace(left, black_lift=0.01), right, bent)


def test_a_mesh_that_was_taken_away_again_goes_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    heads = read_venue(path).heads
    save_heads(path, heads, (*heads[:2], replace(heads[2], mesh=None)))
    assert path.read_text() == RIG.replace("    mesh: 3x2    # to be bent\n", "")


def test_windows_line_ends_and_letters_of_all_kinds_stay(tmp_path: Path) -> None:
    text = "\ufeff# Ünïcode \U0001f3ad\r\n" + RIG.replace("\n", "\r\n")
    ((_, line),) = saved(tmp_path, "left", corner(1, 0.98, 0), text)
    assert line == "      - [0.98, 0]"


def test_a_mesh_of_another_size_keeps_the_line_ends_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_bytes(RIG.replace("\n", "\r\n").encode())
    heads = read_venue(path).heads
    bent = tuple(replace(head, mesh=moved(straight(4, 3), 1, 1, 0.01, 0)) for head in heads)
    save_heads(path, heads, bent)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
    assert read_venue(path).heads == bent


NUMBERS = st.floats(0, 0.2).map(lambda number: round(number, 6))
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "black_lift": NUMBERS,
        "latency_ms": NUMBERS,
        "soft_edge": st.builds(SoftEdge, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.sampled_from([1.0, 2.2, 2.4])),
        "white": st.tuples(NUMBERS, NUMBERS, NUMBERS),
        "curve": st.sampled_from([(1.0, 1.0, 1.0), (1.1, 1.0, 1.0), (2.0, 2.0, 2.0)]),
        "corners": st.tuples(NUMBERS, NUMBERS).map(lambda one: (Point(*one), Point(1, 0), Point(1, 1), Point(0, 1))),
        "mesh": st.one_of(
            st.none(),
            st.sampled_from([straight(3, 3), straight(2, 2), straight(3, 3, "linear")]),
            st.sampled_from([0.01, 0.0125, 0.123456]).map(lambda x: moved(straight(3, 3), 1, 1, x, 0)),
        ),
    },
)


@given(st.lists(st.tuples(st.integers(0, 2), CHANGES), max_size=2))
@settings(max_examples=20, deadline=None)
def test_whatever_was_adjusted_is_read_back_as_it_was_shown(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[tuple[int, dict[str, object]]]
) -> None:
    path = tmp_path_factory.mktemp("rig") / "rig.yaml"
    path.write_text(RIG)
    heads = read_venue(path).heads
    for number, changes in rounds:
        after = (*heads[:number], replace(heads[number], **changes), *heads[number + 1 :])  # type: ignore[arg-type]
        save_heads(path, heads, after)
        heads = after
        assert read_venue(path).heads == heads
    kept = ("# The hall, hung", "# never on Sundays?", "# house left", "# measured on a wet day", "pjlink: 10.0.0.21")
    assert all(comment in path.read_text() for comment in kept)


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    heads = read_venue(path).heads
    theirs = RIG.replace("black_lift: 0.02", "black_lift: 0.05")
    path.write_text(theirs)
    with pytest.raises(RigError, match="somebody else has changed its heads since the player read them; revert"):
        save_heads(path, heads, (replace(heads[0], black_lift=0.1), *heads[1:]))
    assert path.read_text() == theirs


def test_new_hours_of_somebody_else_stay_when_the_heads_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    heads = read_venue(path).heads
    path.write_text(RIG.replace("10:00-18:00", "11:00-19:00"))
    save_heads(path, heads, (*heads[:2], replace(heads[2], black_lift=0.03)))
    assert path.read_text() == RIG.replace("10:00-18:00", "11:00-19:00").replace("0.02   #", "0.03   #")


def test_a_file_that_may_only_be_read_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    heads = read_venue(path).heads
    path.chmod(0o444)
    with pytest.raises(DeviceError, match="this file is read-only"):
        save_heads(path, heads, (*heads[:2], replace(heads[2], black_lift=0.03)))
    assert path.read_text() == RIG


def test_a_full_disk_leaves_the_file_as_it_was_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    heads = read_venue(path).heads
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DeviceError, match="No space left on device; the old content is unchanged"):
        save_heads(path, heads, (*heads[:2], replace(heads[2], black_lift=0.03)))
    assert path.read_text() == RIG
    assert list(tmp_path.iterdir()) == [path]


def test_a_rig_behind_a_link_stays_behind_it(tmp_path: Path) -> None:
    path, link = tmp_path / "rig.yaml", tmp_path / "link.yaml"
    path.write_text(RIG)
    link.symlink_to(path)
    heads = read_venue(link).heads
    save_heads(link, heads, (*heads[:2], replace(heads[2], black_lift=0.03)))
    assert link.is_symlink()
    assert "black_lift: 0.03" in path.read_text()


def test_meshes_are_written_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text("heads:\n  left:\n    monitor: {connector: HDMI-1}\n")
    heads = read_venue(path).heads
    mesh = Mesh(((Point(0, 0), Point(1, 0)), (Point(-0.000001, 1), Point(1, 1.5))), "linear")
    save_heads(path, heads, (replace(heads[0], mesh=mesh),))
    assert (
        path.read_text()
        == """\
heads:
  left:
    monitor: {connector: HDMI-1}
    mesh:
      points:
        - [[0, 0], [1, 0]]
        - [[-0.000001, 1], [1, 1.5]]
      interpolation: linear
"""
    )


def test_what_is_empty_can_be_adjusted_and_saved(tmp_path: Path) -> None:
    changed = saved(
        tmp_path,
        "left",
        lambda head: replace(head, soft_edge=SoftEdge(right=0.25)),
        RIG.replace("soft_edge: {right: 0.1}", "soft_edge: {}"),
    )
    assert changed == [("    soft_edge: {}", "    soft_edge: {right: 0.25}")]
