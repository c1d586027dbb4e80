"""The language: every record of a score with its keys, as used by the reader, JSON Schema and the docs' tables."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar, Literal, NamedTuple

from installation.language.containers import ByNodeType, ListOf, NamedMapping, Record, RecordOf, key
from installation.language.limits import OUTPUTS as MAX_OUTPUTS
from installation.language.limits import SHARE, SIDE_PX
from installation.language.nodes import MappingNode, Node, SequenceNode
from installation.language.places import told
from installation.language.quantities import Dimensions, Duration, TimeInCue
from installation.language.reading import Reading
from installation.language.scalars import (
    PARAMETER_NAME,
    PARAMETER_RULE,
    Boolean,
    Condition,
    FloatRange,
    FormatVersion,
    IntRange,
    Name,
    NumberOrParameter,
    OneOf,
    Schema,
    String,
    ValueType,
)
from installation.language.times import CueOffset
from installation.score import limits
from installation.score.chance import NEURONS_OR_OPEN, STOPS, FamilyScalar, ListOfStops, StopsOr, picked
from installation.score.clip import CLIP, ClipSpec
from installation.score.effects import EFFECT_LIST, SHADER, EffectWords
from installation.score.figures import GRADIENT, SHAPE, GradientSpec, ShapeSpec
from installation.score.image import IMAGE, CheckedImage, ImageSpec
from installation.score.montage_and_transition import EASE, MONTAGE, TRANSITION, VIEW_EASE
from installation.score.score_scalars import (
    CameraScalar,
    FolderScalar,
    FrameRate,
    LayerScalar,
    MapScalar,
    NeuronScalar,
    OscAddress,
    OutputScalar,
    SeedScalar,
    SeveralAtlases,
    TimeOfDay,
)
from installation.score.stops import DescentItem, DescentItemSpec, IntoScalar, Stop, StopItem
from installation.score.surfaces import SURFACE, SurfaceSpec
from installation.score.text import TEXT, Parts, TextSpec
from installation.show.expressions import Number
from installation.show.frame import Blend, GradientForm, MatteUse, ShapeForm
from installation.show.score import (
    CUT,
    SINGLE,
    Drift,
    Ease,
    End,
    FilmRange,
    Montage,
    Output,
    Parameter,
    Repeat,
    SensorInput,
    TakesChoice,
    Transition,
    ViewEase,
)
from installation.show.track import eased

NEURON = NeuronScalar()


def one_of(*words: str) -> Schema:
    """The constraint that a record has exactly one of these keys."""
    return {"oneOf": [{"required": [word]} for word in words]}


CURVE_STEPS = 64

CURVE: ByNodeType[Ease | tuple[tuple[float, ...], ...]] = ByNodeType(
    "`linear`, `in`, `out`, `smooth`, `hold`, or list of [fader, value]",
    EASE,
    ListOf(
        ListOf(FloatRange(*limits.PARAMETER), "numbers (where the fader is, and what that is worth)", 2, 2),
        "points",
        2,
        limits.CURVE_POINTS,
    ),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class SensorInputSpec(Record):
    """The address at which a sensor or another program sends a number."""

    address: str = key(OscAddress(), "The OSC address to which it sends.", "", required=True)
    range: tuple[float, ...] = key(
        ListOf(FloatRange(*limits.INPUT), "numbers", 2, 2),
        "What it sends at the lowest and at the highest value; beyond that, the parameter stays at its end.",
        (0.0, 1.0),
        default="`[0, 1]`",
    )


INPUT: ByNodeType[SensorInputSpec | str] = ByNodeType(
    "OSC address, or an input", OscAddress(), None, RecordOf(SensorInputSpec, "an input")
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ParameterSpec(Record):
    """A number that the desk can change during the show."""

    default: float = key(FloatRange(*limits.PARAMETER), "Its value until the desk moves it.", 0.0, required=True)
    range: tuple[float, ...] = key(
        ListOf(FloatRange(*limits.PARAMETER), "numbers", 2, 2),
        "Lowest and highest value.",
        (0.0, 1.0),
        default="`[0, 1]`",
    )
    about: str = key(String(), "One sentence for the operator.", "", default="nothing")
    smooth: float = key(
        Duration(),
        "How long it takes to follow a jump, softly at both ends: for sensors that jitter.",
        0.0,
        default="it follows at once",
    )
    curve: Ease | tuple[tuple[float, ...], ...] | None = key(
        CURVE,
        "How a fader maps to its value: an ease from its lowest to its highest, or points.",
        None,
        default="its own value",
    )
    osc: SensorInputSpec | str | None = key(
        INPUT, "A sensor that moves it, beside the desk.", None, default="only `/p/NAME` moves it"
    )


def _declare_outputs(sizes: dict[str, tuple[int, int] | None], reading: Reading) -> None:
    reading.outputs = {name: Output(name, *(size or (1920, 1080))) for name, size in sizes.items()}


def _declare_parameters(found: dict[str, ParameterSpec | None], reading: Reading) -> None:
    for name, words in found.items():
        low, high = words.range if words and len(words.range) == 2 else (0.0, 1.0)
        if words and low >= high:
            reading.refuse(
                words.node.at("range"), f"the range goes from {low:g} to {high:g}: the lowest value comes first"
            )
        elif words and "default" in words.node and not low <= words.default <= high:
            reading.refuse(words.node.at("default"), f"{words.default:g} is outside its range {low:g}..{high:g}")
        reading.parameters[name] = _parameter(name, words, low, high, reading) if words else Parameter(name, 0)
    _refuse_shared_inputs(found, reading)


def _parameter(name: str, words: ParameterSpec, low: float, high: float, reading: Reading) -> Parameter:
    curve = _curve(words, low, high, reading)
    return Parameter(name, words.default, low, high, words.about, words.smooth, curve, _input(words, reading))


def _input(words: ParameterSpec, reading: Reading) -> SensorInput | None:
    if words.osc is None or isinstance(words.osc, str):
        return None if words.osc is None else SensorInput(words.osc)
    low, high = words.osc.range if len(words.osc.range) == 2 else (0.0, 1.0)
    if low == high:
        reading.refuse(words.osc.node.at("range"), f"both ends are {low:g}: nothing would move")
    return SensorInput(words.osc.address, low, high)


def _refuse_shared_inputs(found: dict[str, ParameterSpec | None], reading: Reading) -> None:
    movers: dict[str, str] = {}
    for name, parameter in reading.parameters.items():
        if parameter.osc is None:
            continue
        other = movers.setdefault(parameter.osc.address.casefold(), name)
        words = found[name]
        if other != name and words is not None:
            told = f"{parameter.osc.address} moves {other!r} already; write ${other} in both places"
            reading.refuse(words.node.at("osc"), told)


def _curve(words: ParameterSpec, low: float, high: float, reading: Reading) -> tuple[tuple[float, float], ...]:
    """The points of a curve; an ease becomes CURVE_STEPS straight segments, too short to see."""
    if words.curve is None or words.curve == "linear":
        return ()
    if isinstance(words.curve, str):
        shares = [step / CURVE_STEPS for step in range(CURVE_STEPS + 1)]
        return tuple((low + (high - low) * one, low + (high - low) * eased(words.curve, one)) for one in shares)
    points = [(one[0], one[1]) for one in words.curve if len(one) == 2]
    for before, after in pairwise(points):
        if after[0] <= before[0]:
            told = f"{after[0]:g} does not come after {before[0]:g}: write the points of a curve in order"
            reading.refuse(words.node.at("curve"), told)
            return ()
    return tuple(points)


OUTPUTS = NamedMapping(
    Name("the name of an output"),
    Dimensions("a size in pixels", "1920x1080", *SIDE_PX),
    "outputs",
    MAX_OUTPUTS,
    _declare_outputs,
)
PARAMETERS = NamedMapping(
    Name("the name of a parameter", PARAMETER_NAME, PARAMETER_RULE),
    RecordOf(ParameterSpec, "a parameter"),
    "parameters",
    limits.PARAMETERS,
    _declare_parameters,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ShareKeySpec(Record):
    """A value between 0 and 1, and the time at which it is reached."""

    at: CueOffset | None = key(TimeInCue(), "When it is reached, counted from the cue's start.", None, required=True)
    value: Number = key(NumberOrParameter(*SHARE), "Its value then.", 1.0, required=True)
    ease: Ease = key(EASE, "How it gets here from the key before.", "linear")
    synonyms: ClassVar[dict[str, str]] = {"opacity": "value", "position": "value", "time": "at"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ViewSpec(Record):
    """The camera's position. The picture's short side runs from -1 to 1; x points right, y points down."""

    zoom: Number | None = key(
        NumberOrParameter(*limits.ZOOM), "1 shows the whole short side, 2 half of it.", None, default="1, or as before"
    )
    x: Number | None = key(NumberOrParameter(*limits.CENTRE), "Centre, to the right.", None, default="0, or as before")
    y: Number | None = key(NumberOrParameter(*limits.CENTRE), "Centre, down.", None, default="0, or as before")
    degrees: Number | None = key(
        NumberOrParameter(*limits.DEGREES), "The camera's turn, clockwise.", None, default="0, or as before"
    )
    into: str | None = key(
        IntoScalar(),
        "On a plate: the neuron that zoom, x and y refer to from now on; `plate` is the whole plate again.",
        None,
        default="the whole plate, or as before",
    )
    synonyms: ClassVar[dict[str, str]] = {"angle": "degrees", "rotation": "degrees", "scale": "zoom", "neuron": "into"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ViewKeySpec(ViewSpec):
    """The camera's position at a time. What you leave out stays as it was in the key before."""

    at: CueOffset | None = key(
        TimeInCue(), "When the camera is there, counted from the cue's start.", None, required=True
    )
    ease: ViewEase = key(VIEW_EASE, "How it gets here from the key before.", "smooth")


