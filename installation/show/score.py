"""The score as the show performs it: checked, with every name resolved and every time in seconds.

`installation/score` reads YAML into this. Knows no hardware, no files, no pixels but the outputs' logical sizes.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from typing import Literal

from installation.show.expressions import Interval, Number
from installation.show.frame import (
    Address,
    Blend,
    Fit,
    Gradient,
    Matte,
    Place,
    Plate,
    RevealKind,
    Shader,
    Shape,
    ShowValue,
    StillImage,
    TextStyle,
)

Ease = Literal["linear", "in", "out", "smooth", "hold"]
"""`in` starts slowly, `out` ends slowly, `smooth` both; `hold` keeps the old value until the key is reached."""

ViewEase = Ease | Literal["flow"]
"""Beside the eases of numbers: through a key on whose both sides it flows the camera goes without a stop."""

End = Literal["follow", "hold", "loop"]
"""What happens when a cue's duration is over: the next cue follows, or it stays, or starts anew, until GO."""

Repeat = Literal["once", "loop", "ping-pong"]


@dataclass(frozen=True, slots=True)
class SensorInput:
    """An OSC address of a sensor or another program, and the numbers that it sends at a fader's two ends."""

    address: str
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the score exposes to the desk as /p/{name}.

    `low` and `high` are the ends of its fader. Its value follows the fader within `smooth` seconds, softly at both ends
    of the way; `curve` then says what it is worth: points (fader, value) joined by lines, or the fader's own value
    where there are none. `osc` moves the fader as well.
    """

    name: str
    default: float
    low: float = 0.0
    high: float = 1.0
    about: str = ""
    smooth: float = 0.0
    curve: tuple[tuple[float, float], ...] = ()
    osc: SensorInput | None = None

    @property
    def bounds(self) -> Interval:
        """The lowest and highest that it may be worth."""
        values = [value for _, value in self.curve] or [self.low, self.high]
        return min(values), max(values)

    def value_at(self, fader: float) -> float:
        """What it is worth where its fader stands."""
        curve = self.curve
        if not curve:
            return min(max(fader, self.low), self.high) if self.smooth else fader
        after = bisect_right(curve, fader, key=itemgetter(0))
        if after in (0, len(curve)):
            return curve[max(after - 1, 0)][1]
        (before_fader, before), (after_fader, value) = curve[after - 1 : after + 1]
        return before + (value - before) * (fader - before_fader) / (after_fader - before_fader)


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A value at a time (seconds since the cue's start); `ease` shapes the way from the key before to this one."""

    at: float
    value: Number
    ease: Ease = "linear"


@dataclass(frozen=True, slots=True)
class Track:
    """A number over time; before the first and after the last key the value holds."""

    keys: tuple[Keyframe, ...]


@dataclass(frozen=True, slots=True)
class EffectTracks:
    """An effect over time: its kind in effects.EFFECTS, and a track for each of its quantities in their order there;
    `by` and `shader` as in frame.Effect."""

    kind: str
    values: tuple[Track, ...]
    by: tuple[str, ...] = ()
    shader: Shader | None = None


