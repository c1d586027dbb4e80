"""The recipe of an atlas: which neurons in which families, from which parents, and how each is trained."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from installation.atlas.architecture import Activation, Coordinates
from installation.errors import Mistake
from installation.language.containers import ListOf, key
from installation.language.scalars import Boolean, FloatRange, IntRange, OneOf, OneOfNames, String
from installation.studio.recipes.files import (
    MAGNITUDES,
    PICTURE,
    BodyToTrainFor,
    NeuronOfLayer,
    RecipeFile,
)

TRAINER = 3
"""Incremented whenever the same recipe would give other latents: a build reuses no results of another trainer."""

KINDS = ["cppn", "fourier", "maco"]
"""Everything that the studio trains; studio/parameterizations.py has how."""

Objective = Literal["channel", "against_others", "strong_places", "place", "direction", "caricature", "least"]
Frame = Literal["square", "wide_and_tall"]

STEPS: Final = (1, 20_000)
"""A picture that has not formed after twenty thousand steps never forms."""

RATE: Final = (1e-6, 1.0)
"""Below this range, Adam changes nothing within any number of steps."""

WEIGHT: Final = (0.0, 100.0)
"""The weight of one loss term against the others: at a hundred times the rest, only that term has an effect."""

GAIN: Final = (0.0, 10.0)
DEGREES: Final = (0.0, 180.0)
ENLARGED: Final = (1.0, 4.0)

SEEN: Final = (0.01, 100.0)
"""The part that the network sees: from a detail to a view in which the picture is a speck."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings for training one latent. Sizes in pixels, learning rates for Adam, angles in degrees."""

    kind: str = key(
        OneOfNames(KINDS, "kind"),
        "How a family is drawn: by a CPPN, as a spectrum of `size_px`, or by phases alone, under fixed magnitudes.",
        "cppn",
    )
    magnitudes: tuple[RecipeFile, ...] = key(
        ListOf(MAGNITUDES, "files", 1, 64),
        "Pictures whose mean magnitudes `maco` keeps, or tables of such magnitudes.",
        (),
        default="the parent's, or such as photographs have",
    )
    width: int = key(IntRange(1, 256), "Units of a layer.", 24)
    depth: int = key(IntRange(1, 64), "Layers.", 8)
    activation: Activation = key(OneOf(Activation, "activation"), "The function between layers.", "unbiased")
    coordinates: Coordinates = key(
        OneOf(Coordinates, "coordinates"),
        "What a CPPN sees of a place: x and y, octaves of waves, a torus that tiles, or a loop in time.",
        "plain",
    )
    octaves: int = key(IntRange(1, 12), "Waves across and down, of `octaves`.", 4)
    alpha: bool = key(
        Boolean(),
        "The CPPN also says how opaque a place is; the build trains it over random backgrounds.",
        False,
        default="`false`",
    )
    size_px: int = key(IntRange(16, 1024), "Side of the picture in the second half of the steps.", 160)
    first_size_px: int = key(IntRange(16, 1024), "Side of the picture in the first half of the steps.", 128)
    enlarge: float = key(
        FloatRange(*ENLARGED), "The network sees the picture this much larger, so detail gets finer.", 1.0
    )
    root_steps: int = key(IntRange(*STEPS), "Adam's steps for a root.", 240)
    child_steps: int = key(IntRange(*STEPS), "Adam's steps for a child.", 160)
    root_rate: float = key(FloatRange(*RATE), "Learning rate of a root.", 0.005)
    child_rate: float = key(FloatRange(*RATE), "Learning rate of a child.", 0.005)
    last_rate: float = key(
        FloatRange(0, 1), "Learning rate at the last step, as a share of the first; a cosine leads there.", 0.1
    )
    steady: float = key(FloatRange(0, 1), "Share of the steps before the learning rate falls.", 0.0)
    settled: float = key(
        FloatRange(0, 1),
        "If strength and detail grow by less than this in a tenth of the steps, the next part begins; 0 never.",
        0.0,
    )
    average: float = key(
        FloatRange(0, 0.99999), "Ships a running mean of the weights, which keeps this share in each step.", 0.0
    )
    colour_start: float = key(FloatRange(*GAIN), "Spread of a root's output weights: 0 starts grey.", 1.0)
    chroma_start: float = key(FloatRange(*GAIN), "The same for hue against brightness.", 1.0)
    spread: tuple[float, ...] = key(
        ListOf(FloatRange(0.001, 1), "numbers", 3, 3),
        "Deviations of brightness, red-blue and green that suffice.",
        (0.22, 0.14, 0.08),
        default="`[0.22, 0.14, 0.08]`",
    )
    detail_start: float = key(FloatRange(0.001, 10), "Gain on a root's first layer: more is finer.", 1.0)
    motion_start: float = key(FloatRange(*GAIN), "Gain on what a root sees of a loop's time: less moves less.", 1.0)
    reach_start: float = key(
        FloatRange(*GAIN), "How far from the middle a root's first units turn, in half short sides.", 0.0
    )
    child_turn_degrees: float = key(FloatRange(*DEGREES), "A child starts from its parent turned by up to this.", 0.0)
    child_zoom: float = key(FloatRange(*ENLARGED), "And larger or smaller by up to this factor.", 1.0)
    child_shift: float = key(FloatRange(0, 2), "And moved by up to this, in half short sides.", 0.0)
    child_hue_degrees: float = key(FloatRange(*DEGREES), "And with its hues turned by up to this.", 0.0)
    frame: Frame = key(
        OneOf(Frame, "frame"),
        "What the network sees: the square, or 16:9 and 9:16 in turn, with as many pixels.",
        "square",
    )
    zoom: tuple[float, ...] = key(
        ListOf(FloatRange(*SEEN), "numbers", 2, 2),
        "Smallest and largest part of the picture that the network sees in a step.",
        (0.85, 1.1),
        default="`[0.85, 1.1]`",
    )
    rotate_degrees: float = key(FloatRange(*DEGREES), "How far that part is turned at most.", 10.0)
    shift: float = key(FloatRange(0, 1), "How far it is moved at most, in half short sides.", 0.1)
    body: str | RecipeFile = key(
        BodyToTrainFor(),
        "The body that the picture is trained for: the network sees it turned at random, before other things.",
        "none",
    )
    contrast: float = key(FloatRange(*WEIGHT), "Weight of the term for contrast and colour.", 2.0)
    most_contrast: float = key(FloatRange(0.001, 1), "The most deviation of brightness that is not too much.", 1.0)
    hold: float = key(FloatRange(0, 1000), "Weight against more contrast than that.", 0.0)
    calm: float = key(FloatRange(*WEIGHT), "Weight against burnt white, black and pure colours.", 0.0)
    crisp: float = key(FloatRange(*WEIGHT), "Weight against soft parts of the frame.", 0.0)
    slope: float = key(
        FloatRange(0.1, 100), "The mean gradient of brightness that is crisp, of 255 a pixel at 224 pixels.", 11.0
    )
    relative: bool = key(
        Boolean(),
        "Weighs the other terms against the neuron's own strength, whatever its scale.",
        False,
        default="`false`",
    )
    dream: float = key(FloatRange(*WEIGHT), "Weight of the term for detail in `dream_layer`.", 0.0)
    dream_layer: str = key(String(), "The layer that `dream` uses.", "", default="none")
    road: float = key(
        FloatRange(*WEIGHT), "Weight of the term that the road from its parent keeps its contrast; for CPPNs.", 0.0
    )
    objective: Objective = key(
        OneOf(Objective, "objective"),
        "The channel's mean, its mean against the others of its layer, its mean square, the channel at one `place` "
        "alone, the direction that `also` adds to it, a caricature of `content`, or as little of it as can be.",
        "channel",
    )
    also: tuple[int, ...] = key(
        ListOf(IntRange(0, 100_000), "channels", 1, 16), "Further channels of the layer.", (), default="none"
    )
    also_weights: tuple[float, ...] = key(
        ListOf(FloatRange(-100, 100), "numbers", 1, 16),
        "The weight of each of `also`, beside the neuron's own 1; below 0 it should be quiet.",
        (),
        default="1 each",
    )
    place: tuple[float, ...] = key(
        ListOf(FloatRange(-1, 1), "numbers", 2, 2),
        "Where `objective: place` looks, to the right and down, from -1 to 1.",
        (0.0, 0.0),
        default="`[0, 0]`, the middle",
    )
    cosine: float = key(
        FloatRange(0, 8), "How much a `direction` or `caricature` minds what else is excited: a power.", 2.0
    )
    excite: float = key(FloatRange(*WEIGHT), "Weight of the neuron itself; 0 leaves it to style and content.", 1.0)
    texture: str = key(
        NeuronOfLayer(),
        "A channel that is excited too, of a low layer say: the surface of a class.",
        "",
        default="none",
    )
    texture_weight: float = key(FloatRange(*WEIGHT), "Weight of it, each strength being a share of itself.", 0.2)
    diversity: float = key(FloatRange(*WEIGHT), "Weight against the style of the neurons in `unlike`.", 1.0)
    style: RecipeFile | None = key(
        PICTURE, "A picture whose style the build asks for, relative to the recipe.", None, default="none"
    )
    style_layers: tuple[str, ...] = key(
        ListOf(String(), "layers", 1, 16), "The layers whose Gram matrices are that style.", (), default="none"
    )
    style_weight: float = key(FloatRange(*WEIGHT), "Weight of the style.", 1.0)
    content: RecipeFile | None = key(
        PICTURE,
        "A picture or film that is drawn, relative to the recipe.",
        None,
        default="the parent's picture",
    )
    content_seconds: float = key(FloatRange(0, 86_400), "Which moment of a film.", 0.0)
    content_layer: str = key(
        String(), "The layer in which the picture should resemble its content.", "", default="none"
    )
    content_weight: float = key(FloatRange(*WEIGHT), "Weight of that likeness.", 1.0)
    even: float = key(
        FloatRange(0, 1),
        "In this share of the steps a loop learns from its weakest moment, so that all excite the neuron.",
        0.0,
    )
    road_steps: int = key(
        IntRange(0, STEPS[1]),
        "Steps after all others in which pictures on the road from the parent excite both neurons.",
        0,
    )
    road_rate: float = key(FloatRange(*RATE), "Learning rate of these.", 0.0015)
    window_steps: int = key(
        IntRange(0, STEPS[1]),
        "Last steps, in which the network sees the whole picture and three windows of it: detail for a close camera.",
        0,
    )
    window_rate: float = key(FloatRange(*RATE), "Learning rate of these steps.", 0.0015)
    window_sides: tuple[float, ...] = key(
        ListOf(FloatRange(0.02, 1), "numbers", 2, 2),
        "Smallest and largest of these windows, as a part of the picture.",
        (0.3, 0.7),
        default="`[0.3, 0.7]`",
    )
    leak_steps: int = key(IntRange(0, STEPS[1]), "Steps during which plain ReLUs leak, which wakes silent neurons.", 30)

    @property
    def starts_elsewhere(self) -> bool:
        """Whether a child starts from a transformed copy of its parent."""
        return bool(self.child_turn_degrees or self.child_shift or self.child_hue_degrees) or self.child_zoom != 1

    def changed_settings(self, root: bool) -> dict[str, Any]:
        """The settings that affect a root, or a child, and that differ from the defaults.

        Every change of a default must increment TRAINER.
        """
        other = (
            ("child_",)
            if root
            else ("root_", "colour_start", "chroma_start", "detail_start", "motion_start", "reach_start")
        )
        values = {one.name: getattr(self, one.name) for one in dataclasses.fields(self) if _differs(self, one)}
        return {name: _told(value) for name, value in values.items() if not name.startswith(other)}


