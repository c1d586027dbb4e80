"""The data that flows through the player: it says what every output shows at one frame.

A Frame is frozen, hashable and printable; a bug report is a Frame. It holds no pictures and no arrays.
View, Shot and LayerFrame are made for every layer at every frame. They are named tuples, which Python makes and hashes
three times as fast as frozen dataclasses. Change one with `_replace`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

Address = str
"""A neuron's full address in the atlas: network/layer/channel, such as `places365/conv10/251`."""

Blend = Literal["normal", "add", "multiply", "screen", "difference", "lighten", "darken"]
RevealKind = Literal["cut", "dissolve", "wipe", "iris", "push", "luma"]


class View(NamedTuple):
    """The camera, in the picture's own coordinates: the short side of a picture runs from -1 to 1, x right, y down.

    `zoom` 1 shows the whole short side on the short side of the place that shows the shot; `degrees` turns the camera
    clockwise, so that the picture turns anticlockwise. A mirrored view exchanges left and right.
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    degrees: float = 0.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class LatentPoint:
    """A point in latent space: neurons and their shares, which are positive and sum to one.

    Shares within a family interpolate latents; shares of several families cross-fade as logits. `phase`, 0..1, is the
    phase of neurons that move in a cycle.
    """

    shares: tuple[tuple[Address, float], ...]
    phase: float = 0.0


@dataclass(frozen=True, slots=True)
class Plate:
    """Neurons in a grid, row by row: one picture with the whole grid inside the place at zoom 1.

    A cell has the aspect ratio of the place (`aspect` = width / height, of all outputs together in a span), so a view
    that goes into one cell fills the place with that neuron. With n = max(columns, rows) a cell is 1/n of the place in
    both directions and the grid is centred; `gap`, 0..0.5 of a cell's short side, is the dark gap between two cells.
    """

    neurons: tuple[Address, ...]
    columns: int
    gap: float = 0.0
    aspect: float = 1.0

    @property
    def rows(self) -> int:
        return -(-len(self.neurons) // self.columns)


class World(NamedTuple):
    """A neuron's picture, and the place in it for the next one: within `radius` around x and y."""

    neuron: Address
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Descent:
    """Worlds within worlds: each neuron's whole picture lies in a place of the one before. A view has the first one's
    coordinates; an `endless` chain begins again inside its last world."""

    worlds: tuple[World, ...]
    endless: bool = False


@dataclass(frozen=True, slots=True)
class OnBody:
    """A picture on a body; `view` is the view of the picture, in the picture's coordinates.

    `body` is a sphere, a torus, a plane, or the path of a file. It is turned by `yaw` about the vertical axis, `pitch`
    about the horizontal axis and `roll` about the axis towards the viewer, in degrees. `size` is its reach in half
    short sides of the place, `shade` the strength of the shading, 0..1.
    """

    subject: LatentPoint | Descent
    view: View
    body: str
    yaw: float
    pitch: float
    roll: float
    size: float
    shade: float


Fit = Literal["contain", "cover", "stretch"]


@dataclass(frozen=True, slots=True)
class StillImage:
    """A picture from a file, fitted into a place of width / height `aspect` by `fit`.

    `digest` is the sha256 of the file's content: a changed file is another picture.
    """

    file: str
    digest: str
    fit: Fit = "contain"
    aspect: float = 1.0


Align = Literal["left", "centre", "right"]
Vertical = Literal["top", "middle", "bottom"]
Colour = tuple[float, float, float, float]
"""Red, green, blue and alpha, display-encoded, 0..1."""


@dataclass(frozen=True, slots=True)
class Font:
    """A font file and the sha256 of its content."""

    file: str
    digest: str