@dataclass(frozen=True, slots=True)
class ViewKeyframe:
    """The whole camera at a time (seconds since the cue's start): see frame.View for the units.

    From key to key zoom travels exponentially, and the centre travels linearly in what is visible (1/zoom), so that
    the camera homes in on its goal instead of sliding past it. With `into`, x, y and zoom are those of that neuron's
    cell in the plate: zoom 1 fills the place with it.
    """

    at: float
    x: Number = 0.0
    y: Number = 0.0
    zoom: Number = 1.0
    degrees: Number = 0.0
    ease: ViewEase = "smooth"
    into: Address | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """The unsteadiness of a hand-held camera: up to `amount` of half the picture seen, and `degrees`, either way.

    It turns back after `period` seconds or so; `phases`, each 0..1, tell one hand from another.
    """

    amount: float
    period: float
    degrees: float
    phases: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of a walk between two neurons.

    `start` and `end` are seconds on the walk's own clock. `pace` is the re-timing table: the share of `b` at equal
    steps of seen distance, from 0 to 1 (two entries = no re-timing).
    """

    a: Address
    b: Address
    start: float
    end: float
    pace: tuple[float, ...] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a way between two neurons: how far the picture travels on it, and the pace table of a leg."""

    a: Address
    b: Address
    distance: float
    pace: tuple[float, ...] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Way:
    """The way from `a` to `b` as the atlas measured it, through the neurons between."""

    a: Address
    b: Address
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """A timed route through latents. `duration` is the walk's own length; a walk of one neuron has one leg a == b.

    An `even` walk goes at constant seen speed: the atlas measures it and sets the legs' times and paces. One with a
    `position` is moved by that, a share of its duration, and not by time. Neurons that move in a cycle go round once in
    `cycle` seconds, if that is given, from the cue's start on.
    """

    legs: tuple[Leg, ...]
    duration: float
    even: bool = True
    ease: Ease = "linear"
    repeat: Repeat = "once"
    position: Track | None = None
    cycle: float | None = None


@dataclass(frozen=True, slots=True)
class DescentStop:
    """A neuron to fall into; `place` (x, y, radius) is where the next one lies, None where the atlas finds it."""

    neuron: Address
    place: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Descend:
    """A zoom down through worlds within worlds; `duration` takes it through all of them, at a constant speed of zoom.

    One that loops is endless: in the last world lies the first. With a `position`, a share of the way, that moves it.
    """

    stops: tuple[DescentStop, ...]
    duration: float
    repeat: Repeat = "loop"
    position: Track | None = None

    @property
    def endless(self) -> bool:
        """Whether the first world lies in the last."""
        return self.repeat == "loop"


@dataclass(frozen=True, slots=True)
class Text:
    """Words with values in them. `size` as in frame.Words; it is typed within `typed_seconds`, or rolls through its
    place within `roll_seconds`."""

    parts: tuple[str | ShowValue | Number, ...]
    style: TextStyle
    size: Number = 0.1
    typed_seconds: float | None = None
    roll_seconds: float | None = None

    @property
    def duration(self) -> float:
        """Seconds after which nothing of it moves."""
        return self.typed_seconds or self.roll_seconds or 0.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A film from frame `first` to frame `last` of its own; `rate` 1 is as it was taken."""

    file: str
    digest: str
    fps: Fraction
    first: int
    last: int
    rate: float = 1.0
    repeat: Repeat = "loop"
    fit: Fit = "contain"

    @property
    def duration(self) -> float:
        """Seconds that it takes, there and not back."""
        return float((self.last - self.first + 1) / self.fps) / self.rate


TakeSubject = Walk | Plate | Descend | StillImage | Text | Clip | Shape | Gradient
"""What a take shows, as the score says it; subjects.py makes of it what is seen at a moment."""


UNTURNED, WHOLE_SIZE = Track((Keyframe(0.0, 0.0),)), Track((Keyframe(0.0, 0.8),))


@dataclass(frozen=True, slots=True)
class Surface:
    """A body that wears a take's picture; see frame.OnBody for what is said of it. Turns and size change over time."""

    body: str
    yaw: Track = UNTURNED
    pitch: Track = UNTURNED
    roll: Track = UNTURNED
    size: Track = WHOLE_SIZE
    shade: float = 0.8


@dataclass(frozen=True, slots=True)
class Take:
    """A shot over time: its subject (one that moves, or a plate that stands still), its view, and perhaps a body.

    With `base`, a camera that several takes share, the view is an offset to that: what the shared camera sees is the
    picture in which it moves.
    """

    subject: TakeSubject
    view: tuple[ViewKeyframe, ...] = (ViewKeyframe(0.0),)
    surface: Surface | None = None
    base: tuple[ViewKeyframe, ...] = ()
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class Single:
    """Every place shows a take of its own: take i on place i, again from the first when there are more places."""


