"""The score in the form that the show performs: checked, with all names resolved and all times in seconds.

`installation/score` reads YAML into it. It knows no hardware, reads no files, and has no pixels except the outputs'
logical sizes.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
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
"""The eases of numbers, and `flow`: the camera passes a key without a stop if it flows on both sides of the key."""

End = Literal["follow", "hold", "loop"]
"""The end of a cue's duration: the next cue follows, or the cue stays (`hold`) or repeats (`loop`) until GO."""

Repeat = Literal["once", "loop", "ping-pong"]


@dataclass(frozen=True, slots=True)
class SensorInput:
    """An OSC address of a sensor or another program, and the numbers that it sends for the two ends of a fader."""

    address: str
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the score exposes to the desk as /p/{name}.

    `low` and `high` are the ends of its fader. Its value follows the fader within `smooth` seconds, with a soft start
    and end. Then `curve` maps the fader to the parameter's value: points (fader, value) joined by lines; without points
    the value is the fader's. `osc` moves the fader as well.
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
        """Its lowest and highest possible value."""
        values = [value for _, value in self.curve] or [self.low, self.high]
        return min(values), max(values)

    def value_at(self, fader: float) -> float:
        """Its value at a position of its fader."""
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
    """A value at a time (seconds since the cue's start); `ease` shapes the way from the previous key to this one."""

    at: float
    value: Number
    ease: Ease = "linear"


@dataclass(frozen=True, slots=True)
class Track:
    """A number over time; before the first and after the last key the value holds."""

    keys: tuple[Keyframe, ...]


@lru_cache(maxsize=4096)
def steady(value: Number) -> Track:
    """A track that stays at a value. Most tracks of a large score are such, and few differ, so that they are shared."""
    return Track((Keyframe(0.0, value),))


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

    From key to key, zoom travels exponentially and the centre linearly in the visible width (1/zoom), so that the
    camera homes in on its goal instead of sliding past it. With `into`, x, y and zoom refer to that neuron's cell in
    the plate: zoom 1 fills the place with the cell.
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
    """The drift of a hand-held camera: up to `amount` of half the visible picture, and up to `degrees`, either way.

    `period` is the period of its slowest part in seconds; `phases`, each 0..1, make one camera differ from another.
    """

    amount: float
    period: float
    degrees: float
    phases: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of a walk between two neurons.

    `start` and `end` are seconds on the walk's own clock. `pace` is the re-timing table: the share of `b` at equal
    steps of visible distance, from 0 to 1 (two entries = no re-timing).
    """

    a: Address
    b: Address
    start: float
    end: float
    pace: tuple[float, ...] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a way between two neurons: the visible distance along it, and the pace table for a leg."""

    a: Address
    b: Address
    distance: float
    pace: tuple[float, ...] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Way:
    """The measured way from `a` to `b` in the atlas, through the neurons between."""

    a: Address
    b: Address
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """A timed route through latents. `duration` is the walk's own length; a walk of one neuron has one leg a == b.

    An `even` walk has constant visible speed: the atlas' measurements set the legs' times and paces. A `position`, a
    share of the duration, moves the walk instead of time. With `cycle`, neurons that move in a cycle complete one every
    `cycle` seconds, from the cue's start on.
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
    """A neuron to fall into; `place` (x, y, radius) is the place of the next one, None if the atlas finds it."""

    neuron: Address
    place: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Descend:
    """A zoom down through worlds within worlds; it passes all of them in `duration`, at a constant speed of zoom.

    A descent that loops is endless: the last world contains the first. A `position`, a share of the way, moves it
    instead of time.
    """

    stops: tuple[DescentStop, ...]
    duration: float
    repeat: Repeat = "loop"
    position: Track | None = None

    @property
    def endless(self) -> bool:
        """Whether the last world contains the first."""
        return self.repeat == "loop"


@dataclass(frozen=True, slots=True)
class Text:
    """Words with values in them, typed within `typed_seconds`, or rolling through their place within `roll_seconds`.

    For `size` see frame.Words.
    """

    parts: tuple[str | ShowValue | Number, ...]
    style: TextStyle
    size: Number = 0.1
    typed_seconds: float | None = None
    roll_seconds: float | None = None

    @property
    def duration(self) -> float:
        """Seconds until it stops moving."""
        return self.typed_seconds or self.roll_seconds or 0.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A film from its frame `first` to its frame `last`; `rate` 1 is its original speed."""

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
        """The seconds of one pass, without the way back of a ping-pong."""
        return float((self.last - self.first + 1) / self.fps) / self.rate


TakeSubject = Walk | Plate | Descend | StillImage | Text | Clip | Shape | Gradient
"""The subject of a take as the score has it; subjects.py evaluates it at a moment."""


UNTURNED, WHOLE_SIZE = steady(0.0), steady(0.8)


@dataclass(frozen=True, slots=True)
class Surface:
    """A body that wears a take's picture; see frame.OnBody for its fields. Turns and size may change over time."""

    body: str
    yaw: Track = UNTURNED
    pitch: Track = UNTURNED
    roll: Track = UNTURNED
    size: Track = WHOLE_SIZE
    shade: float = 0.8


@dataclass(frozen=True, slots=True)
class Take:
    """A shot over time: its subject, which may move or stand still, its view, and perhaps a body.

    `base` is a camera that several takes share. The take's view then moves inside the picture of the shared camera.
    """

    subject: TakeSubject
    view: tuple[ViewKeyframe, ...] = (ViewKeyframe(0.0),)
    surface: Surface | None = None
    base: tuple[ViewKeyframe, ...] = ()
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class Single:
    """Every place shows a take of its own: take i on place i, again from the first if there are more places."""


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
    """The same take on every output, each `delay` seconds after the previous one; until then it waits at its start."""

    delay: float


