"""The recipe of an atlas: which neurons in which families, from which parents, and how each is trained."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from installation.studio.networks.strict import Strict, read_strictly

TRAINER = 2
"""Raised whenever the same recipe would give other latents: results of another trainer are not taken up again."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]+$", max_length=80)]


class Settings(Strict):
    """How one CPPN is trained. Sizes in pixels, learning rates for Adam, angles in degrees."""

    width: int = Field(default=24, ge=1, le=256)
    depth: int = Field(default=8, ge=1, le=64)
    activation: Literal["unbiased", "biased"] = "unbiased"
    size_px: int = Field(default=160, ge=16, le=1024)
    first_size_px: int = Field(default=128, ge=16, le=1024, description="size during the first half of the steps")
    enlarge: float = Field(default=1.0, ge=1, le=4, description="the network sees the picture this much larger: finer")
    root_steps: int = Field(default=240, ge=1, le=20_000)
    child_steps: int = Field(default=160, ge=1, le=20_000)
    root_rate: float = Field(default=0.005, gt=0, le=1)
    child_rate: float = Field(default=0.005, gt=0, le=1)
    last_rate: float = Field(
        default=0.1, ge=0, le=1, description="learning rate at the last step, as a share of the first"
    )
    steady: float = Field(default=0.0, ge=0, le=1, description="share of the steps before the learning rate falls")
    average: float = Field(
        default=0.0, ge=0, lt=1, description="what ships is a running mean of the weights that keeps this share a step"
    )
    colour_start: float = Field(
        default=1.0, ge=0, le=10, description="spread of a root's output weights: 0 starts grey"
    )
    chroma_start: float = Field(default=1.0, ge=0, le=10, description="the same for hue against brightness")
    spread: tuple[float, float, float] = Field(
        default=(0.22, 0.14, 0.08), description="deviations of brightness, red-blue and green that are enough"
    )
    detail_start: float = Field(default=1.0, gt=0, le=10, description="gain on a root's first layer: more is finer")
    reach_start: float = Field(
        default=0.0, ge=0, le=10, description="how far from the middle a root's first units turn, in half short sides"
    )
    child_turn_degrees: float = Field(default=0.0, ge=0, le=180, description="a child starts from its parent turned")
    child_zoom: float = Field(default=1.0, ge=1, le=4, description="and larger or smaller by up to this factor")
    child_shift: float = Field(default=0.0, ge=0, le=2, description="and moved, in half short sides")
    child_hue_degrees: float = Field(default=0.0, ge=0, le=180, description="and with its hues turned")
    frame: Literal["square", "wide_and_tall"] = Field(
        default="square", description="what the network sees: the square, or 16:9 and 9:16 in turn, with as many pixels"
    )
    zoom: tuple[float, float] = Field(
        default=(0.85, 1.1), description="smallest and largest part of the picture seen in a step"
    )
    rotate_degrees: float = Field(default=10.0, ge=0, le=180)
    shift: float = Field(default=0.1, ge=0, le=1, description="largest shift, in half short sides")
    contrast: float = Field(default=2.0, ge=0, le=100, description="weight of the wish for contrast and colour")
    most_contrast: float = Field(default=1.0, gt=0, le=1, description="deviation of brightness that is too much")
    hold: float = Field(default=0.0, ge=0, le=1000, description="weight against more contrast than that")
    calm: float = Field(default=0.0, ge=0, le=100, description="weight against burnt white, black and pure colours")
    relative: bool = Field(
        default=False, description="weigh the other wishes against the neuron's own strength, whatever its numbers"
    )
    dream: float = Field(default=0.0, ge=0, le=100, description="weight of the wish for detail in `dream_layer`")
    dream_layer: str = ""
    objective: Literal["channel", "against_others", "strong_places"] = "channel"
    leak_steps: int = Field(default=30, ge=0, description="steps during which plain ReLUs leak, to wake silent neurons")

    @property
    def strays(self) -> bool:
        """Whether a child starts elsewhere than its parent."""
        return bool(self.child_turn_degrees or self.child_shift or self.child_hue_degrees) or self.child_zoom != 1

    def deciding(self, root: bool) -> dict[str, Any]:
        """The settings that decide over a root or over a child, as far as they differ from the defaults.

        A default is never changed without raising TRAINER.
        """
        other = ("child_",) if root else ("root_", "colour_start", "chroma_start", "detail_start", "reach_start")
        changed = self.model_dump(exclude_defaults=True)
        return {name: value for name, value in changed.items() if not name.startswith(other)}


class Develop(Strict):
    """What is done to a family's finished pictures; 1 leaves each as it was trained."""

    darkness: float = Field(default=1.0, ge=0, le=2, description="how far from middle brightness a picture stays")
    contrast: float = Field(default=1.0, gt=0, le=4, description="gain on brightness")
    colour: float = Field(default=1.0, ge=0, le=4, description="gain on hues")


class NeuronRecipe(Strict):
    """One neuron: `neuron` is network/layer/channel, the channel by number or by its class name."""

    neuron: str = Field(pattern=r"^[^/\s]+/[^/\s]+/\S+$")
    name: Name
    parent: Name | None = Field(
        default=None, description="the parent's name; without one the parent that excites it most"
    )
    seed: int = 0
    settings: dict[str, Any] = Field(default={}, description="settings that differ from the family's")
    develop: Develop | None = Field(default=None, description="instead of the family's")


class FamilyRecipe(Strict):
    """A tree of neurons; the first is its root."""

    name: Name
    seed: int = 0
    settings: dict[str, Any] = Field(default={})
    deepest: int = Field(default=4, ge=1, description="generations below the root, for parents chosen by excitement")
    broadest: int = Field(default=3, ge=1, description="children of one parent, for parents chosen by excitement")
    develop: Develop = Develop()
    neurons: tuple[NeuronRecipe, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _parents_come_first(self) -> FamilyRecipe:
        seen: list[str] = []
        for neuron in self.neurons:
            if neuron.parent is not None and neuron.parent not in seen:
                raise ValueError(
                    f"parent {neuron.parent!r} of {neuron.name!r} is not among the neurons before it: {seen}"
                )
            seen.append(neuron.name)
        return self


class Recipe(Strict):
    """All families of an atlas, over common settings."""

    settings: Settings = Settings()
    families: tuple[FamilyRecipe, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Recipe:
        for what, words in (
            ("family name", [family.name for family in self.families]),
            ("neuron name", [neuron.name for family in self.families for neuron in family.neurons]),
            ("neuron", [neuron.neuron for family in self.families for neuron in family.neurons]),
        ):
            twice = sorted({word for word in words if words.count(word) > 1})
            if twice:
                raise ValueError(f"{what} {twice[0]!r} is given twice")
        for family in self.families:
            for neuron in family.neurons:
                self.settings_of(family, neuron)
        return self

    def settings_of(self, family: FamilyRecipe, neuron: NeuronRecipe) -> Settings:
        """What holds for one neuron: common settings, overruled by its family's, then by its own."""
        return Settings(**{**self.settings.model_dump(), **family.settings, **neuron.settings})


def load_recipe(path: Path) -> Recipe:
    """Read a recipe from YAML; ScoreError lists every mistake with its place."""
    return read_strictly(path, Recipe, "the recipe")


def digest(value: object) -> str:
    """sha256 over `value` as canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