REFINING = Settings(
    relative=True,
    frame="wide_and_tall",
    first_size_px=224,
    size_px=304,
    child_steps=130,
    steady=0.6,
    last_rate=0,
    average=0.9,
    zoom=(1.0, 1.0),
    rotate_degrees=0,
    shift=0,
    spread=(0.19, 0.13, 0.07),
    most_contrast=0.225,
    hold=20,
    calm=0.5,
    leak_steps=0,
)
"""The default settings for refining a finished neuron: the view never moves, so the composition stays.

At equal cost, whole frames of 288 pixels gave finer pictures than half frames, and kept more of their slope outside
the square.
"""


def _told(value: Any) -> Any:
    """A setting's value as a digest has it: files by their content."""
    if isinstance(value, tuple):
        return [_told(one) for one in value]
    return value.sha256 if isinstance(value, RecipeFile) else value


def _differs(settings: Settings, field: dataclasses.Field[Any]) -> bool:
    return bool(getattr(settings, field.name) != field.default)


@dataclass(frozen=True, kw_only=True)
class Grade:
    """Changes to a family's finished pictures; the value 1 changes nothing."""

    darkness: float = key(FloatRange(0, 2), "How far from middle brightness a picture stays.", 1.0)
    contrast: float = key(FloatRange(0.001, 4), "Gain on brightness.", 1.0)
    colour: float = key(FloatRange(0, 4), "Gain on hues.", 1.0)