@dataclass(frozen=True, slots=True)
class TextStyle:
    """The style of a text. `margin` is in short sides of the place, other lengths in em.

    Each letter comes from the first of the fonts that has it.
    """

    fonts: tuple[Font, ...]
    weight: int = 400
    align: Align = "centre"
    vertical: Vertical = "middle"
    margin: float = 0.05
    tracking: float = 0.0
    leading: float = 1.2
    colour: Colour = (1.0, 1.0, 1.0, 1.0)
    outline: float = 0.0
    outline_colour: Colour = (0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class ShowValue:
    """Stands in a text for a value of the show, such as the name of the visible neuron; see words.py."""

    name: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text in a place of width / height `aspect`: once evaluated, all its parts are words.

    `size` is the em in short sides of the place; `shown` is the share of its letters typed so far. `roll`, 0..1, is how
    far it has rolled from below the place to above it; None if it does not roll.
    """

    parts: tuple[str | ShowValue, ...]
    style: TextStyle
    size: float = 0.1
    shown: float = 1.0
    roll: float | None = None
    aspect: float = 1.0

    @property
    def text(self) -> str:
        return "".join(part for part in self.parts if isinstance(part, str))


ShapeForm = Literal["ellipse", "rectangle"]
GradientForm = Literal["linear", "radial"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape in the middle of a place of width / height `aspect`. All lengths are in short sides of the place."""

    form: ShapeForm
    width: float = 0.5
    height: float = 0.5
    corners: float = 0.0
    softness: float = 0.0
    colour: Colour = (1.0, 1.0, 1.0, 1.0)
    aspect: float = 1.0


@dataclass(frozen=True, slots=True)
class Gradient:
    """From one colour to another over a place of width / height `aspect`: from edge to edge towards `degrees`
    (0 to the right, 90 down), or from the middle to the corners."""

    form: GradientForm
    start: Colour = (0.0, 0.0, 0.0, 1.0)
    end: Colour = (1.0, 1.0, 1.0, 1.0)
    degrees: float = 0.0
    aspect: float = 1.0


@dataclass(frozen=True, slots=True)
class ClipMoment:
    """A frame of a film, counted from 0 at the film's rate, fitted into a place of width / height `aspect` by `fit`.

    `fps` is the film's rate; a folder of pictures gets its rate from the score.
    """

    file: str
    digest: str
    frame: int
    fps: Fraction
    fit: Fit = "contain"
    aspect: float = 1.0


Subject = LatentPoint | Plate | Descent | OnBody | StillImage | Words | ClipMoment | Shape | Gradient
"""The subject of a layer at one frame: one class of plain data for each kind. Only the code that draws a kind, and
subjects.py, distinguish kinds."""


class Shot(NamedTuple):
    """A picture seen through a view. Equal shots at equal sizes are decoded once."""

    subject: Subject
    view: View


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle in an output as fractions of its width and height, from the top left corner."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0


@dataclass(frozen=True, slots=True)
class Shader:
    """A file with a shader, and the digest of the shader's files."""

    file: str
    digest: str


class Effect(NamedTuple):
    """An effect: its kind in effects.EFFECTS, and the values of its quantities in their order there.

    `moment` counts frames for a kind that differs at every frame; it is 0 for all others. `by` names the layers of the
    same cue and output that the effect reads; these are mattes. An effect with a `shader` has the values of the
    shader's inputs, followed by the time in seconds.
    """

    kind: str
    values: tuple[float, ...]
    moment: int = 0
    by: tuple[str, ...] = ()
    shader: Shader | None = None


MatteUse = Literal["brightness", "alpha"]


class Matte(NamedTuple):
    """Limits where a layer is visible: as far as the layers named `layer` of the same cue and output are bright, or
    opaque; with `inverted`, as far as they are not."""

    layer: str
    use: MatteUse = "brightness"
    inverted: bool = False


class LayerFrame(NamedTuple):
    """One shot on one output: its place, and how it is blended over the layers below. `name` is the score's.

    The `effects` apply to its picture in order; then the `matte` limits where it is visible. A layer that `is_matte`
    is not drawn itself.
    """

    name: str
    shot: Shot
    place: Place = Place()
    opacity: float = 1.0
    blend: Blend = "normal"
    effects: tuple[Effect, ...] = ()
    matte: Matte | None = None
    is_matte: bool = False


@dataclass(frozen=True, slots=True)
class Reveal:
    """How far a cue has come in over what was there before: progress 0 (not at all) to 1 (alone).

    `degrees` is the direction in which a wipe or push travels (0 = to the right, 90 = down; a push takes the nearest of
    the four sides), `softness` the width of the edge of a wipe, iris or luma dissolve as a fraction of the way, 0..1.
    """

    kind: RevealKind = "cut"
    progress: float = 1.0
    degrees: float = 0.0
    softness: float = 0.1

    @property
    def is_complete(self) -> bool:
        """Whether nothing beneath is visible any more."""
        return self.progress >= 1 or self.kind == "cut"


@dataclass(frozen=True, slots=True)
class CueFrame:
    """One cue's contribution to one output: its layers, back to front, which come in together through `reveal`.

    `atlas` is the digest of its neurons' atlas: two editions of an atlas draw one neuron differently. `effects` apply
    to all of its layers as one picture, before the reveal.
    """

    cue: str
    layers: tuple[LayerFrame, ...]
    reveal: Reveal = Reveal()
    atlas: str = ""
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputFrame:
    """One output: cues back to front (one, or more during a transition), `effects` on all of them, the level, 0..1."""

    output: str
    cues: tuple[CueFrame, ...]
    level: float = 1.0
    effects: tuple[Effect, ...] = ()

    @property
    def has_effects(self) -> bool:
        """Whether the output, a cue or a layer on it has effects, or a layer has a matte."""
        return bool(self.effects) or any(
            cue.effects or any(layer.effects or layer.matte for layer in cue.layers) for cue in self.cues
        )

    @property
    def is_covered(self) -> bool:
        """Whether every visible layer covers the whole output: no layer in a part of it, no push between cues, and no
        effect, which would read neighbouring pixels of the output."""
        if self.has_effects:
            return False
        for cue in reversed(self.cues):
            if cue.reveal.progress <= 0:
                continue
            if any(layer.place != Place() for layer in cue.layers if layer.opacity > 0):
                return False
            if cue.reveal.is_complete:
                return True
            if cue.reveal.kind == "push":
                return False
        return True


@dataclass(frozen=True, slots=True)
class Frame:
    """All outputs at one frame. `number` counts from the show's start; `seconds` derives from it."""

    number: int
    seconds: float
    outputs: tuple[OutputFrame, ...]
