"""A recipe as people write it: settings of the recipe, of families and of neurons; the most specific ones win."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from installation.errors import ScoreError
from installation.language.containers import ListOf, Record, RecordOf, key, read_or_refuse
from installation.language.document import root_of
from installation.language.nodes import Node, NodeError
from installation.language.reading import NeuronLookup, Reading
from installation.language.scalars import FormatVersion, IntRange, Name, Schema, quoted, unambiguous_text
from installation.studio.recipes.recipe import REFINING, FamilyRecipe, Grade, NeuronRecipe, Recipe, Settings


def _name(what: str) -> Name:
    """A name in the form that an atlas's index allows."""
    return Name(what, r"[A-Za-z0-9_-]+", "letters a to z, digits, - and _", 80, "a score")


SEED: Final = (-(2**31), 2**32 - 1)
"""Whole numbers of 32 bits, with a sign or without."""

TREE: Final = (1, 10_000)
"""A family has at most as many neurons as a list has items."""


@dataclass(frozen=True)
class Pattern:
    """network/layer or network/layer/channel; * and ? are wildcards after the network."""

    words: str
    example: str
    parts: int

    def read(self, node: Node, _reading: Reading) -> str:
        text = unambiguous_text(node, self.words)
        network, *rest = text.split("/")
        if (
            len(rest) + 1 < self.parts
            or not all([network, *rest])
            or re.search(r"\s", text)
            or re.search(r"[*?]", network)
        ):
            raise NodeError(node, f"{quoted(text)} is not a {self.words}, such as {self.example}")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^[^/\s*?]+(/[^/\s]+)" + f"{{{self.parts - 1},}}$"}


LAYERS = Pattern("network/layer", "googlenet/inception_4a_*", 2)
NEURONS = Pattern("network/layer/channel", "googlenet/inception_4a_1x1/7", 3)


@dataclass(frozen=True)
class NeuronAddress:
    """network/layer/channel; only the network can tell whether it exists."""

    words: str = "`network/layer/channel`"

    def read(self, node: Node, _reading: Reading) -> str:
        text = unambiguous_text(node, "a neuron")
        if not re.fullmatch(r"[^/\s]+/[^/\s]+/\S(.*\S)?", text):
            told = "is not a neuron; neurons are written network/layer/channel, such as places365/conv10/pagoda"
            raise NodeError(node, f"{quoted(text)} {told}")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^[^/\s]+/[^/\s]+/\S"}


@dataclass(frozen=True, kw_only=True, eq=False)
class SettingsSpec(Record, Settings):
    """How neurons are trained. What you leave out is taken from the family, or from the whole recipe."""

    synonyms: ClassVar[dict[str, str]] = {"size": "size_px", "first_size": "first_size_px", "hue": "child_hue_degrees"}


@dataclass(frozen=True, kw_only=True, eq=False)
class GradeSpec(Record, Grade):
    """Adjusts finished pictures. Nothing is trained again for it."""

    synonyms: ClassVar[dict[str, str]] = {"color": "colour", "brightness": "darkness", "saturation": "colour"}


SETTINGS = RecordOf(SettingsSpec, "settings")
GRADE = RecordOf(GradeSpec, "grade")