@dataclass(frozen=True, slots=True)
class Split:
    """Each output is divided into a grid; takes fill the cells row by row, output by output.

    `gap` is the space between cells as a fraction of the output's short side, 0..0.5.
    """

    columns: int
    rows: int
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Span:
    """One picture over all the layer's outputs, side by side, equally high; `gap` between, 1 = an output's height."""

    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Canon:
    """The same take on every output, each `delay` seconds after the one before; until then it waits at its start."""

    delay: float


@dataclass(frozen=True, slots=True)
class Mirror:
    """The same take on every output, every second one mirrored, so that pictures meet at the edges."""


SINGLE = Single()
WHOLE_OUTPUT = Place()
OPAQUE = Track((Keyframe(0.0, 1.0),))

Montage = Single | Split | Span | Canon | Mirror


@dataclass(frozen=True, slots=True)
class Choice:
    """What chance picks for places that are left open, whenever their cue is entered.

    The pool is drawn into an order, and the first `count` of it fill the places. An open neuron stands in the score as
    `open_address(place, index)`.
    """

    place: str
    pool: tuple[str, ...]
    count: int

    @property
    def addresses(self) -> tuple[Address, ...]:
        """What stands in the score for the neurons that will be picked."""
        return tuple(open_address(self.place, index) for index in range(self.count))


def open_address(place: str, index: int) -> Address:
    """Stands for a neuron that chance picks; no neuron's address begins so."""
    return f"?{place}#{index}"


def is_open(address: Address) -> bool:
    """Whether an address stands for a neuron that chance will pick."""
    return address.startswith("?")


@dataclass(frozen=True, slots=True)
class TakesChoice:
    """How many of a layer's takes chance picks, in an order of its own, whenever their cue is entered.

    `names` tell the takes apart by what the author wrote of each.
    """

    place: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Echo:
    """A layer as it was at these ages in seconds, together with the present: each age counts `fade` times as much as
    the one before, the present as 1."""

    ages: tuple[float, ...]
    fade: float = 0.6

    @property
    def shares(self) -> tuple[float, ...]:
        """How much of the whole is the present, and each age after it; they sum to 1."""
        weights = [self.fade**number for number in range(len(self.ages) + 1)]
        return tuple(weight / sum(weights) for weight in weights)


@dataclass(frozen=True, slots=True)
class Layer:
    """Takes laid over some outputs by a montage.

    With `cuts`, seconds that are told over and over, each place goes to another take whenever so many are over: as many
    takes on as there are places.
    """

    name: str
    takes: tuple[Take, ...]
    outputs: tuple[str, ...]
    montage: Montage = SINGLE
    place: Place = WHOLE_OUTPUT
    opacity: Track = OPAQUE
    blend: Blend = "normal"
    choice: TakesChoice | None = None
    cuts: tuple[float, ...] = ()
    effects: tuple[EffectTracks, ...] = ()
    matte: Matte | None = None
    is_matte: bool = False
    echo: Echo | None = None


TransitionKind = RevealKind | Literal["morph"]


@dataclass(frozen=True, slots=True)
class Transition:
    """How a cue comes in: see frame.Reveal for the units. A morph lets latents, views and places travel.

    Where parameters say its length, `sampled` is asked for it in seconds when it begins, and `duration` is the longest.
    """

    kind: TransitionKind = "cut"
    duration: float = 0.0
    ease: Ease = "smooth"
    degrees: float = 0.0
    softness: float = 0.1
    sampled: Number | None = None


CUT = Transition()


@dataclass(frozen=True, slots=True)
class Sound:
    """A file that is heard with a cue, from `begin` seconds in it on, once or again and again.

    `digest` is the sha256 of the file's bytes, `seconds` how long it is from `begin` on. The rig says which channels of
    which device the `bus` is.
    """

    file: str
    digest: str
    seconds: float
    level: Track = OPAQUE
    begin: float = 0.0
    loops: bool = False
    bus: str = "main"