SHARE_OVER_TIME: ByNodeType[Number | tuple[ShareKeySpec, ...]] = ByNodeType(
    "number, 0..1, `$parameter`, or list of keys",
    NumberOrParameter(*SHARE),
    ListOf(RecordOf(ShareKeySpec, "a key"), "keys", 1, limits.KEYS),
    NumberOrParameter(*SHARE),
)

Pace = Literal["even", "times"]


@dataclass(frozen=True, kw_only=True, eq=False)
class WalkSpec(Record):
    """A route from neuron to neuron, with times."""

    through: tuple[Stop, ...] = key(
        STOPS,
        "The neurons, in order; a time says when the walk reaches one.",
        (),
        required=True,
    )
    pace: Pace | None = key(
        OneOf(Pace, "pace"),
        "`even`: the picture changes at constant speed. `times`: as the times say, the rest spread evenly.",
        None,
        default="`times` if there are any, else `even`",
    )
    duration: float | None = key(Duration(), "The walk's own length.", None, default="as long as the cue is seen")
    ease: Ease = key(EASE, "How the whole walk starts and ends.", "linear")
    repeat: Repeat = key(OneOf(Repeat, "repeat"), "What happens when its duration is over.", "once")
    position: Number | tuple[ShareKeySpec, ...] | None = key(
        SHARE_OVER_TIME,
        "Where on its way it is, 0 at the first neuron and 1 at the last; `$parameter` lets a fader move it.",
        None,
        default="time moves it",
    )
    cycle: float | None = key(
        Duration(),
        "The period of neurons that move in a cycle, as those of a family on a loop do.",
        None,
        default="they stand still",
    )
    synonyms: ClassVar[dict[str, str]] = {"neurons": "through", "speed": "pace", "loop": "repeat", "breath": "cycle"}