@dataclass(frozen=True, kw_only=True, eq=False)
class NeuronSpec(Record):
    """A neuron of a family."""

    neuron: str = key(
        NeuronAddress(),
        "Which neuron: its channel by number or by class name, once in a recipe; `@word` behind it tells one from "
        "another where it is drawn in several ways.",
        "",
        required=True,
    )
    name: str = key(
        _name("the name of a neuron"),
        "What scores call it, once in a recipe.",
        "",
        required=True,
    )
    parent: str | None = key(
        _name("the name of a neuron"),
        "The name of an earlier neuron of its family, from which it is fine-tuned.",
        None,
        default="the earlier neuron whose picture excites it most",
    )
    unlike: tuple[str, ...] = key(
        ListOf(_name("the name of a neuron"), "names", 1, 16),
        "Earlier neurons of its family, from whose style it keeps away, such as other pictures of the same neuron.",
        (),
        default="none",
    )
    seed: int = key(IntRange(*SEED), "Added to the family's.", 0)
    settings: SettingsSpec | None = key(SETTINGS, "Where it differs from its family.", None, default="the family's")
    grade: GradeSpec | None = key(GRADE, "Instead of the family's.", None, default="the family's")
    refine: SettingsSpec | None = key(
        SETTINGS,
        "Settings that train the finished neuron further; its composition stays.",
        None,
        default="the family's",
    )
    synonyms: ClassVar[dict[str, str]] = {"address": "neuron", "channel": "neuron", "from": "parent"}
    former_words: ClassVar[dict[str, str]] = {"develop": "grade"}


