"""What the desk has done to the show: messages, and the state that a set of them folds into.

The state depends on the *set* of messages only, never on the order in which they arrived: messages are put in the order
of their stamps. Faders are ramps in closed form, so a seek needs no chase. What can be controlled stands in the table
of `controls.py`; a GO becomes a cue's name in `transport.py` before it is stamped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from installation.show.score import Score

MessageKind = Literal[
    "go",
    "back",
    "load",
    "next",
    "previous",
    "pause",
    "resume",
    "stop",
    "locate",
    "rate",
    "panic",
    "blackout",
    "restore",
    "set",
    "release",
    "engage",
]

DESKS = frozenset({"osc", "sacn"})
"""Sources from outside, which `engage` 0 shuts out: the part of Message.source before its first colon."""

LIFT_SECONDS = 0.5
"""How long the light takes to return when a GO or resume interrupts a panic."""

RATE_STEPS = 1000
"""Rates are rounded to thousandths, so that positions stay small exact fractions for months."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that somebody did, stamped with the frame in which it takes effect.

    `sequence` orders the messages of one frame. `target` is a cue's id (go, back, load) or a fader's address (set,
    release; empty releases all). `value` is a level 0..1, a parameter's value, seconds (locate), a factor (rate) or
    1 / 0 (engage). A set that has a `hold_seconds` goes home to the score's value after it, over `release_seconds`.
    `source` is the sender: what it is, a colon, which one, such as `osc:10.0.0.4`, `sacn:1`, `page`, `keyboard`.
    """

    frame: int
    sequence: int
    kind: MessageKind
    target: str = ""
    value: float = 0.0
    fade_seconds: float = 0.0
    source: str = ""
    hold_seconds: float | None = None
    release_seconds: float = 0.0

    @property
    def order(self) -> tuple[int, int, str, str, str, float, float, float, float]:
        """The place of a message among all others: its stamp, then its content, so that no two ever tie."""
        hold = -1.0 if self.hold_seconds is None else self.hold_seconds
        stamp = (self.frame, self.sequence, self.source, self.kind, self.target)
        return (*stamp, self.value, self.fade_seconds, hold, self.release_seconds)


@dataclass(frozen=True, slots=True)
class Ramp:
    """A value that travels from `start_value` to `target` in `frames`; then it stays, or holds and goes home.

    `hold_frames` None stays at the target; otherwise the value returns to `home` over `release_frames`.
    """

    start_frame: int
    start_value: float
    target: float
    frames: int = 0
    home: float = 1.0
    hold_frames: int | None = None
    release_frames: int = 0

    def at(self, frame_number: int) -> float:
        since = frame_number - self.start_frame
        if since < 0:
            return self.start_value
        if since < self.frames:
            return self.start_value + (self.target - self.start_value) * since / self.frames
        if self.hold_frames is None:
            return self.target
        since -= self.frames + self.hold_frames
        if since <= 0:
            return self.target
        if since < self.release_frames:
            return self.target + (self.home - self.target) * since / self.release_frames
        return self.home

    def toward(self, target: float, frame_number: int, frames: int) -> Ramp:
        """The ramp that sets out from here at `frame_number`."""
        return Ramp(frame_number, self.at(frame_number), target, frames, self.home)


def resting(home: float) -> Ramp:
    """A value that nobody has touched."""
    return Ramp(0, home, home, home=home)


LIT = resting(1.0)


ShowFrame = int | Fraction
"""Exact: a whole number at rate one, a fraction at others. Whole numbers are several times as fast."""


def exact(number: ShowFrame) -> ShowFrame:
    return number.numerator if number.denominator == 1 else number


@dataclass(frozen=True, slots=True)
class Playhead:
    """The line from machine frames to show frames: `position` at `frame`, then `rate` per frame unless paused."""

    frame: int = 0
    position: ShowFrame = 0
    rate: ShowFrame = 1
    paused: bool = False

    def at(self, frame_number: int) -> ShowFrame:
        """The show frame."""
        if self.paused:
            return self.position
        return exact(self.position + self.rate * (frame_number - self.frame))

    def rebased(self, frame_number: int, rate: ShowFrame | None = None, paused: bool | None = None) -> Playhead:
        """The same position at `frame_number`; from there at another rate, or paused or not."""
        return Playhead(
            frame_number,
            self.at(frame_number),
            self.rate if rate is None else rate,
            self.paused if paused is None else paused,
        )


@dataclass(frozen=True, slots=True)
class Start:
    """A cue started by hand at show frame `at`; from black means that nothing lies beneath its transition."""

    cue: str
    at: ShowFrame
    from_black: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """The fold of all messages up to a frame: where the show stands and what every fader does.

    `origin` is the show frame at which the score was last entered by its own times; `starts` are the cues started by
    hand since, as many as unfinished transitions can need. `standby` is None while the next cue stands by.
    `faders` are keyed by address; `blackout` and `panic` are 1 in the light. `ignored` counts messages without effect:
    from a desk that is shut out, or about cues and faders that the score does not have.
    """

    fps: Fraction
    longest_transition: int
    cues: frozenset[str]
    faders: Mapping[str, Ramp]
    playhead: Playhead = Playhead()
    origin: int = 0
    starts: tuple[Start, ...] = ()
    standby: str | None = None
    blackout: Ramp = LIT
    panic: Ramp = LIT
    last_go_frame: int | None = None
    engaged: bool = True
    ignored: int = 0
    latest: Message | None = None

    def value_at(self, address: str, frame_number: int) -> float:
        """A fader's value, such as `/master` or `/p/warmth`."""
        return self.faders[address].at(frame_number)

    def apply(self, message: Message) -> Control:
        """The state after one more message, which must not be older than those before (else fold the whole set)."""
        if self.latest is not None and message.order <= self.latest.order:
            if message == self.latest:
                return self
            raise ValueError(f"{message} is older than {self.latest}: fold the whole set instead")
        changed = None
        if self.engaged or message.kind == "engage" or message.source.partition(":")[0] not in DESKS:
            changed = _CHANGES[message.kind](self, message)
        if changed is None:
            return replace(self, ignored=self.ignored + 1, latest=message)
        return replace(changed, latest=message)

    def frames_in(self, seconds: float) -> int:
        """A duration in whole frames."""
        return round(Fraction(seconds) * self.fps)