@dataclass(frozen=True, kw_only=True, eq=False)
class PlateSpec(Record):
    """A grid of neurons in one picture: those of a layer or a family, a list, or a map."""

    layer: tuple[str, ...] | None = key(LayerScalar(), "All neurons that the atlas has of one layer.", None)
    neurons: tuple[str, ...] | None = key(NEURONS_OR_OPEN, "These neurons, row by row.", None)
    family: tuple[str, ...] | None = key(FamilyScalar(), "All neurons of a family, its root first.", None)
    map: str | None = key(
        MapScalar(), "All neurons of the atlas: similar ones side by side, or one layer after the other.", None
    )
    columns: int | None = key(IntRange(*limits.COLUMNS), "Cells in a row.", None, default="as square as possible")
    gap: float = key(FloatRange(*limits.GAP), "Dark around each cell, as a fraction of it.", 0.0)
    synonyms: ClassVar[dict[str, str]] = {"through": "neurons", "cols": "columns"}
    schema_constraints: ClassVar[Schema] = one_of("layer", "neurons", "family", "map")


@dataclass(frozen=True, kw_only=True, eq=False)
class DescendSpec(Record):
    """An endless zoom: in one place, each neuron's picture contains the picture of the next."""

    through: tuple[DescentItemSpec, ...] = key(
        ListOf(DescentItem(), "neurons", 2, limits.STOPS),
        "The neurons, from the outermost inwards; `{garden: [x, y, radius]}` says where in it the next one lies.",
        (),
        required=True,
    )
    duration: float | None = key(
        Duration(),
        "How long the way through all of them takes, at a constant speed of zoom.",
        None,
        default="as long as the cue is seen",
    )
    repeat: Repeat = key(
        OneOf(Repeat, "repeat"),
        "`loop`: the first lies in the last, for ever; `ping-pong`: down and up again.",
        "loop",
    )
    position: Number | tuple[ShareKeySpec, ...] | None = key(
        SHARE_OVER_TIME, "Where on its way it is, 0 at the first and 1 at the last.", None, default="time moves it"
    )
    synonyms: ClassVar[dict[str, str]] = {"neurons": "through", "worlds": "through", "loop": "repeat"}


