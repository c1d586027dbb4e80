"""A technician adjusts the rig while the show runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installation.errors import RefusedError
from installation.rig import rigging
from installation.rig.head import Head, SoftEdge
from installation.rig.pattern_drawings import PatternCard
from installation.rig.rigging import MAX_PER_FRAME, Rigging
from installation.rig.venue import read_venue
from installation.rig.warp import Point

RIG = """\
heads:
  left:
    monitor: {connector: HDMI-1, name: DELL}
    soft_edge: {right: 0.1}      # to the pillar
  Right: {monitor: {connector: HDMI-2}, rotation: 90, mesh: 3x3}
"""

SIZES = {"left": (1000, 500), "Right": (400, 800)}


class Hall:
    """A rigging, what it laid, what it refused, and a clock that stands until it is moved."""

    def __init__(self, file: Path | None) -> None:
        self.laid: list[tuple[Head, ...]] = []
        self.refused: list[str] = []
        self.locked = False
        self.seconds = 0.0
        self.sizes = dict(SIZES)
        heads = read_venue(file).heads if file else ()
        self.rigging = Rigging(
            heads, file, self.laid.append, lambda: self.sizes, lambda: self.locked, lambda: self.seconds
        )
        self.rigging.refused = lambda refused, _: self.refused.append(str(refused))

    def ask(self, address: str, *numbers: float, source: str = "page:tablet") -> None:
        """Ask and let a frame pass."""
        self.rigging.gateway.take(address, numbers, source)
        self.rigging.step()

    def head(self, output: str = "left") -> Head:
        return next(head for head in self.laid[-1] if head.output == output)

    def shown(self, word: str) -> object:
        return self.rigging.gateway.state.shown[word]

    def settle(self) -> None:
        """Let what is being read or written be done."""
        assert self.rigging._writing is not None
        self.rigging._writing.exception(timeout=20)
        self.rigging.step()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rig.yaml"
    path.write_text(RIG)
    return path


@contextmanager
def opened(file: Path | None) -> Iterator[Hall]:
    hall = Hall(file)
    with hall.rigging:
        yield hall


@pytest.fixture
def hall(file: Path) -> Iterator[Hall]:
    with opened(file) as hall:
        yield hall


def test_a_corner_is_nudged_by_pixels_of_its_monitor(hall: Hall) -> None:
    hall.ask("/rig/left/nudge/corner/top-left", 10, -1)
    assert hall.head().corners[0] == Point(0.01, -0.002)
    hall.ask("/rig/Right/nudge/corner/bottom-left", 1, -1)  # it hangs turned: 400 x 800 on the wall
    assert hall.head("Right").corners[3] == Point(0.0025, 0.99875)


def test_everything_of_a_head_can_be_set_from_a_desk(hall: Hall) -> None:
    hall.ask("/rig/left/soft_edge/right", 0.2, source="osc:10.0.0.4")
    hall.ask("/rig/left/gamma", 1.8)
    hall.ask("/rig/left/black_lift", 0.02)
    hall.ask("/rig/left/white/blue", 0.9)
    hall.ask("/rig/left/curve/green", 1.1)
    hall.ask("/rig/left/latency_ms", 33)
    hall.ask("/rig/left/corner/bottom-right", 0.9, 0.95)
    head = hall.head()
    assert head.soft_edge == SoftEdge(right=0.2, gamma=1.8)
    assert (head.black_lift, head.white, head.curve, head.latency_ms) == (0.02, (1, 1, 0.9), (1, 1.1, 1), 33)
    assert head.corners[2] == Point(0.9, 0.95)


def test_a_point_of_the_mesh_is_moved_and_a_finer_mesh_keeps_the_bend(hall: Hall) -> None:
    hall.ask("/rig/Right/mesh/2/2", 0.55, 0.5)
    hall.ask("/rig/Right/mesh/size", 5, 3)
    mesh = hall.head("Right").mesh
    assert mesh is not None
    assert (mesh.columns, mesh.rows, mesh.points[1][2]) == (5, 3, Point(0.55, 0.5))
    hall.ask("/rig/Right/nudge/mesh/2/3", 0, 4)
    assert hall.head("Right").mesh.points[1][2] == Point(0.55, 0.505)  # type: ignore[union-attr]
    hall.ask("/rig/Right/mesh/size", 0, 0)
    assert hall.head("Right").mesh is None
    with pytest.raises(RefusedError, match="no such address"):
        hall.ask("/rig/Right/mesh/2/2", 0.5, 0.5)


def test_a_point_that_goes_with_its_mesh_in_the_same_frame_is_refused(hall: Hall) -> None:
    hall.rigging.gateway.take("/rig/Right/mesh/size", (2, 2), "osc:desk")
    hall.rigging.gateway.take("/rig/Right/nudge/mesh/3/3", (1, 1), "osc:desk")
    hall.rigging.step()
    assert "no longer has such a point" in hall.refused[0]


def test_names_in_any_case_and_numbers_in_their_place(hall: Hall) -> None:
    hall.ask("/RIG/LEFT/Black_Lift", 0.01)
    hall.ask("/rig/2/black_lift", 0.02)
    assert (hall.head("left").black_lift, hall.head("Right").black_lift) == (0.01, 0.02)


@pytest.mark.parametrize(
    ("address", "numbers", "sentence"),
    [
        ("/rig/left/corner/top-left", (0.5,), "takes 2 numbers, not 1"),
        ("/rig/left/black_lift", (0.5,), "0.5 is out of range; allowed is 0 to 0.2"),
        ("/rig/left/black_lift", (float("nan"),), "nan is not a number"),
        ("/rig/left/black_lift", ("dark",), "'dark' is not a number"),
        ("/rig/lft/black_lift", (0.1,), "no such address of the rig"),
        ("/rig/left/mesh/1/1", (0, 0), "no such address of the rig"),
    ],
)
def test_what_is_wrong_is_refused_at_the_door(
    hall: Hall, address: str, numbers: tuple[float, ...], sentence: str
) -> None:
    with pytest.raises(RefusedError, match=sentence):
        hall.rigging.gateway.take(address, numbers, "osc:desk")
    assert hall.laid == []


def test_a_picture_is_never_folded_and_the_page_says_why(hall: Hall) -> None:
    hall.ask("/rig/left/corner/top-left", 1.5, 0.5)
    hall.ask("/rig/Right/mesh/2/2", 1.5, 0.5)
    hall.ask("/rig/left/nudge/soft_edge/right", 900)
    hall.ask("/rig/Right/mesh/size", 1, 5)
    assert hall.laid == []
    assert [sentence.split(": ")[1][:30] for sentence in hall.refused[:3]] == [
        "the corners form no convex sha",
        "the mesh would fold over itsel",
        "1 would be out of range; allow",
    ]
    assert hall.shown("failed")
    assert "at least 2 of each" in str(hall.shown("told"))


def test_undo_takes_back_one_thing_after_the_other(hall: Hall) -> None:
    for _ in range(5):  # a key held down
        hall.ask("/rig/left/nudge/corner/top-left", 1, 0)
        hall.seconds += 0.1
    hall.seconds += 5
    hall.ask("/rig/left/nudge/corner/top-left", 1, 0)
    hall.ask("/rig/left/black_lift", 0.1)
    assert hall.shown("undo") == 3
    hall.ask("/rig/undo")
    assert (hall.head().black_lift, hall.head().corners[0].x) == (0.0, 0.006)
    hall.ask("/rig/undo")
    assert hall.head().corners[0].x == 0.005
    hall.ask("/rig/undo")
    assert hall.head().corners[0].x == 0.0
    hall.ask("/rig/undo")
    assert "there is nothing to undo" in hall.refused[-1]


def test_saving_writes_only_on_command_and_what_is_shown(hall: Hall, file: Path) -> None:
    hall.ask("/rig/left/nudge/soft_edge/right", 5)
    assert file.read_text() == RIG
    assert hall.shown("unsaved")
    hall.ask("/rig/save")
    hall.settle()
    assert file.read_text() == RIG.replace("right: 0.1}      # to", "right: 0.105}      # to")
    assert not hall.shown("unsaved")
    assert hall.shown("told") == "rig.yaml is saved"
    hall.ask("/rig/save")
    hall.settle()
    assert hall.shown("told") == "nothing to save: everything is as in rig.yaml"
    hall.ask("/rig/undo")  # also after saving
    assert hall.head().soft_edge.right == 0.1
    assert hall.shown("unsaved")


def test_what_cannot_be_saved_is_said_and_stays_on_the_wall(hall: Hall, file: Path) -> None:
    file.write_text(RIG.replace("right: 0.1}", "right: 0.3}"))
    hall.ask("/rig/left/nudge/soft_edge/right", 5)
    hall.ask("/rig/save")
    hall.settle()
    assert "somebody else has changed its heads" in str(hall.shown("told"))
    assert hall.head().soft_edge.right == 0.105
    hall.ask("/rig/revert")
    hall.settle()
    assert hall.head().soft_edge.right == 0.3
    hall.ask("/rig/undo")
    assert hall.head().soft_edge.right == 0.105


def test_whatever_goes_wrong_while_saving_the_show_goes_on(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("no such rig")

    monkeypatch.setattr(rigging, "save_heads", fails)
    hall.ask("/rig/left/black_lift", 0.1)
    hall.ask("/rig/save")
    hall.settle()
    assert hall.shown("told") == "the rig was not written or read: ZeroDivisionError: no such rig"
    assert hall.shown("failed")
    assert hall.head().black_lift == 0.1


def test_a_rig_that_is_edited_takes_over_and_its_forerunner_can_be_had_back(hall: Hall, file: Path) -> None:
    hall.ask("/rig/left/black_lift", 0.1)
    hall.rigging.take(hall.rigging._saved)  # something else of the show was saved
    assert hall.head().black_lift == 0.1
    file.write_text(RIG.replace("right: 0.1}", "right: 0.3}"))
    hall.rigging.take(read_venue(file).heads)
    assert hall.shown("undo") == 2
    hall.ask("/rig/undo")
    assert hall.head().black_lift == 0.1


def test_a_locked_show_holds_back_hands_but_not_the_desk(hall: Hall) -> None:
    hall.locked = True
    hall.ask("/rig/left/black_lift", 0.1, source="page:tablet")
    assert hall.laid == []
    assert "locked" in hall.refused[0]
    hall.ask("/rig/left/black_lift", 0.1, source="osc:10.0.0.4")
    assert hall.head().black_lift == 0.1


def test_patterns_are_for_one_output_or_for_all_and_follow_what_they_show(hall: Hall) -> None:
    hall.ask("/rig/pattern/identity")
    assert {output: sheet.pattern for output, sheet in hall.rigging.step().items()} == {
        "left": "identity",
        "Right": "identity",
    }
    hall.ask("/rig/left/pattern/edges")
    hall.ask("/rig/Right/pattern/grid", 0)  # a button released
    hall.ask("/rig/Right/pattern/grid", 1)
    hall.ask("/rig/left/soft_edge/left", 0.25)
    assert hall.rigging.step() == {
        "left": PatternCard("edges", "left", 1, (1000, 500), "HDMI-1, DELL", soft_edge=SoftEdge(0.25, right=0.1)),
        "Right": PatternCard("grid", "Right", 2, (400, 800), "HDMI-2", mesh=(3, 3)),
    }
    hall.ask("/rig/pattern/none")
    assert hall.rigging.step() == {}


def test_without_a_rig_there_are_patterns_and_nothing_to_adjust() -> None:
    with opened(None) as hall:
        hall.ask("/rig/left/pattern/grid")
        assert hall.rigging.step()["left"] == PatternCard("grid", "left", 1, (1000, 500))
        with pytest.raises(RefusedError, match="without a rig"):
            hall.ask("/rig/left/black_lift", 0.1)
        with pytest.raises(RefusedError, match="without a rig"):
            hall.ask("/rig/save")


def test_outputs_that_come_and_go_come_and_go_here_too(hall: Hall) -> None:
    hall.ask("/rig/pattern/grid")
    del hall.sizes["left"]
    hall.rigging.step()
    assert set(hall.rigging.step()) == {"Right"}
    hall.ask("/rig/right/black_lift", 0.1)
    assert len(hall.laid[-1]) == 2


def test_many_hands_at_once_lose_nothing(hall: Hall) -> None:
    def nudge() -> None:
        for _ in range(50):
            hall.rigging.gateway.take("/rig/left/nudge/corner/top-left", (1, 0), "osc:desk")

    threads = [threading.Thread(target=nudge) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hall.rigging.step()
    assert hall.head().corners[0].x == MAX_PER_FRAME / 1_000
    assert len(hall.laid) == 1  # once in a frame, however much was asked
    for _ in range(200 // MAX_PER_FRAME):
        hall.rigging.step()
    assert hall.head().corners[0].x == 0.2


SHARED = """\
heads:
  near: {monitor: {connector: HDMI-1}, shows: left, part: [0, 0, 0.6, 1]}
  far: {monitor: {connector: HDMI-2}, shows: left, part: [0.4, 0, 0.6, 1]}
"""


def test_heads_that_show_one_output_are_moved_each_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "rig.yaml").write_text(SHARED)
    hall = Hall(tmp_path / "rig.yaml")
    with hall.rigging:
        hall.ask("/rig/far/corner/top-left", 0.1, 0.2)
        assert hall.head("far").corners[0] == Point(0.1, 0.2)
        assert hall.head("near").corners[0] == Point(0, 0)
        hall.ask("/rig/near/nudge/corner/top-left", 1, 0)  # a pixel of its 600
        assert hall.head("near").corners[0].x == pytest.approx(1 / 600, abs=1e-6)
        hall.ask("/rig/far/pattern/grid")  # the whole output shows it
        assert set(hall.rigging.step()) == {"left"}
        hall.ask("/rig/save")
        hall.settle()
    assert (
        "far: {monitor: {connector: HDMI-2}, shows: left, part: [0.4, 0, 0.6, 1], corners: [[0.1, 0.2]"
        in (tmp_path / "rig.yaml").read_text()
    )
