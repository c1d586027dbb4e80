"""Shapes and gradients, in the words of a score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from installation.language.containers import ByNodeType, Record, RecordOf, key
from installation.language.scalars import FloatRange, OneOf
from installation.score import limits
from installation.score.text import ColourScalar
from installation.show.frame import Colour, Gradient, GradientForm, Shape, ShapeForm

BLACK: Colour = (0.0, 0.0, 0.0, 1.0)
WHITE: Colour = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class ShapeSpec(Record):
    """A shape in the middle of the picture. A `view` moves, turns and zooms it."""

    form: ShapeForm = key(OneOf(ShapeForm, "form"), "What it is.", "ellipse", required=True)
    width: float = key(FloatRange(*limits.FIGURE), "In short sides of its place.", 0.5)
    height: float = key(FloatRange(*limits.FIGURE), "In short sides of its place.", 0.5)
    corners: float = key(FloatRange(*limits.CORNERS), "How round a rectangle's corners are, in short sides.", 0.0)
    softness: float = key(FloatRange(*limits.CORNERS), "How wide its edge is, in short sides.", 0.0)
    colour: Colour = key(ColourScalar(), "Its colour.", WHITE, default="`white`")
    synonyms: ClassVar[dict[str, str]] = {"color": "colour", "radius": "corners", "feather": "softness", "kind": "form"}


@dataclass(frozen=True, kw_only=True, eq=False)
class GradientSpec(Record):
    """A gradient from one colour to another."""

    form: GradientForm = key(OneOf(GradientForm, "form"), "Along a line, or from the middle to the corners.", "linear")
    from_: Colour = key(ColourScalar(), "The colour where it begins.", BLACK, default="`black`")
    to: Colour = key(ColourScalar(), "The colour where it ends.", WHITE, default="`white`")
    degrees: float = key(FloatRange(*limits.DEGREES), "Where it goes: 0 to the right, 90 down.", 0.0)
    synonyms: ClassVar[dict[str, str]] = {"angle": "degrees", "start": "from", "end": "to", "kind": "form"}


SHAPE: ByNodeType[ShapeSpec | ShapeForm] = ByNodeType(
    "`ellipse`, `rectangle`, or a shape", OneOf(ShapeForm, "form"), None, RecordOf(ShapeSpec, "a shape")
)
GRADIENT: ByNodeType[GradientSpec | GradientForm] = ByNodeType(
    "`linear`, `radial`, or a gradient", OneOf(GradientForm, "form"), None, RecordOf(GradientSpec, "a gradient")
)


def shape_of(spec: ShapeSpec | ShapeForm | None) -> Shape | None:
    """The shape that `spec` describes; None after a reported mistake. The show sets its aspect for each place."""
    if spec is None:
        return None
    if not isinstance(spec, ShapeSpec):
        return Shape(spec)
    return Shape(spec.form, spec.width, spec.height, spec.corners, spec.softness, spec.colour)


def gradient_of(spec: GradientSpec | GradientForm | None) -> Gradient | None:
    """The gradient that `spec` describes; None after a reported mistake."""
    if spec is None:
        return None
    if not isinstance(spec, GradientSpec):
        return Gradient(spec)
    return Gradient(spec.form, spec.from_, spec.to, spec.degrees)