DESCEND: ByNodeType[DescendSpec | tuple[DescentItemSpec, ...]] = ByNodeType(
    "list of neurons, or descent",
    None,
    ListOf(DescentItem(), "neurons", 2, limits.STOPS),
    RecordOf(DescendSpec, "a descent"),
)
WALK: ByNodeType[WalkSpec | tuple[Stop, ...] | Stop] = ByNodeType(
    "neuron, list of neurons, or walk",
    StopItem(),
    ListOfStops(),
    StopsOr(RecordOf(WalkSpec, "a walk")),
)
VIEW: ByNodeType[ViewSpec | tuple[ViewKeySpec, ...]] = ByNodeType(
    "view, list of camera keys, or name of a camera",
    CameraScalar(),
    ListOf(RecordOf(ViewKeySpec, "a camera key"), "camera keys", 1, limits.KEYS),
    RecordOf(ViewSpec, "a view"),
)


def _declare_cameras(found: dict[str, ViewSpec | tuple[ViewKeySpec, ...] | None], reading: Reading) -> None:
    reading.cameras.update(found)


CAMERAS: NamedMapping[ViewSpec | tuple[ViewKeySpec, ...]] = NamedMapping(
    Name("the name of a camera"),
    ByNodeType(
        "view, or list of camera keys",
        None,
        ListOf(RecordOf(ViewKeySpec, "a camera key"), "camera keys", 1, limits.KEYS),
        RecordOf(ViewSpec, "a view"),
    ),
    "cameras",
    limits.CAMERAS,
    _declare_cameras,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class DriftSpec(Record):
    """Makes the camera unsteady, as if hand-held. Another `seed` gives another movement."""

    amount: float = key(
        FloatRange(*limits.DRIFT),
        "How far it strays, in halves of the visible short side.",
        0.02,
        required=True,
    )
    period: float = key(Duration(), "Roughly how long it takes to come back.", 8.0, default="`8s`")
    degrees: float = key(FloatRange(*limits.DRIFT_DEGREES), "How far it turns.", 0.0)
    synonyms: ClassVar[dict[str, str]] = {"every": "period", "seconds": "period", "time": "period"}


DRIFT_RECORD = RecordOf(DriftSpec, "a drift")


@dataclass(frozen=True)
class DriftOf:
    """Reads a drift, with random phases for its place in the score."""

    words: str = "a drift"
    made_of: ClassVar[tuple[ValueType[Any], ...]] = (DRIFT_RECORD,)

    def read(self, node: Node, reading: Reading) -> Drift:
        spec = DRIFT_RECORD.read(node, reading)
        dice, place = reading.dice(node)
        phases = tuple(dice.share("drift", place, str(number)) for number in range(9))
        return Drift(spec.amount, spec.period, spec.degrees, phases)

    def schema(self) -> Schema:
        return DRIFT_RECORD.schema()


@dataclass(frozen=True)
class OneDuration:
    """A single length of time, as a list of one."""

    words: str = "time"

    def read(self, node: Node, reading: Reading) -> tuple[float, ...]:
        return (Duration().read(node, reading),)

    def schema(self) -> Schema:
        return Duration().schema()


RHYTHM: ByNodeType[tuple[float, ...]] = ByNodeType(
    "time, or list of times", OneDuration(), ListOf(Duration(), "times", 1, limits.BEATS)
)

SUBJECT_WORDS = ("walk", "plate", "descend", "text", "image", "clip", "shape", "gradient")
"""The keys of a take for its subject, each of another kind; every take has exactly one of them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TakeSpec(Record):
    """A picture over time, seen through a camera. One of the first keys says what it shows."""

    walk: WalkSpec | tuple[Stop, ...] | Stop | None = key(WALK, "One neuron to stand on, or a route.", None)
    plate: PlateSpec | None = key(RecordOf(PlateSpec, "a plate"), "A grid of neurons instead of a walk.", None)
    descend: DescendSpec | tuple[DescentItemSpec, ...] | None = key(
        DESCEND, "An endless zoom through worlds within worlds.", None
    )
    text: TextSpec | Parts | None = key(TEXT, "Words.", None)
    image: ImageSpec | CheckedImage | None = key(IMAGE, "A picture from a file.", None)
    clip: ClipSpec | tuple[Node, str] | None = key(CLIP, "A film.", None)
    shape: ShapeSpec | ShapeForm | None = key(SHAPE, "An ellipse or a rectangle.", None)
    gradient: GradientSpec | GradientForm | None = key(GRADIENT, "From one colour to another.", None)
    view: ViewSpec | tuple[ViewKeySpec, ...] | None = key(VIEW, "The camera.", None, default="the whole picture")
    surface: SurfaceSpec | str | None = key(SURFACE, "A body that wears the picture.", None, default="it lies flat")
    drift: Drift | None = key(DriftOf(), "The unsteadiness of a hand-held camera.", None, default="none")
    synonyms: ClassVar[dict[str, str]] = {
        "caption": "text",
        "title": "text",
        "film": "clip",
        "video": "clip",
        "movie": "clip",
        "picture": "image",
        "photo": "image",
        "neuron": "walk",
        "neurons": "walk",
        "camera": "view",
        "path": "walk",
    }
    schema_constraints: ClassVar[Schema] = one_of(*SUBJECT_WORDS)


TAKES: ListOf[TakeSpec] = ListOf(RecordOf(TakeSpec, "a take"), "takes", 1, limits.TAKES)


@dataclass(frozen=True, kw_only=True, eq=False)
class TakesChoiceSpec(Record):
    """Takes that chance picks each time the cue starts: some of them, or all in a random order."""

    choose: int | None = key(IntRange(1, limits.TAKES), "How many to draw, none twice.", None)
    from_: tuple[TakeSpec, ...] | None = key(TAKES, "What they are drawn from.", None)
    shuffle: tuple[TakeSpec, ...] | None = key(TAKES, "All of these, in an order drawn by chance.", None)
    schema_constraints: ClassVar[Schema] = {"oneOf": [{"required": ["choose", "from"]}, {"required": ["shuffle"]}]}


class DrawnTakes(NamedTuple):
    """Takes, and the random choice from them."""

    takes: tuple[TakeSpec, ...]
    choice: TakesChoice


@dataclass(frozen=True)
class OpenTakes:
    """A random choice of takes."""

    words: str = "`{choose: 3, from: [...]}` or `{shuffle: [...]}`"
    made_of: ClassVar[tuple[ValueType[Any], ...]] = (RecordOf(TakesChoiceSpec, "a choice of takes"),)

    def read(self, node: Node, reading: Reading) -> DrawnTakes:
        spec = RecordOf(TakesChoiceSpec, "a choice of takes").read(node, reading)
        takes, count = picked(spec.node, spec.choose, spec.from_, spec.shuffle, "takes")
        _, place = reading.draws(node)
        names = tuple(told(one.node, one.node.parent) for one in takes if isinstance(one.node.parent, SequenceNode))
        return DrawnTakes(takes, TakesChoice(place, count, names))

    def schema(self) -> Schema:
        return RecordOf(TakesChoiceSpec, "a choice of takes").schema()


TAKES_OR_OPEN: ByNodeType[tuple[TakeSpec, ...] | DrawnTakes] = ByNodeType(
    "list of takes, or a choice of them", None, TAKES, OpenTakes()
)


@dataclass(frozen=True, kw_only=True, eq=False)
class MatteSpec(TakeSpec):
    """Limits where a layer is visible: by another layer of the cue, or by a picture written like a take."""

    layer: str | None = key(Name("the name of a layer"), "Another layer of the cue, which is not shown itself.", None)
    use: MatteUse = key(OneOf(MatteUse, "use"), "What counts: how light it is, or how opaque.", "brightness")
    invert: bool = key(Boolean(), "Shows the layer where the matte is dark, or transparent.", False, default="`false`")
    synonyms: ClassVar[dict[str, str]] = TakeSpec.synonyms | {"from": "layer", "by": "use", "inverted": "invert"}
    schema_constraints: ClassVar[Schema] = one_of("layer", *SUBJECT_WORDS)


MATTE: ByNodeType[MatteSpec | str] = ByNodeType(
    "name of a layer, or matte", Name("the name of a layer"), None, RecordOf(MatteSpec, "a matte")
)


@dataclass(frozen=True, kw_only=True, eq=False)
class EchoSpec(Record):
    """Repeats earlier moments of a layer, over or under the present one."""

    ages: tuple[float, ...] = key(
        ListOf(Duration(), "ages", 1, limits.ECHOES), "How long ago, from the newest to the oldest.", (), required=True
    )
    fade: float = key(
        FloatRange(*limits.ECHO_FADE), "How much each counts compared with the one before; the present counts 1.", 0.6
    )
    synonyms: ClassVar[dict[str, str]] = {"times": "ages", "delays": "ages", "feedback": "fade", "decay": "fade"}


ECHO: ByNodeType[EchoSpec | tuple[float, ...]] = ByNodeType(
    "list of times, or an echo", None, ListOf(Duration(), "ages", 1, limits.ECHOES), RecordOf(EchoSpec, "an echo")
)


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerSpec(TakeSpec):
    """A picture, or several `takes`, arranged on some outputs by a montage."""

    name: str | None = key(
        Name("the name of a layer"), "The name of the layer in mistakes and reports.", None, default="`layer1`, ..."
    )
    outputs: tuple[str, ...] = key(
        ListOf(OutputScalar(), "outputs", 1, MAX_OUTPUTS),
        "Where it is seen, in this order.",
        (),
        default="all outputs",
    )
    montage: Montage = key(MONTAGE, "How takes are laid over the outputs.", SINGLE, default="`single`")
    place: tuple[float, ...] = key(
        ListOf(FloatRange(*SHARE), "numbers", 4, 4),
        "x, y, width, height in each output, as fractions from its top left corner.",
        (0.0, 0.0, 1.0, 1.0),
        default="`[0, 0, 1, 1]`",
    )
    opacity: Number | tuple[ShareKeySpec, ...] = key(SHARE_OVER_TIME, "How opaque it is.", 1.0)
    blend: Blend = key(OneOf(Blend, "blend"), "How the layer blends with what is behind it.", "normal")
    isf: EffectWords | None = key(SHADER, "A picture from a shader of your own, over its whole place.", None)
    effects: tuple[EffectWords, ...] = key(
        EFFECT_LIST, "What is done to its picture before it is placed, one after the other.", (), default="none"
    )
    echo: EchoSpec | tuple[float, ...] | None = key(
        ECHO, "Shows the layer as it was at each of these times ago, together with the present.", None
    )
    matte: MatteSpec | str | None = key(
        MATTE, "Shows the layer only where another layer, or a hidden picture, is light or opaque.", None
    )
    takes: tuple[TakeSpec, ...] | DrawnTakes | None = key(
        TAKES_OR_OPEN,
        "Several pictures, for `split` or for outputs side by side; a `view` beside them is the camera that all share.",
        None,
    )
    cut: tuple[float, ...] = key(
        RHYTHM,
        "Cuts to the next take after this time; several times make a rhythm.",
        (),
        default="no cuts",
    )
    synonyms: ClassVar[dict[str, str]] = TakeSpec.synonyms | {"mode": "blend", "alpha": "opacity", "id": "name"}
    schema_constraints: ClassVar[Schema] = one_of(*SUBJECT_WORDS, "isf", "takes")


CUE_ID = Name("the id of a cue")


@dataclass(frozen=True, kw_only=True, eq=False)
class BranchSpec(Record):
    """A cue that can come next."""

    to: str = key(CUE_ID, "The id of the cue.", "", required=True)
    weight: float = key(
        FloatRange(*limits.WEIGHT), "How likely it is: twice the weight, twice as often.", 1.0, default="`1`"
    )
    when: Number | None = key(
        Condition(),
        "It follows only then, and takes precedence over those without a condition.",
        None,
        default="always",
    )
    synonyms: ClassVar[dict[str, str]] = {"cue": "to", "id": "to", "if": "when", "chance": "weight"}


@dataclass(frozen=True)
class PlainBranch:
    """A branch that gives the id of a cue and nothing else."""

    words: str = "id of a cue"

    def read(self, node: Node, reading: Reading) -> BranchSpec:
        inside = MappingNode(node.line, node.column, node.parent, node.step)
        return BranchSpec(node=inside, to=CUE_ID.read(node, reading))

    def schema(self) -> Schema:
        return CUE_ID.schema()


@dataclass(frozen=True)
class OneTimeOfDay:
    """A single time of the day, as a list of one."""

    words: str = "time of the day"

    def read(self, node: Node, reading: Reading) -> tuple[int, ...]:
        return (TimeOfDay().read(node, reading),)

    def schema(self) -> Schema:
        return TimeOfDay().schema()


@dataclass(frozen=True)
class OneBranch:
    """A single id of a cue, as a list of one."""

    words: str = "id of a cue"

    def read(self, node: Node, reading: Reading) -> tuple[BranchSpec, ...]:
        return (PlainBranch().read(node, reading),)

    def schema(self) -> Schema:
        return CUE_ID.schema()


CLOCK: ByNodeType[tuple[int, ...]] = ByNodeType(
    "time of day such as `18:00`, or list of them",
    OneTimeOfDay(),
    ListOf(TimeOfDay(), "times of the day", 1, limits.CLOCK_TIMES),
)


class ShuffledBranches(tuple[BranchSpec, ...]):
    """Cues that follow in turn, in a random order."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ShuffledSpec(Record):
    """Cues in a random order. Each plays once before any plays again."""

    shuffle: tuple[str, ...] = key(ListOf(CUE_ID, "cues", 2, limits.BRANCHES), "Their ids.", (), required=True)


@dataclass(frozen=True)
class Shuffle:
    """`{shuffle: [a, b, c]}` as branches."""

    words: str = "`{shuffle: [...]}`"
    made_of: ClassVar[tuple[ValueType[Any], ...]] = (RecordOf(ShuffledSpec, "a shuffle of cues"),)

    def read(self, node: Node, reading: Reading) -> tuple[BranchSpec, ...]:
        spec = RecordOf(ShuffledSpec, "a shuffle of cues").read(node, reading)
        inside = MappingNode(node.line, node.column, node.parent, node.step)
        reading.uses_seed = True
        return ShuffledBranches(BranchSpec(node=inside, to=cue) for cue in spec.shuffle)

    def schema(self) -> Schema:
        return RecordOf(ShuffledSpec, "a shuffle of cues").schema()


NEXT: ByNodeType[tuple[BranchSpec, ...]] = ByNodeType(
    "id of a cue, list of branches, or `{shuffle: [...]}`",
    OneBranch(),
    ListOf(
        ByNodeType("id of a cue, or a branch", PlainBranch(), None, RecordOf(BranchSpec, "a branch")),
        "branches",
        1,
        limits.BRANCHES,
    ),
    Shuffle(),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class SoundSpec(Record):
    """A sound file that plays with the cue and fades in and out with its transition."""

    file: str = key(String(), "The file, named from the score's folder.", "", required=True)
    level: Number | tuple[ShareKeySpec, ...] = key(SHARE_OVER_TIME, "How loud it is, as a factor.", 1.0)
    begin: float = key(Duration(), "Where in the file to begin.", 0.0, default="its start")
    loop: bool = key(Boolean(), "Whether it begins again when it ends.", False, default="`false`")
    bus: str = key(
        Name("the name of a bus"), "The bus that plays it; the rig says which channels of which device that is.", "main"
    )
    synonyms: ClassVar[dict[str, str]] = {"path": "file", "volume": "level", "gain": "level", "start": "begin"}


SOUNDS: ByNodeType[SoundSpec | tuple[SoundSpec, ...]] = ByNodeType(
    "a sound, or a list of them",
    list=ListOf(RecordOf(SoundSpec, "a sound"), "sounds", 1, limits.SOUNDS),
    mapping=RecordOf(SoundSpec, "a sound"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CueSpec(Record):
    """A section of the show. It begins with its transition and lasts until the next cue's."""

    id: str = key(
        Name("the id of a cue"), "What the desk calls it; a number or a word, once in a score.", "", required=True
    )
    name: str = key(String(), "The name that people see.", "", default="its id")
    duration: float | None = key(
        Duration(), "How long it lasts, from the start of its transition in. A cue that holds may leave it out.", None
    )
    end: End = key(
        OneOf(End, "end"),
        "When its duration is over, the next cue follows, or this one stays or starts again until GO.",
        "follow",
    )
    transition: Transition = key(TRANSITION, "How it comes in.", CUT, default="`cut`")
    next: tuple[BranchSpec, ...] = key(
        NEXT, "What may follow instead of the cue below; decided when this cue is entered.", (), default="the cue below"
    )
    on_call: bool = key(
        Boolean(),
        "Outside the running order: it plays only when somebody, or the house, starts it.",
        False,
        default="`false`",
    )
    clock: tuple[int, ...] = key(
        CLOCK,
        "Times of day at which it starts by itself, in the rig's time zone, while the house is open.",
        (),
        default="none",
    )
    return_: str | None = key(
        CUE_ID,
        "After a cue on call: `resume` goes on where the show was, `restart` begins that cue anew, or the id of a cue.",
        None,
        default="`resume`",
    )
    effects: tuple[EffectWords, ...] = key(
        EFFECT_LIST, "What is done to all of its layers as one picture.", (), default="none"
    )
    layers: tuple[LayerSpec, ...] = key(
        ListOf(RecordOf(LayerSpec, "a layer"), "layers", 0, limits.LAYERS),
        "What is seen, back to front; an empty list is darkness.",
        (),
        required=True,
    )
    sound: SoundSpec | tuple[SoundSpec, ...] | None = key(SOUNDS, "What is heard.", None, default="silence")
    synonyms: ClassVar[dict[str, str]] = {
        "length": "duration",
        "time": "duration",
        "fade": "transition",
        "shots": "layers",
        "number": "id",
        "follow": "next",
        "oncall": "on_call",
    }
    schema_constraints: ClassVar[Schema] = {
        "anyOf": [{"required": ["duration"]}, {"required": ["end"], "properties": {"end": {"const": "hold"}}}]
    }


ATLAS: ByNodeType[str] = ByNodeType(
    "folder, seen from the score, or several by name", FolderScalar(), None, SeveralAtlases()
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreSpec(Record):
    """A score. Declare what cues refer to before the cues."""

    version: int = key(FormatVersion(1), "The version of this language; a player refuses a file of a newer version.", 1)
    title: str = key(String(), "What the show is called.", "", default="the file's name")
    atlas: str = key(
        ATLAS,
        "The folder of neurons, or several by name: `mine:slug` is slug of `mine`.",
        "",
        default="the shipped atlas",
    )
    fps: Fraction = key(FrameRate(), "Frames per second.", Fraction(30), default="`30`")
    seed: int = key(SeedScalar(), "Another number draws other chances; `daily` draws anew on each day of the house.", 0)
    loop: bool = key(Boolean(), "Whether the first cue follows the last.", True, default="`true`")
    film_range: FilmRange = key(
        OneOf(FilmRange, "a range"), "How films encode light: `pq` and `hlg` are for HDR screens.", "sdr"
    )
    outputs: dict[str, tuple[int, int] | None] | None = key(
        OUTPUTS, "The outputs of the show, in their order from left to right.", None, required=True
    )
    priority: tuple[str, ...] = key(
        ListOf(OutputScalar(), "outputs", 0, MAX_OUTPUTS),
        "These outputs keep a higher quality when the machine is too slow for all.",
        (),
        default="none, all alike",
    )
    parameters: dict[str, ParameterSpec | None] | None = key(
        PARAMETERS, "Numbers that the desk may move, used as `$name`.", None, default="none"
    )
    cameras: dict[str, ViewSpec | tuple[ViewKeySpec, ...] | None] | None = key(
        CAMERAS, "Views that several takes can use by name.", None, default="none"
    )
    effects: tuple[EffectWords, ...] = key(
        EFFECT_LIST, "What is done to every output as a whole; keys count from the show's start.", (), default="none"
    )
    cues: tuple[CueSpec, ...] = key(
        ListOf(RecordOf(CueSpec, "a cue"), "cues", 1, limits.CUES), "The show, cue by cue.", (), required=True
    )
    synonyms: ClassVar[dict[str, str]] = {
        "name": "title",
        "framerate": "fps",
        "screens": "outputs",
        "params": "parameters",
    }


SCORE = RecordOf(ScoreSpec, "a score")