def begin(score: Score) -> Control:
    """The state before any message."""
    faders = {"/master": LIT}
    faders |= {f"/out/{output.name}/level": resting(1.0) for output in score.outputs}
    faders |= {f"/layer/{layer.name}/opacity": resting(1.0) for cue in score.cues for layer in cue.layers}
    faders |= {f"/p/{parameter.name}": resting(parameter.default) for parameter in score.parameters}
    longest = max((cue.transition.duration for cue in score.cues), default=0.0)
    return Control(
        fps=score.fps,
        longest_transition=round(Fraction(longest) * score.fps),
        cues=frozenset(cue.id for cue in score.cues),
        faders=faders,
    )


def fold(messages: Iterable[Message], control: Control) -> Control:
    """The state that a set of messages leads to from `control`, whatever the order in which they arrived."""
    for message in sorted(set(messages), key=lambda message: message.order):
        control = control.apply(message)
    return control


def _started(control: Control, message: Message) -> Control | None:
    """A GO also resumes, and lifts a panic: an operator who presses GO wants to see something."""
    if message.target not in control.cues:
        return None
    frame_number = message.frame
    playhead = control.playhead.rebased(frame_number, paused=False)
    dark = control.panic.at(frame_number) == 0.0
    start = Start(message.target, playhead.position, from_black=dark)
    starts = (start,) if dark else (*control.starts, start)
    while len(starts) > 1 and starts[1].at + control.longest_transition <= playhead.position:
        starts = starts[1:]
    return replace(
        control,
        playhead=playhead,
        starts=starts,
        standby=None,
        panic=LIT if dark else _lifted(control, frame_number),
        last_go_frame=frame_number if message.kind == "go" else control.last_go_frame,
    )


