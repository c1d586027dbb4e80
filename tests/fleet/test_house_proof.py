"""Screenshots of all machines say whether they show the same frame."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.fleet.house_proof import HouseScreenshot, MachineProof, apart_frames, asked_for, is_proven


def shots(off: float, count: int = 5, outputs: int = 2) -> MachineProof:
    """Of a machine whose frames are so far from those that are due."""
    return MachineProof.of(
        [HouseScreenshot((100 + number,) * outputs, 100 + number - off, outputs) for number in range(count)]
    )


def test_machines_that_show_what_is_due_show_the_same() -> None:
    proofs = {"attic": shots(-0.4), "cellar": shots(-0.6), "hall": shots(-0.1)}
    assert apart_frames(proofs) == pytest.approx(0.5)
    assert is_proven(proofs)


def test_one_machine_a_frame_behind_is_told() -> None:
    proofs = {"attic": shots(-0.4), "cellar": shots(-1.5)}
    assert apart_frames(proofs) == pytest.approx(1.1)
    assert not is_proven(proofs)


def test_a_machine_that_cannot_be_seen_proves_nothing() -> None:
    unseen = MachineProof.of([HouseScreenshot(reason="the desktop gives no screenshot")])
    assert (unseen.off_frames, unseen.reason) == (None, "the desktop gives no screenshot")
    assert not is_proven({"attic": shots(0.0), "cellar": unseen})
    assert apart_frames({"attic": shots(0.0), "cellar": unseen}) is None
    half = MachineProof.of([HouseScreenshot((5,), 5.0, 2)] * 4)
    assert not is_proven({"attic": shots(0.0), "cellar": half}), "one of its outputs was never seen"


def test_a_machine_that_does_not_answer_is_asked_once() -> None:
    answers = iter([HouseScreenshot((7,), 7.5, 1).as_bytes(), None, b"asked too often"])
    first, second = asked_for(lambda: next(answers), 20)
    assert (first.is_read, second.reason) == (True, "no answer; start its player first")


def test_a_screenshot_comes_as_it_was_said() -> None:
    shot = HouseScreenshot((7, 8), 7.25, 2)
    assert HouseScreenshot.read(shot.as_bytes()) == shot


@given(st.binary(max_size=60))
def test_noise_is_no_screenshot(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        HouseScreenshot.read(data)
