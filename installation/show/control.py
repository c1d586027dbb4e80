"""Control: the desk's messages, and the state into which a set of them folds.

The state depends on the *set* of messages only, not on the order of their arrival: their stamps order them. Faders are
ramps in closed form, so a seek needs no chase. The table in `controls.py` lists what people can control;
`transport.py` turns a GO into a cue's name before the desk stamps it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from operator import attrgetter
from typing import Literal, NamedTuple

from installation.show.playhead import AT_THE_START, Playhead, ShowFrame, exact
from installation.show.ramp import FULL_LIGHT, Ramp, resting
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
    "lock",
    "day",
    "audition",
    "return",
]

REMOTE_SENDERS = frozenset({"osc", "sacn", "artnet", "http", "midi", "timecode", "mqtt", "buttons", "camera"})
"""External sources, which `engage` 0 shuts out: the part of Message.source before its first colon."""

DOUBLE_GO_SECONDS = 0.5
"""The minimum time between two GOs; an earlier second press is a slip of the finger."""

PANIC_LIFT_SECONDS = 0.5
"""How long the light takes to return when a GO or resume interrupts a panic."""

RATE_STEPS = 1000
"""Rates are rounded to thousandths, so that positions stay small exact fractions for months."""


@dataclass(frozen=True, slots=True)
class Message:
    """One action of a person or device, stamped with the frame at which it takes effect.

    `sequence` orders the messages of one frame. `target` is a cue's id (go, back, load, audition), a fader's address
    (set, release; empty releases all) or a date (day). `value` is a level 0..1, a parameter's value, seconds (locate),
    a factor (rate), 1 / 0 (engage, lock), or 1 for a go that resumes the cue beneath a cue on call. A set with
    `hold_seconds` then returns to the score's value over `release_seconds`. `source` is the sender's kind, a colon, and
    its name, such as `osc:10.0.0.4`, `sacn:1`, `page`, `keyboard`. `output` is the output of an audition (audition,
    return). `machine` is the machine that stamped the message, if several play one show.
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
    output: str = ""
    machine: str = ""

    @property
    def order(self) -> tuple[int, int, str, str, str, str, str, float, float, float, float]:
        """The sort key of a message: its stamp, then its content, so that only equal messages tie."""
        hold = -1.0 if self.hold_seconds is None else self.hold_seconds
        stamp = (self.frame, self.sequence, self.machine, self.source, self.kind, self.target, self.output)
        return (*stamp, self.value, self.fade_seconds, hold, self.release_seconds)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The cue beneath a cue on call, interrupted after `elapsed` frames of its own time. See CueStart."""

    cue: str
    elapsed: ShowFrame
    count: int = 0
    day: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class CueStart:
    """A cue started by hand at show frame `at`; from black means that nothing lies beneath its transition.

    In a score with branches, chance or cues on call, every entry of a cue is a CueStart, and has the other fields. The
    cue's own time was 0 at `begun` (None: at `at`). It was entered `count` times before on `day`; cue `to` follows. It
    comes in over `transition_frames` (None: the score's) with the transition of cue `by` (empty: its own).
    `interrupted` is the cue beneath a cue on call.
    """

    cue: str
    at: ShowFrame
    from_black: bool = False
    begun: ShowFrame | None = None
    count: int = 0
    day: str = ""
    to: str = ""
    transition_frames: int | None = None
    by: str = ""
    interrupted: Interrupted | None = None


@dataclass(frozen=True, slots=True)
class Audition:
    """A cue auditioned on one output since machine frame `frame`, at rate 1, independently of the show."""

    cue: str
    frame: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """A fader's former ramp, which ended when somebody moved the fader at frame `until`."""

    until: int
    address: str
    ramp: Ramp


@dataclass(frozen=True, slots=True)
class Control:
    """The fold of all messages up to a frame: the position of the show and the ramps of all faders.

    `origin` is the show frame at which the score was last entered by its own times; `starts` are the cues started by
    hand since, as many as unfinished transitions can need. `standby` is None while the next cue is on standby.
    `faders` are keyed by address; `blackout` and `panic` are 1 when the light is on. `auditions` has every output, with
    None for outputs that show the show. `entered` counts the entries of each cue on `day`, in an open score. `engage`
    and `lock` are the latest messages of these kinds, with sender and frame. `ignored` counts messages without effect:
    from a desk that is shut out, or about things that the score lacks. `earlier` has the faders' ramps of the last
    `memory_frames`, oldest first: as far back as the score's echoes look.
    """

    fps: Fraction
    longest_transition: int
    cues: frozenset[str]
    faders: Mapping[str, Ramp]
    auditions: Mapping[str, Audition | None]
    playhead: Playhead = AT_THE_START
    origin: int = 0
    starts: tuple[CueStart, ...] = ()
    standby: str | None = None
    blackout: Ramp = FULL_LIGHT
    panic: Ramp = FULL_LIGHT
    last_go_frame: int | None = None
    engage: Message | None = None
    lock: Message | None = None
    day: str = ""
    entered: Mapping[str, int] = field(default_factory=dict)
    ignored: int = 0
    latest: Message | None = None
    memory_frames: int = 0
    earlier: tuple[Earlier, ...] = ()

    @property
    def engaged(self) -> bool:
        """Whether the show listens to external desks."""
        return self.engage is None or self.engage.value != 0.0

    @property
    def locked(self) -> bool:
        """Whether the show is locked: `transport.resolve` restricts page and keyboard, and no edit of the score takes
        effect.
        """
        return self.lock is not None and self.lock.value != 0.0

    def value_at(self, address: str, frame_number: int) -> float:
        """The value of a fader such as `/master` or `/p/warmth`, without its lag."""
        return self.faders[address].at(frame_number)

    def faders_at(self, frame_number: int) -> Mapping[str, float]:
        """Every fader's value at a frame. The frame may be earlier than the last message by up to `memory_frames`."""
        ramps = self.faders
        if self.earlier and frame_number < self.earlier[-1].until:
            then = {one.address: one.ramp for one in reversed(_after(frame_number, self.earlier))}
            ramps = {**ramps, **then}
        return {address: ramp.followed_at(frame_number) for address, ramp in ramps.items()}

    def hears(self, message: Message) -> bool:
        """Whether a message may have an effect. From a desk that is shut out, only kinds `while_disengaged` may."""
        if self.engaged or message.source.partition(":")[0] not in REMOTE_SENDERS:
            return True
        return MESSAGE_KINDS[message.kind].while_disengaged

    def apply(self, message: Message) -> Control:
        """The state after one more message, which must not be older than those before (else fold the whole set)."""
        if self.latest is not None and message.order <= self.latest.order:
            if message == self.latest:
                return self
            raise ValueError(f"{message} is older than {self.latest}: fold the whole set instead")
        changed = None
        if self.hears(message):
            changed = MESSAGE_KINDS[message.kind].change(self, message)
        if changed is None:
            return replace(self, ignored=self.ignored + 1, latest=message)
        return replace(changed, latest=message)

    def frames_in(self, seconds: float) -> int:
        """A duration in whole frames."""
        return round(Fraction(seconds) * self.fps)


SOUND_MASTER = "/sound/level"
"""The fader for the level of all sounds, in scores that have sounds."""


def initial_control(score: Score) -> Control:
    """The state before any message."""
    faders = {"/master": FULL_LIGHT}
    faders |= {f"/out/{output.name}/level": resting(1.0) for output in score.outputs}
    faders |= {f"/layer/{layer.name}/opacity": resting(1.0) for cue in score.cues for layer in cue.layers}
    faders |= {f"/sound/{bus}/level": resting(1.0) for bus in score.buses}
    if score.buses:
        faders[SOUND_MASTER] = resting(1.0)
    faders |= {f"/p/{one.name}": resting(one.default, float(one.smooth * score.fps)) for one in score.parameters}
    longest = max((cue.transition.duration for cue in score.cues), default=0.0)
    return Control(
        fps=score.fps,
        longest_transition=round(Fraction(longest) * score.fps),
        cues=frozenset(cue.id for cue in score.cues),
        faders=faders,
        auditions=dict.fromkeys(output.name for output in score.outputs),
        day=score.day,
        memory_frames=round(Fraction(score.memory_seconds) * score.fps),
    )


def fold(
    messages: Iterable[Message], control: Control, apply: Callable[[Control, Message], Control] = Control.apply
) -> Control:
    """The state after a set of messages from `control` on, in whatever order they arrived.

    An open score needs the `apply` of its course.
    """
    for message in sorted(set(messages), key=lambda message: message.order):
        control = apply(control, message)
    return control


def _started(control: Control, message: Message) -> Control | None:
    """A GO also ends a pause and a panic: an operator who presses GO wants to see something."""
    if message.target not in control.cues or _is_pressed_twice(control, message):
        return None
    frame_number = message.frame
    playhead = control.playhead.rebased(frame_number, paused=False)
    dark = control.panic.at(frame_number) == 0.0
    start = CueStart(message.target, playhead.position, from_black=dark)
    starts = (start,) if dark else (*control.starts, start)
    while len(starts) > 1 and starts[1].at + control.longest_transition <= playhead.position:
        starts = starts[1:]
    return replace(
        control,
        playhead=playhead,
        starts=starts,
        standby=None,
        panic=FULL_LIGHT if dark else _lifted(control, frame_number),
        last_go_frame=frame_number if message.kind == "go" else control.last_go_frame,
    )


def _is_pressed_twice(control: Control, message: Message) -> bool:
    """Whether two machines received a GO for one cue at nearly the same time, without knowledge of each other's."""
    last, started = control.last_go_frame, control.starts[-1:]
    return (
        message.kind == "go"
        and bool(message.machine)
        and last is not None
        and message.frame - last < control.frames_in(DOUBLE_GO_SECONDS)
        and [one.cue for one in started] == [message.target]
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
    return replace(control, playhead=playhead, origin=origin, starts=(), entered={}, standby=None)


def _rated(control: Control, message: Message) -> Control:
    rate = exact(Fraction(round(message.value * RATE_STEPS), RATE_STEPS))
    return replace(control, playhead=control.playhead.rebased(message.frame, rate=rate))


def _panicked(control: Control, message: Message) -> Control:
    """The first panic fades; a second one is immediate."""
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
    return control.panic.toward(1.0, frame_number, control.frames_in(PANIC_LIFT_SECONDS))


def _set(control: Control, message: Message) -> Control | None:
    if message.target not in control.faders:
        return None
    fade = control.frames_in(message.fade_seconds)
    ramp = control.faders[message.target].toward(message.value, message.frame, fade)
    if message.hold_seconds is not None:
        hold, release = control.frames_in(message.hold_seconds), control.frames_in(message.release_seconds)
        ramp = replace(ramp, hold_frames=hold, release_frames=release)
    return _moved(control, {message.target: ramp}, message.frame)


def _moved(control: Control, ramps: Mapping[str, Ramp], frame_number: int) -> Control:
    """The state with new ramps for some faders. It keeps the former ramps for `memory_frames`."""
    faders = {**control.faders, **ramps}
    if not control.memory_frames:
        return replace(control, faders=faders)
    kept = _after(frame_number - control.memory_frames, control.earlier)
    earlier = tuple(Earlier(frame_number, address, control.faders[address]) for address in ramps)
    return replace(control, faders=faders, earlier=kept + earlier)


def _after(frame_number: int, earlier: tuple[Earlier, ...]) -> tuple[Earlier, ...]:
    """The ramps that ended after a frame. There may be thousands: a desk can move every fader at every frame."""
    return earlier[bisect_right(earlier, frame_number, key=attrgetter("until")) :]


def _released(control: Control, message: Message) -> Control | None:
    if message.target and message.target not in control.faders:
        return None
    frames = control.frames_in(message.fade_seconds)
    ramps = {}
    for address in [message.target] if message.target else control.faders:
        ramp = control.faders[address]
        ramps[address] = ramp.toward(ramp.home, message.frame, frames)
    return _moved(control, ramps, message.frame)


def _engaged(control: Control, message: Message) -> Control:
    return replace(control, engage=message)


def _locked(control: Control, message: Message) -> Control:
    return replace(control, lock=message)


def _dawned(control: Control, message: Message) -> Control:
    """A day of the house begins: chance draws anew. Each of several machines may send this message."""
    return control if control.day == message.target else replace(control, day=message.target, entered={})


def _auditioned(control: Control, message: Message) -> Control | None:
    if message.output not in control.auditions or message.target not in control.cues:
        return None
    audition = Audition(message.target, message.frame)
    return replace(control, auditions={**control.auditions, message.output: audition})


def _returned(control: Control, message: Message) -> Control | None:
    if control.auditions.get(message.output) is None:
        return None
    return replace(control, auditions={**control.auditions, message.output: None})


def _unresolved(control: Control, message: Message) -> None:
    """Next and previous become a load in `transport.resolve`; an unresolved one has no effect."""


class KindOfMessage(NamedTuple):
    """The rules for all messages of one kind.

    `change` gives the state after a message; None if it has no effect. `while_locked`: page and keyboard may still send
    it to a locked show, to run it as rehearsed, to darken it and to unlock it. `newest_only`: between two frames, a
    later message replaces an earlier one about the same thing. `while_disengaged`: a desk that is shut out may still
    send it, such as a panic, because a person who presses that button means it.
    """

    change: Callable[[Control, Message], Control | None]
    while_locked: bool
    newest_only: bool = False
    while_disengaged: bool = False


MESSAGE_KINDS: Mapping[MessageKind, KindOfMessage] = {
    "go": KindOfMessage(_started, while_locked=True),
    "back": KindOfMessage(_started, while_locked=True),
    "load": KindOfMessage(_loaded, while_locked=True),
    "next": KindOfMessage(_unresolved, while_locked=True),
    "previous": KindOfMessage(_unresolved, while_locked=True),
    "pause": KindOfMessage(_paused, while_locked=True),
    "resume": KindOfMessage(_resumed, while_locked=True),
    "stop": KindOfMessage(_stopped, while_locked=True),
    "locate": KindOfMessage(_located, while_locked=False, newest_only=True),
    "rate": KindOfMessage(_rated, while_locked=False, newest_only=True),
    "panic": KindOfMessage(_panicked, while_locked=True, while_disengaged=True),
    "blackout": KindOfMessage(_blacked_out, while_locked=True),
    "restore": KindOfMessage(_restored, while_locked=True),
    "set": KindOfMessage(_set, while_locked=False, newest_only=True),
    "release": KindOfMessage(_released, while_locked=False),
    "engage": KindOfMessage(_engaged, while_locked=False, while_disengaged=True),
    "lock": KindOfMessage(_locked, while_locked=True),
    "day": KindOfMessage(_dawned, while_locked=True),
    "audition": KindOfMessage(_auditioned, while_locked=False),
    "return": KindOfMessage(_returned, while_locked=True),
}