def _loaded(control: Control, message: Message) -> Control | None:
    return replace(control, standby=message.target) if message.target in control.cues else None


def _paused(control: Control, message: Message) -> Control:
    return replace(control, playhead=control.playhead.rebased(message.frame, paused=True))


def _resumed(control: Control, message: Message) -> Control:
    playhead = control.playhead.rebased(message.frame, paused=False)
    return replace(control, playhead=playhead, panic=_lifted(control, message.frame))


def _stopped(control: Control, message: Message) -> Control:
    playhead = control.playhead.rebased(message.frame, paused=True)
    return replace(control, playhead=playhead, panic=control.panic.toward(0.0, message.frame, 0))


def _located(control: Control, message: Message) -> Control:
    origin = control.frames_in(message.value)
    playhead = replace(control.playhead, frame=message.frame, position=origin)
    return replace(control, playhead=playhead, origin=origin, starts=(), standby=None)


def _rated(control: Control, message: Message) -> Control:
    rate = exact(Fraction(round(message.value * RATE_STEPS), RATE_STEPS))
    return replace(control, playhead=control.playhead.rebased(message.frame, rate=rate))


def _panicked(control: Control, message: Message) -> Control:
    """The second panic is the impatient one."""
    frames = 0 if control.panic.target == 0.0 else control.frames_in(message.fade_seconds)
    return replace(control, panic=control.panic.toward(0.0, message.frame, frames))


def _blacked_out(control: Control, message: Message) -> Control:
    frames = control.frames_in(message.fade_seconds)
    return replace(control, blackout=control.blackout.toward(0.0, message.frame, frames))


def _restored(control: Control, message: Message) -> Control:
    frames = control.frames_in(message.fade_seconds)
    blackout, panic = (ramp.toward(1.0, message.frame, frames) for ramp in (control.blackout, control.panic))
    return replace(control, blackout=blackout, panic=panic)


def _lifted(control: Control, frame_number: int) -> Ramp:
    if control.panic.target == 1.0:
        return control.panic
    return control.panic.toward(1.0, frame_number, control.frames_in(LIFT_SECONDS))


def _set(control: Control, message: Message) -> Control | None:
    if message.target not in control.faders:
        return None
    fade = control.frames_in(message.fade_seconds)
    ramp = control.faders[message.target].toward(message.value, message.frame, fade)
    if message.hold_seconds is not None:
        hold, release = control.frames_in(message.hold_seconds), control.frames_in(message.release_seconds)
        ramp = replace(ramp, hold_frames=hold, release_frames=release)
    return replace(control, faders={**control.faders, message.target: ramp})


def _released(control: Control, message: Message) -> Control | None:
    if message.target and message.target not in control.faders:
        return None
    frames = control.frames_in(message.fade_seconds)
    faders = dict(control.faders)
    for address in [message.target] if message.target else control.faders:
        faders[address] = faders[address].toward(faders[address].home, message.frame, frames)
    return replace(control, faders=faders)


def _engaged(control: Control, message: Message) -> Control:
    return replace(control, engaged=message.value != 0.0)


def _unresolved(control: Control, message: Message) -> None:
    """Next and previous become a load in `transport.resolve`; one that comes unresolved has nothing to act on."""


_CHANGES: Mapping[MessageKind, Callable[[Control, Message], Control | None]] = {
    "go": _started,
    "back": _started,
    "load": _loaded,
    "next": _unresolved,
    "previous": _unresolved,
    "pause": _paused,
    "resume": _resumed,
    "stop": _stopped,
    "locate": _located,
    "rate": _rated,
    "panic": _panicked,
    "blackout": _blacked_out,
    "restore": _restored,
    "set": _set,
    "release": _released,
    "engage": _engaged,
}