@dataclass(frozen=True, kw_only=True, eq=False)
class FamilySpec(Record):
    """A family of neurons. The first is trained alone; the others are fine-tuned from earlier ones."""

    name: str = key(_name("the name of a family"), "Its name, once in a recipe.", "", required=True)
    seed: int = key(IntRange(*SEED), "Another number gives other pictures.", 0)
    settings: SettingsSpec | None = key(
        SETTINGS, "Where it differs from the whole recipe.", None, default="the recipe's"
    )
    max_generations: int = key(IntRange(*TREE), "Generations below the root, where the build chooses parents.", 4)
    max_children: int = key(IntRange(*TREE), "Children of one neuron, where the build chooses parents.", 3)
    grade: GradeSpec | None = key(GRADE, "What is done to its finished pictures.", None, default="nothing")
    refine: SettingsSpec | None = key(
        SETTINGS, "Settings that train each of its finished neurons further.", None, default="none is"
    )
    neurons: tuple[NeuronSpec, ...] = key(
        ListOf(RecordOf(NeuronSpec, "a neuron"), "neurons"), "Parents before their children.", (), default="none"
    )
    all: tuple[str, ...] = key(
        ListOf(LAYERS, "layers"),
        "Whole layers, whose channels come after `neurons`; `*` and `?` name several.",
        (),
        default="none",
    )
    without: tuple[str, ...] = key(
        ListOf(NEURONS, "neurons"), "Neurons of `all` to leave out; `*` and `?` name several.", (), default="nothing"
    )
    best: int | None = key(
        IntRange(*TREE), "How many of `all` to keep: those with the most detailed probes.", None, default="all"
    )
    synonyms: ClassVar[dict[str, str]] = {"except": "without", "layers": "all"}
    former_words: ClassVar[dict[str, str]] = {
        "develop": "grade",
        "deepest": "max_generations",
        "broadest": "max_children",
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class RecipeSpec(Record):
    """A recipe for an atlas."""

    version: int = key(FormatVersion(1), "The version of this language; a player refuses a file of a newer version.", 1)
    settings: SettingsSpec | None = key(SETTINGS, "What holds for all neurons.", None, default="the settings' own")
    families: tuple[FamilySpec, ...] = key(
        ListOf(RecordOf(FamilySpec, "a family"), "families"), "All families of the atlas.", (), required=True
    )


RECIPE = RecordOf(RecipeSpec, "a recipe")


def load_recipe(path: Path) -> Recipe:
    """Read a recipe; ScoreError lists every mistake with its line and column."""
    reading = Reading(path, _no_atlas, Path())
    root, _ = root_of(reading)
    spec = read_or_refuse(RECIPE, root, reading) if root else None
    if spec:
        _check_names(spec, reading)
        for family in spec.families:
            _check_parents(family, reading)
            _check_layers(family, reading)
    if reading.mistakes or spec is None:
        raise ScoreError("\n".join(map(str, reading.mistakes)), reading.mistakes)
    return Recipe(families=tuple(_family(family, spec) for family in spec.families), warnings=reading.warnings)


def _check_names(spec: RecipeSpec, reading: Reading) -> None:
    neurons = [neuron for family in spec.families for neuron in family.neurons]
    _refuse_second("family", "name", spec.families, reading)
    _refuse_second("neuron", "name", neurons, reading)
    _refuse_second("neuron", "neuron", neurons, reading)


def _refuse_second(what: str, word: str, specs: Iterable[Record], reading: Reading) -> None:
    """Refuse a name or an address that an earlier entry has."""
    first: dict[str, int] = {}
    for spec in specs:
        value, node = getattr(spec, word), spec.node.at(word)
        if value and value in first:
            called = f"{what} {word}" if word != what else what
            reading.refuse(node, f"{called} {value!r} is given twice (first on line {first[value]})")
        first.setdefault(value, node.line)


def _check_parents(family: FamilySpec, reading: Reading) -> None:
    """Refuse a parent, or a neuron in `unlike`, that does not come earlier in the same family."""
    seen: list[str] = []
    for neuron in family.neurons:
        if neuron.parent is not None and neuron.parent not in seen:
            there = f", only {', '.join(seen)}" if seen else ": it is the first, so it has no parent"
            told = f"family {family.name!r} has no {neuron.parent!r} before this neuron{there}"
            reading.refuse(neuron.node.at("parent"), told)
        for other in neuron.unlike:
            if other not in seen:
                told = f"family {family.name!r} has no {other!r} before this neuron"
                reading.refuse(neuron.node.at("unlike"), told)
        seen.append(neuron.name)


def _check_layers(family: FamilySpec, reading: Reading) -> None:
    """Refuse a family without neurons, and `without` or `best` without `all`."""
    if not family.neurons and not family.all:
        reading.refuse(family.node, f"family {family.name!r} needs `neurons`, or whole layers named by `all`")
    for word in ("without", "best"):
        if not family.all and word in family.node.entries:
            reading.refuse(family.node.at(word), f"`{word}` chooses among the channels of `all`, which is not given")


def _family(family: FamilySpec, recipe: RecipeSpec) -> FamilyRecipe:
    return FamilyRecipe(
        name=family.name,
        neurons=tuple(_neuron(neuron, family, recipe) for neuron in family.neurons),
        seed=family.seed,
        max_generations=family.max_generations,
        max_children=family.max_children,
        all=family.all,
        without=family.without,
        best=family.best,
        settings=_settings(recipe, family),
        grade=Grade(**(family.grade.said if family.grade else {})),
        refine=_refinement(family),
    )


def _neuron(neuron: NeuronSpec, family: FamilySpec, recipe: RecipeSpec) -> NeuronRecipe:
    grade = neuron.grade or family.grade
    return NeuronRecipe(
        neuron=neuron.neuron,
        name=neuron.name,
        parent=neuron.parent,
        unlike=neuron.unlike,
        seed=neuron.seed,
        settings=_settings(recipe, family, neuron),
        grade=Grade(**(grade.said if grade else {})),
        refine=_refinement(family, neuron),
    )


def _settings(*specs: RecipeSpec | FamilySpec | NeuronSpec) -> Settings:
    """The settings of a neuron or family; `specs` go from the whole recipe to the most specific."""
    values: dict[str, Any] = {}
    for spec in specs:
        values |= spec.settings.said if spec.settings else {}
    return Settings(**values)


def _refinement(*specs: FamilySpec | NeuronSpec) -> Settings | None:
    """The settings that refine a finished neuron, with the defaults of REFINING; None if it is not refined."""
    refined = [spec.refine for spec in specs if spec.refine]
    values: dict[str, Any] = {}
    for spec in refined:
        values |= spec.said
    return replace(REFINING, **values) if refined else None


def _no_atlas(_folder: Path) -> NeuronLookup:
    raise AssertionError("a recipe names no atlas")