@dataclass(frozen=True, kw_only=True)
class NeuronRecipe:
    """One neuron, network/layer/channel. Without `parent`, the build chooses the neuron whose picture excites it most.

    `unlike` names earlier neurons of its family whose style its picture avoids.
    `refine` trains the finished and graded neuron further.
    """

    neuron: str
    name: str
    parent: str | None = None
    unlike: tuple[str, ...] = ()
    seed: int = 0
    settings: Settings = Settings()
    grade: Grade = Grade()
    refine: Settings | None = None


@dataclass(frozen=True, kw_only=True)
class FamilyRecipe:
    """A tree of neurons; the first is its root. `max_generations` and `max_children` limit the choice of parents.

    `all` names whole layers, `without` excludes some of their neurons, and `best` is the number to keep. These neurons
    take the family's `settings`, `grade` and `refine`. See whole_layers.py.
    """

    name: str
    neurons: tuple[NeuronRecipe, ...] = ()
    seed: int = 0
    max_generations: int = 4
    max_children: int = 3
    all: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    best: int | None = None
    settings: Settings = Settings()
    grade: Grade = Grade()
    refine: Settings | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All families of an atlas; each neuron holds the settings that the file gives for several neurons at once.

    `warnings` report what is allowed, but looks unintended.
    """

    families: tuple[FamilyRecipe, ...]
    warnings: tuple[Mistake, ...] = dataclasses.field(default=(), compare=False)


def digest(value: object) -> str:
    """sha256 over `value` as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
