"""The shape of a CPPN: its layers, its units' activation, and its input coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

Activation = Literal["unbiased", "biased", "relu", "abs", "sine"]
Curve = Literal["atan", "relu", "abs", "sine"]
Coordinates = Literal["plain", "octaves", "torus", "loop"]


class Feature(NamedTuple):
    """A unit's output: (value - offset) / scale, with mean 0 and deviation 1 for a normal sum."""

    offset: float
    scale: float


FEATURES: dict[Activation, tuple[Curve, tuple[Feature, ...]]] = {
    "unbiased": ("atan", (Feature(0.0, 0.67), Feature(0.45, 0.396))),
    "biased": ("atan", (Feature(0.0, 0.67), Feature(0.0, 0.6))),
    "relu": ("relu", (Feature(0.4, 0.58),)),
    "abs": ("abs", (Feature(0.79, 0.6),)),
    "sine": ("sine", (Feature(0.0, 0.6575),)),
}
"""The curve and features of every activation: an arctangent and its square, or the value alone.

Sources: lucid's composite, relu and abs activations of CPPNs; Distill's notebook for the unbiased one. The sine's scale
is the deviation of sin z for a normal z, sqrt((1 - e^-2) / 2)."""


class Wave(NamedTuple):
    """A first input sqrt(2) sin(x across + y down + phase), in picture coordinates; its mean square is 1."""

    across: float
    down: float
    phase: float


WAVE_GAIN = math.sqrt(2.0)


@dataclass(frozen=True, slots=True)
class Architecture:
    """A CPPN of `depth` hidden layers of `width` units.

    The latent is the flat concatenation W0, b0, W1, b1 ... with W of shape (units out, units in). Coordinates are
    `plain` (x, y); `octaves` of waves, the longest four half short sides long, each next one half as long; `torus`, one
    wave across and one down, so that the square -1..1 tiles the plane; or `loop`, x and y with the cosine and sine of a
    cyclic time. With `alpha` a fourth output is the opacity.
    """

    kind: ClassVar[str] = "cppn"
    since: ClassVar[str] = "0.1.0"
    from_root: ClassVar[bool] = True

    width: Annotated[int, Field(ge=1, le=256)] = 24
    depth: Annotated[int, Field(ge=1, le=64)] = 8
    activation: Activation = "unbiased"
    coordinates: Coordinates = "plain"
    octaves: Annotated[int, Field(ge=1, le=12)] = 4
    alpha: bool = False

    @property
    def curve(self) -> Curve:
        """The function that a unit applies to its sum."""
        return FEATURES[self.activation][0]

    @property
    def features(self) -> tuple[Feature, ...]:
        """The outputs of a unit."""
        return FEATURES[self.activation][1]

    @property
    def waves(self) -> tuple[Wave, ...]:
        """The input waves in place of the coordinates; none for plain coordinates and a loop."""
        if self.coordinates == "torus":
            frequencies: tuple[float, ...] = (math.pi,)
        elif self.coordinates == "octaves":
            frequencies = tuple(math.pi / 2 * 2**octave for octave in range(self.octaves))
        else:
            return ()
        quarter = math.pi / 2
        return tuple(
            wave
            for one in frequencies
            for wave in (Wave(one, 0.0, 0.0), Wave(one, 0.0, quarter), Wave(0.0, one, 0.0), Wave(0.0, one, quarter))
        )

    @property
    def period(self) -> float | None:
        """The period of the picture, across and down, in half short sides; None if it never repeats."""
        return {"torus": 2.0, "octaves": 4.0}.get(self.coordinates)

    @property
    def inputs(self) -> int:
        """How many numbers the first layer takes."""
        return len(self.waves) or (4 if self.coordinates == "loop" else 2)

    @property
    def outputs(self) -> int:
        """How many numbers the last layer gives: red, green and blue, and perhaps alpha."""
        return 4 if self.alpha else 3

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """(units in, units out) of every layer, first to last."""
        hidden = len(self.features) * self.width
        return ((self.inputs, self.width), *((hidden, self.width),) * (self.depth - 1), (hidden, self.outputs))

    @property
    def size(self) -> int:
        """How many numbers a latent has: 8,451 for 8 layers of 24."""
        return sum(fan_in * fan_out + fan_out for fan_in, fan_out in self.layers)

    @property
    def has_alpha(self) -> bool:
        """See Drawing."""
        return self.alpha

    @property
    def has_cycle(self) -> bool:
        """See Drawing."""
        return self.coordinates == "loop"

    @property
    def at_one_time(self) -> Architecture:
        """The shape at one time: a loop's time becomes part of the first biases, and plain coordinates remain."""
        return replace(self, coordinates="plain") if self.has_cycle else self
