"""The show follows timecode: an hour at every rate, through dropouts, jumps and wrong readings. No clock runs here."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from installation.desk.timecode.chase import Chase, ChaseRules
from installation.desk.timecode.code import RATE_NAMES, RATES, TimecodeRate, timecode_at
from installation.show.control import Control, Message, initial_control
from installation.show.playing.transport import position_at, resolve
from installation.show.score import Cue, Output, Score


def long_score(fps: Fraction, seconds: float = 4_000.0) -> Score:
    cues = (Cue("one", "One", 1_000.0, ()), Cue("two", "Two", seconds - 1_000.0, ()))
    return Score(title="Long", fps=fps, outputs=(Output("left", 640, 360),), cues=cues)


class Follower:
    """A player's loop and a tape machine whose clock runs a little differently. `tape` is the code's own seconds."""

    def __init__(
        self, rate: TimecodeRate, rules: ChaseRules | None = None, fps: Fraction | None = None, ppm: float = 0.0
    ) -> None:
        self.rate, self.score = rate, long_score(fps or rate.exact)
        self.told: list[str] = []
        self.chase = Chase(rules or ChaseRules(), lambda refused, _: self.told.append(str(refused)))
        self.control: Control = initial_control(self.score)
        self.sent: list[Message] = []
        self.frame = 0
        self.speed = 1.0 + ppm / 1e6
        self.said = -1
        self.shift = 0.0
        self.silent = False
        self.worst = 0.0

    @property
    def now(self) -> float:
        return self.frame / float(self.score.fps)

    def tape(self, now: float) -> float:
        return now * self.speed + self.shift

    def play(self, seconds: float, jitter: bool = False) -> None:
        """The worst that the picture was off, in frames of the code, once it had a second to find in."""
        self.worst = 0.0
        began = self.now
        while self.now - began < seconds:
            self.step(jitter)
            if self.now - began > 1.0:
                self.worst = max(self.worst, abs(self.off))

    def step(self, jitter: bool = False) -> None:
        count = int(self.tape(self.now) * float(self.rate.exact))
        if count != self.said and not self.silent and count >= 0:
            self.said = count
            code = timecode_at(count, self.rate)
            came = count / float(self.rate.exact) - self.shift  # when the frame began, by the show's clock
            late = (self.frame * 7 % 5) * 0.001 if jitter else 0.0
            self.chase.hear("tape", str(code), code.since_midnight, came / self.speed + late)
        for message in self.chase.due(self.score, self.frame, self.control, self.now):
            stamped = resolve(self.score, self.control, replace(message, frame=self.frame, sequence=len(self.sent)))
            self.control = self.control.apply(stamped)
            self.sent.append(stamped)
        self.frame += 1

    @property
    def off(self) -> float:
        """How far the picture, which is seen a frame after it was made, is from the tape then: frames of the code."""
        frame = self.frame - 1
        shown = position_at(self.score, frame, self.control).seconds
        wanted = self.tape((frame + 1) / float(self.score.fps)) - self.chase._begins
        return (shown - wanted) * float(self.rate.exact)


@pytest.mark.parametrize(("name", "ppm"), [("24", 100.0), ("25", -100.0), ("29.97", 100.0), ("30", -100.0)])
def test_for_an_hour_the_show_is_within_a_frame_of_a_tape_that_drifts(name: str, ppm: float) -> None:
    show = Follower(RATES[name], ppm=ppm)  # type: ignore[index]  # a name of the table
    show.play(3_600.0)
    assert show.worst <= 1.0
    assert len(show.sent) < 60  # a frame in five minutes, and no more


def test_a_show_at_another_rate_than_the_code_follows_it() -> None:
    show = Follower(RATES["25"], fps=Fraction(60), ppm=50.0)
    show.play(300.0, jitter=True)
    assert show.worst <= 1.0
    assert len(show.sent) < 30


def test_ten_seconds_without_code_are_not_seen() -> None:
    show = Follower(RATES["25"], ChaseRules(freewheel_seconds=15.0, dropout="pause"), ppm=30.0)
    show.play(20.0)
    show.silent = True
    show.play(10.0)
    assert show.worst <= 1.0
    assert show.chase.status(show.now).state == "freewheeling"
    show.silent = False
    show.play(20.0)
    assert show.worst <= 1.0
    assert not show.control.playhead.paused


@pytest.mark.parametrize("dropout", ["run", "pause"])
def test_after_the_free_wheel_the_desk_file_says_what_happens(dropout: str) -> None:
    show = Follower(RATES["25"], ChaseRules(freewheel_seconds=2.0, dropout=dropout))  # type: ignore[arg-type]  # a word of its own
    show.play(5.0)
    show.silent = True
    show.play(5.0)
    assert show.control.playhead.paused == (dropout == "pause")
    assert show.chase.status(show.now).state == "lost"
    show.silent = False
    show.play(3.0)
    assert not show.control.playhead.paused
    assert show.worst <= 1.0


@pytest.mark.parametrize("to", [600.0, -7.0, 3_000.0])
def test_a_jump_is_followed_at_once(to: float) -> None:
    show = Follower(RATES["30"])
    show.play(10.0)
    show.shift += to
    show.play(5.0)
    assert show.worst <= 1.0
    assert show.chase.status(show.now).jumps == 1


def test_a_jump_may_be_ignored() -> None:
    show = Follower(RATES["30"], ChaseRules(jump="ignore"))
    show.play(10.0)
    sent = len(show.sent)
    show.shift += 600.0
    show.play(5.0)
    assert len(show.sent) == sent
    assert len([sentence for sentence in show.told if "jumped" in sentence]) == 1


def test_single_wrong_readings_move_nothing() -> None:
    show = Follower(RATES["25"])
    show.play(5.0)
    sent = len(show.sent)
    for wrong in (12.0, 80_000.0, 3.0):
        show.chase.hear("tape", "?", Fraction(wrong), show.now)
        show.play(0.5)
    assert len(show.sent) == sent
    assert show.chase.status(show.now).mistakes >= 2


def test_the_score_begins_at_the_offset() -> None:
    show = Follower(RATES["25"], ChaseRules(offset_seconds=Fraction(3_600)))
    show.shift = 3_590.0
    show.play(9.0)
    assert show.sent == []  # the score has not begun yet
    show.play(10.0)
    assert abs(show.off) <= 1.0


def test_only_the_cues_that_follow_are_moved() -> None:
    show = Follower(RATES["25"], ChaseRules(cues=frozenset({"two"})))
    show.shift = 500.0
    show.play(5.0)
    assert show.sent == []
    show.shift = 1_500.0
    show.play(5.0)
    assert position_at(show.score, show.frame, show.control).cue == "two"


def test_whoever_pauses_by_hand_keeps_the_show() -> None:
    show = Follower(RATES["25"])
    show.play(5.0)
    pause = Message(show.frame, 99, "pause", source="page")
    show.control = show.control.apply(pause)
    show.play(5.0)
    assert show.control.playhead.paused
    show.control = show.control.apply(Message(show.frame, 100, "resume", source="page"))
    show.play(5.0)
    assert show.worst <= 1.0


def test_code_that_runs_backward_is_told_once_and_moves_nothing() -> None:
    show = Follower(RATES["25"])
    show.play(3.0)
    sent = len(show.sent)
    for count in range(2_000, 1_900, -1):
        code = timecode_at(count, show.rate)
        show.chase.hear("tape", str(code), code.since_midnight, show.now, is_backward=True)
        show.silent = True
        show.step()
    assert len(show.sent) == sent
    assert len(show.told) == 1


def test_of_two_sources_the_first_is_followed_until_it_is_silent() -> None:
    show = Follower(RATES["25"])
    show.play(3.0)
    for _ in range(3):
        show.chase.hear("other", "?", Fraction(1_000), show.now)
    assert "comes from other too" in show.told[0]
    assert len(show.told) == 1
    show.silent = True
    show.play(1.0)
    show.chase.hear("other", "?", Fraction(1_000), show.now)
    assert show.chase.status(show.now).source == "other"


@pytest.mark.parametrize("name", RATE_NAMES)
def test_every_frame_of_a_day_has_its_number(name: str) -> None:
    rate = RATES[name]  # type: ignore[index]  # a name of the table
    length = round(rate.exact * 86_400) if not rate.drop else 24 * 6 * 17_982
    counts = [*range(40_000), *range(length - 2_000, length)]
    codes = [timecode_at(count, rate) for count in counts]
    assert [code.count for code in codes] == counts
    assert all(code.is_whole for code in codes)
    assert all(str(one) < str(other) for one, other in pairwise(codes))
    assert timecode_at(length, rate).count == 0