@dataclass(frozen=True, slots=True)
class Mirror:
    """The same take on every output, every second one mirrored, so that pictures meet at the edges."""


SINGLE = Single()
WHOLE_OUTPUT = Place()
OPAQUE = steady(1.0)

Montage = Single | Split | Span | Canon | Mirror


@dataclass(frozen=True, slots=True)
class Choice:
    """Neurons that chance picks for the open places of a cue, at each entry of the cue.

    Chance shuffles the pool; its first `count` neurons fill the places. In the score, `open_address(place, index)`
    stands for an open neuron.
    """

    place: str
    pool: tuple[str, ...]
    count: int

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The addresses that stand in the score for the neurons that chance will pick."""
        return tuple(open_address(self.place, index) for index in range(self.count))


def open_address(place: str, index: int) -> Address:
    """An address that stands for a neuron that chance picks; no neuron's address begins with `?`."""
    return f"?{place}#{index}"


def is_open(address: Address) -> bool:
    """Whether an address stands for a neuron that chance will pick."""
    return address.startswith("?")


@dataclass(frozen=True, slots=True)
class TakesChoice:
    """A choice of `count` of a layer's takes, in random order, at each entry of their cue.

    `names` identify the takes by what the author wrote for each.
    """

    place: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Echo:
    """A layer together with its past at these ages in seconds. The present has weight 1, and each age `fade` times the
    weight before it."""

    ages: tuple[float, ...]
    fade: float = 0.6

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares of the present and of each age; they sum to 1."""
        weights = [self.fade**number for number in range(len(self.ages) + 1)]
        return tuple(weight / sum(weights) for weight in weights)


@dataclass(frozen=True, slots=True)
class Layer:
    """Takes that a montage lays over some outputs.

    `cuts` has the seconds from each cut to the next, and repeats. At each cut, every place moves on by as many takes as
    there are places.
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

    If its length depends on parameters, `sampled` gives it in seconds when the transition begins; `duration` is then
    the longest.
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
    """A file that plays with a cue, from `begin` seconds in the file on, once or in a loop.

    `digest` is the sha256 of the file's bytes, `seconds` its length from `begin` on. The rig maps the `bus` to the
    channels of a device.
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
    """A cue that may follow another if `when` is not 0; its chance among those that may follow is by weight."""

    to: str
    weight: float = 1.0
    when: Number | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A cue's layers for one length in seconds of the following transition, on which relative times depend."""

    seconds: float
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """A section of the show. `duration` in seconds counts from the start of its transition in.

    `next` has the cues that may follow; if empty, the next one of the running order follows. A cue `on_call` is outside
    the running order. `returns` says what follows it: the interrupted cue continues where it was (`resume`) or begins
    anew (`restart`), or the cue with this id follows. With `has_chance`, numbers, neurons (`choices`) or takes in it
    are drawn when it is entered. It starts by itself at the times of `clock`, in seconds since midnight in local time.
    `shuffled` branches each come once before any comes again. `layers` are for the longest transition that may follow,
    `variants` for the others.
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
        """Its layers if the cue `after` follows."""
        seconds = after.transition.duration
        return next((one.layers for one in self.variants if one.seconds == seconds), self.layers)

    @property
    def ways(self) -> str:
        """The cues that may follow it, in words; empty if the next one of the list follows."""
        if self.on_call:
            return f"on call, then {self.returns}"
        joint = ", " if self.shuffled else " or "
        mixed = " in any order" if self.shuffled else ""
        return f"then {joint.join(dict.fromkeys(branch.to for branch in self.next))}{mixed}" if self.next else ""

    @property
    def needs_parameters(self) -> bool:
        """Whether parameters decide, at its entry, how it comes in or which cue follows."""
        return self.transition.sampled is not None or any(one.when is not None for one in self.next)


@dataclass(frozen=True, slots=True)
class Output:
    """A logical picture with its size in pixels, in which the artist works."""

    name: str
    width: int
    height: int


FilmRange = Literal["sdr", "pq", "hlg"]


@dataclass(frozen=True, slots=True)
class Score:
    """The whole show; cues on call stand behind all others.

    `digest` is the sha256 of the score's text, `atlas` the digest of its neurons' atlas. Outputs in `priority` keep the
    best quality if the machine is too slow for all. With `daily`, chance draws anew on every day of the house; `day` is
    the day on which the show begins, such as 2027-03-01. `ways` are the ways that even walks through open neurons may
    take, `names` the names of the atlas' neurons by address, for texts that name the visible neuron. Films of the
    show encode light by `film_range` if nobody says otherwise.
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
    film_range: FilmRange = "sdr"

    @property
    def memory_seconds(self) -> float:
        """The greatest age of any echo."""
        echoes = [layer.echo for cue in self.cues for layer in cue.layers if layer.echo]
        return max((age for echo in echoes for age in echo.ages), default=0.0)

    @property
    def buses(self) -> tuple[str, ...]:
        """The names of the buses of its sounds."""
        return tuple(sorted({sound.bus for cue in self.cues for sound in cue.sounds}))

    @property
    def is_open(self) -> bool:
        """Whether some cue's successor or content is settled only when the cue is entered."""
        return any(cue.on_call or cue.next or cue.has_chance or cue.transition.sampled is not None for cue in self.cues)
