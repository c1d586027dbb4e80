"""Two machines that do not show the same are told which field of a frame differs first."""

from __future__ import annotations

from dataclasses import replace

from installation.fleet.frame_digest import described, digest_of, first_difference
from installation.show.control import initial_control
from installation.show.evaluate import evaluate
from installation.show.frame import Frame
from tests.show.scores import three_cues


def frame(number: int = 25) -> Frame:
    score = three_cues()
    return evaluate(score, number, initial_control(score))


def test_equal_frames_have_one_digest() -> None:
    assert digest_of(described(frame())) == digest_of(described(frame()))
    assert first_difference(described(frame()), described(frame())) == ""


def test_the_level_of_an_output_is_named() -> None:
    one = frame()
    other = replace(one, outputs=(replace(one.outputs[0], level=0.5),))
    difference = first_difference(described(one), described(other))
    assert difference.endswith("level: 1.0 here, 0.5 there")
    assert digest_of(described(one)) != digest_of(described(other))


def test_another_cue_is_named() -> None:
    assert "number: 25 here, 26 there" in first_difference(described(frame()), described(frame(26)))
