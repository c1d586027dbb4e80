"""What flows through the player: plain data that says what every output shows at one frame.

A Frame is frozen, hashable and printable; a bug report is a Frame. It holds no pictures and no arrays.
View, Shot and LayerFrame, which are made anew for every layer at every frame, are named tuples: these are made and
hashed three times as fast as frozen dataclasses. Change one with `_replace`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Address = str
"""A neuron's full address in the atlas: network/layer/channel, such as `places365/conv10/251`."""

Blend = Literal["normal", "add", "multiply", "screen", "difference", "lighten", "darken"]
RevealKind = Literal["cut", "dissolve", "wipe", "iris", "push", "luma"]


class View(NamedTuple):
    """The camera, in the picture's own coordinates: the short side of a picture runs from -1 to 1, x right, y down.

    `zoom` 1 shows the whole short side on the short side of the place where the shot is seen; `degrees` turns the
    camera clockwise, so that the picture turns anticlockwise. A mirrored view is the same, left and right exchanged.
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    degrees: float = 0.0
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class LatentPoint:
    """A place in latent space: neurons and their shares, which are positive and sum to one; one neuron is itself.

    Shares within a family interpolate latents; shares of several families cross-fade as logits. `phase`, 0..1, is where
    neurons that move in a cycle are in it.
    """

    shares: tuple[tuple[Address, float], ...]
    phase: float = 0.0


@dataclass(frozen=True, slots=True)
class Plate:
    """Neurons laid out as a grid, row by row: one picture with the whole grid inside the place at zoom 1.

    A cell has the aspect ratio of the place (`aspect` = width / height, of all outputs together in a span), so a view
    that goes into one cell fills the place with that neuron. With n = max(columns, rows) a cell is 1/n of the place in
    both directions and the grid is centred; `gap`, 0..0.5 of a cell's short side, is the dark between two cells.
    """

    neurons: tuple[Address, ...]
    columns: int
    gap: float = 0.0
    aspect: float = 1.0

    @property
    def rows(self) -> int:
        return -(-len(self.neurons) // self.columns)


class World(NamedTuple):
    """A neuron's picture, and in it the place where the next one lies, within `radius` around x and y."""

    neuron: Address
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Descent:
    """Worlds in worlds: each neuron's whole picture lies in a place of the one before. A view is in the first one's
    coordinates; an `endless` chain begins again in its last world, and lies in it."""

    worlds: tuple[World, ...]
    endless: bool = False


@dataclass(frozen=True, slots=True)
class OnBody:
    """A picture as a body wears it, seen through `view` in its own coordinates.

    `body` is a sphere, a torus, a plane, or the path of a file. It is turned by `yaw` about the vertical, `pitch` about
    the horizontal and `roll` towards the viewer, in degrees; `size` is its reach in half short sides of the place, and
    `shade` how much the light shapes it, 0..1.
    """

    subject: LatentPoint | Descent
    view: View
    body: str
    yaw: float
    pitch: float
    roll: float
    size: float
    shade: float


Subject = LatentPoint | Plate | Descent | OnBody
"""What a layer shows at one frame: one class for each kind, plain data. Nothing but what draws a kind, and how it
changes (subjects.py), knows one from another."""


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


class LayerFrame(NamedTuple):
    """One shot on one output: where it lies and how it is laid over what is below. `name` is the score's."""

    name: str
    shot: Shot
    place: Place = Place()
    opacity: float = 1.0
    blend: Blend = "normal"


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
        """Whether nothing is seen any more of what was there before."""
        return self.progress >= 1 or self.kind == "cut"


@dataclass(frozen=True, slots=True)
class CueFrame:
    """What one cue contributes to one output: its layers, back to front, come in together through `reveal`.

    `atlas` is the digest of the atlas that its neurons are from: two editions of an atlas draw one neuron differently.
    """

    cue: str
    layers: tuple[LayerFrame, ...]
    reveal: Reveal = Reveal()
    atlas: str = ""


@dataclass(frozen=True, slots=True)
class OutputFrame:
    """One output: cues back to front (one, or more during a transition), then the level, 0..1, over all of it."""

    output: str
    cues: tuple[CueFrame, ...]
    level: float = 1.0

    @property
    def is_covered(self) -> bool:
        """Whether all that is seen lies over the whole output: no layer in a part of it, no cue being pushed."""
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
    """All outputs at one frame. `number` counts from the show's start and is the truth; `seconds` is derived."""

    number: int
    seconds: float
    outputs: tuple[OutputFrame, ...]
