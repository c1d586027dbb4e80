"""Auditions: a cue tried out on one output while the show goes on on the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from installation.errors import RefusedError
from installation.show.control import Audition, Message, MessageKind
from installation.show.playing.transport import resolve
from installation.show.score import CUT, Score, Transition
from tests.show.scores import (
    LEFT,
    MIDDLE,
    after,
    cue,
    layer,
    message,
    outputs_at,
    score,
    showing,
    walking,
)

BOTH = ("left", "middle")


def two_outputs(transition: Transition = CUT) -> Score:
    """Cues a, b and c of ten seconds on two outputs; b walks from p to q, so that its own time is seen."""
    return score(
        cue("a", layer(showing("a"), outputs=BOTH)),
        cue("b", layer(showing(walking("p", "q")), outputs=BOTH), transition=transition),
        cue("c", layer(showing("c"), outputs=BOTH)),
        outputs=(LEFT, MIDDLE),
    )


def audition(seconds: float, of: str = "b", output: str = "left") -> Message:
    return replace(message(seconds, "audition", of), output=output)


def back(seconds: float, output: str = "left") -> Message:
    return replace(message(seconds, "return"), output=output)


def test_the_cue_shows_on_its_output_as_if_it_had_started_then_and_the_show_goes_on_elsewhere() -> None:
    show = two_outputs()
    alone = outputs_at(show, 4, message(0, "go", "b"))
    left, middle = outputs_at(show, 7, audition(3))
    assert left == alone[0]
    assert middle == outputs_at(show, 7)[1]


@pytest.mark.parametrize("seconds", [0, 0.5, 1.5])
def test_it_comes_in_by_its_own_transition_over_the_show(seconds: float) -> None:
    wipe = Transition("wipe", 2.0, ease="linear")
    left, _ = outputs_at(two_outputs(wipe), 3 + seconds, audition(3))
    beneath, cue_frame = left.cues
    assert (beneath.cue, cue_frame.cue) == ("a", "b")
    assert (cue_frame.reveal.kind, cue_frame.reveal.progress) == ("wipe", seconds / 2)


def test_it_stays_on_its_cue_until_it_is_returned() -> None:
    show = two_outputs()
    assert [one.cue for one in outputs_at(show, 99, audition(3))[0].cues] == ["b"]
    assert outputs_at(show, 99, audition(3), back(50)) == outputs_at(show, 99)


@pytest.mark.parametrize("kind", ["pause", "stop", "locate", "rate", "resume"])
def test_its_time_is_its_own_whatever_the_show_does(kind: MessageKind) -> None:
    show, moved = two_outputs(), message(4, kind, value=2.0)
    assert outputs_at(show, 8, audition(3), moved)[0].cues == outputs_at(show, 8, audition(3))[0].cues


def test_a_go_of_the_same_cue_starts_it_anew_in_the_show() -> None:
    show = two_outputs()
    left, middle = outputs_at(show, 7, audition(3), message(5, "go", "b"))
    assert left == outputs_at(show, 7, audition(3))[0]
    assert middle == outputs_at(show, 7, message(5, "go", "b"))[1]


def test_blackout_master_and_the_outputs_own_level_dim_it_like_the_show() -> None:
    sent = audition(3), message(4, "set", "/master", 0.5), message(4.5, "set", "/out/left/level", 0.5)
    assert [one.level for one in outputs_at(two_outputs(), 6, *sent)] == [0.25, 0.5]
    assert outputs_at(two_outputs(), 6, *sent, message(5, "blackout"))[0].level == 0.0


def test_another_audition_of_an_output_takes_the_place_of_the_first() -> None:
    control = after(two_outputs(), audition(1, "b"), audition(2, "c"), audition(3, "b", "middle"))
    assert control.auditions == {"left": Audition("c", 20), "middle": Audition("b", 30)}


def test_without_a_cue_the_one_on_standby_is_meant() -> None:
    show = two_outputs()
    control = after(show, message(1, "load", "c"))
    asked = replace(audition(2), target="")
    assert resolve(show, control, asked).target == "c"
    assert resolve(show, after(show), asked).target == "b"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (audition(1, "nine"), "/audition: no cue 'nine'; there are a, b, c"),
        (audition(1, "b", "roof"), "/audition: no output 'roof'; there are left, middle"),
        (back(1, "roof"), "/return: no output 'roof'; there are left, middle"),
    ],
)
def test_what_the_score_has_not_is_refused_with_a_sentence(asked: Message, sentence: str) -> None:
    with pytest.raises(RefusedError) as refused:
        resolve(two_outputs(), after(two_outputs()), asked)
    assert str(refused.value) == sentence