@dataclass(frozen=True, slots=True)
class Branch:
    """A cue that may follow another while `when` is not 0; its chance among those that may is by weight."""

    to: str
    weight: float = 1.0
    when: Number | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A cue's layers for one length in seconds of the following transition: times in shares of it differ then."""

    seconds: float
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """A section of the show. `duration` in seconds counts from the start of its transition in.

    `next` are the cues that may follow, where that is not the one after it. One that is `on_call` stands outside the
    running order; afterwards it `returns`: the show is taken up again where it was (`resume`), the cue that it came in
    over begins anew (`restart`), or a cue of this id follows. With `has_chance` numbers, neurons (`choices`) or takes
    in it are drawn when it is entered. At the times of `clock`, in seconds since midnight where the show is, it comes
    by itself. `shuffled` branches come each once before any comes again. `layers` are those before the longest
    transition that may follow, `variants` those before others.
    """

    id: str
    name: str
    duration: float
    layers: tuple[Layer, ...]
    transition: Transition = CUT
    end: End = "follow"
    sounds: tuple[Sound, ...] = ()
    next: tuple[Branch, ...] = ()
    on_call: bool = False
    returns: str = "resume"
    choices: tuple[Choice, ...] = ()
    has_chance: bool = False
    clock: tuple[int, ...] = ()
    shuffled: bool = False
    variants: tuple[Variant, ...] = ()
    effects: tuple[EffectTracks, ...] = ()

    def layers_before(self, after: Cue) -> tuple[Layer, ...]:
        """Its layers where this cue follows."""
        seconds = after.transition.duration
        return next((one.layers for one in self.variants if one.seconds == seconds), self.layers)

    @property
    def ways(self) -> str:
        """What may follow it, in words; empty where the cue below does."""
        if self.on_call:
            return f"on call, then {self.returns}"
        joint = ", " if self.shuffled else " or "
        mixed = " in any order" if self.shuffled else ""
        return f"then {joint.join(dict.fromkeys(branch.to for branch in self.next))}{mixed}" if self.next else ""

    @property
    def needs_parameters(self) -> bool:
        """Whether parameters decide how it comes in or what follows, when it is entered."""
        return self.transition.sampled is not None or any(one.when is not None for one in self.next)


@dataclass(frozen=True, slots=True)
class Output:
    """A logical picture, in pixels of the size in which the artist works."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Score:
    """The whole show; cues on call stand behind all others. `digest` is the sha256 of the text that it was read from,
    `atlas` the digest of the atlas that its neurons are from; outputs in `priority` are kept finest where the machine
    is too slow for all. Where it is `daily`, chance draws anew on every day of the house; `day` is the one with which
    the show begins, such as 2027-03-01. `ways` are those that an even walk through neurons left open may take, `names`
    the atlas's neurons' own, for texts that name what is seen.
    """

    title: str
    fps: Fraction
    outputs: tuple[Output, ...]
    cues: tuple[Cue, ...]
    parameters: tuple[Parameter, ...] = ()
    seed: int = 0
    loop: bool = True
    digest: str = ""
    atlas: str = ""
    priority: tuple[str, ...] = ()
    daily: bool = False
    day: str = ""
    ways: tuple[Way, ...] = ()
    names: tuple[tuple[Address, str], ...] = ()
    effects: tuple[EffectTracks, ...] = ()

    @property
    def memory_seconds(self) -> float:
        """How far back any echo looks."""
        echoes = [layer.echo for cue in self.cues for layer in cue.layers if layer.echo]
        return max((age for echo in echoes for age in echo.ages), default=0.0)

    @property
    def buses(self) -> tuple[str, ...]:
        """Where its sounds go, by name."""
        return tuple(sorted({sound.bus for cue in self.cues for sound in cue.sounds}))

    @property
    def is_open(self) -> bool:
        """Whether what follows a cue, or what it shows, is settled only when it is entered."""
        return any(cue.on_call or cue.next or cue.has_chance or cue.transition.sampled is not None for cue in self.cues)
