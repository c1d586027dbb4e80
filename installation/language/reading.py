"""The state while a score is read: its file, atlas, outputs, parameters, and the mistakes so far."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from installation.errors import Mistake, ScoreError
from installation.language.former_words import Renaming
from installation.language.nodes import Node, NodeError, ScalarNode
from installation.language.places import place_of, section_of
from installation.show.chance import Dice
from installation.show.expressions import Interval, Number
from installation.show.score import Choice, Output, Parameter


class HasAddress(Protocol):
    """The part of a neuron that a score needs."""

    @property
    def address(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def family(self) -> str: ...


class NeuronLookup(Protocol):
    """The part of an atlas that a score needs; raises ScoreError for an unknown word, with the nearest known one."""

    def find(self, word: str, /) -> HasAddress:
        """The neuron called `word`: its name or its address."""

    def layer(self, network: str, layer: str, /) -> Sequence[HasAddress]:
        """The neurons of one layer, by channel."""

    def has_cycle(self, word: str, /) -> bool:
        """Whether a neuron's picture moves in a cycle."""

    def has_alpha(self, word: str, /) -> bool:
        """Whether a neuron's picture may be transparent."""

    def on_map(self, by: str, columns: int | None, /) -> Sequence[HasAddress]:
        """All neurons row by row, in the order of a map."""

    def of_family(self, family: str, /) -> Sequence[HasAddress]:
        """The neurons of a family, its root first."""


MAX_TOLD = 500
"""The most mistakes of one file, and as many warnings: a day's work, and as many as page, health and log can hold."""


class Reading:
    """One reading of one file. It collects mistakes and warnings, and looks up each neuron once.

    `home` is the folder for relative file names: by default the file's own, another if the file is a copy.
    """

    def __init__(
        self, file: Path, open_atlas: Callable[[Path], NeuronLookup], default_atlas: Path, home: Path | None = None
    ) -> None:
        self.file = file
        self.home = home or file.parent
        self.atlas_folder: Path | None = default_atlas
        self.further_atlases: dict[str, Path | None] = {}
        """Further atlas folders by the prefix of their neurons; None after a reported mistake."""
        self.fps = Fraction(30)
        self.outputs: dict[str, Output] = {}
        self.parameters: dict[str, Parameter] = {}
        self.used: set[str] = set()
        self.expressions: dict[tuple[str, float, float, bool], Number] = {}
        """The expressions without mistakes, by text, range, and whether times may stand in them: many cues repeat
        one."""
        self.cameras: dict[str, Any] = {}
        """The score's named views, after reading."""
        self.used_cameras: set[str] = set()
        self.seed = 0
        self.uses_seed = False
        self.choices: dict[Node, list[Choice]] = {}
        """The random choices of neurons, by cue; a cue with other random draws only has an empty list."""
        self.pools: dict[str, tuple[str, ...]] = {}
        """The pool of each open address, from which a random draw will pick a neuron."""
        self.included_files: list[Path] = []
        """The files that this one names, which were read, too."""
        self._open_atlas = open_atlas
        self._atlas: NeuronLookup | None = None
        self._further: dict[str, NeuronLookup] = {}
        self._neurons: dict[str, str | ScoreError] = {}
        self._mistakes: list[Mistake] = []
        self._is_muted = False
        self._warnings: list[Mistake] = []
        self.renamings: list[Renaming] = []
        """The former words in the file."""

    @property
    def bounds(self) -> dict[str, Interval]:
        """The range of each parameter."""
        return {name: one.bounds for name, one in self.parameters.items()}

    def beside(self, name: str) -> Path:
        """The path of a further file that this one names; remembers it."""
        self.included_files.append(self.home / name)
        return self.included_files[-1]

    def refuse(self, node: Node, message: str) -> None:
        """Adds a mistake, up to MAX_TOLD."""
        self._add(self._mistakes, node, message)

    def warn(self, node: Node, message: str) -> None:
        """Adds a warning about something that is allowed, but looks unintended."""
        self._add(self._warnings, node, message)

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Suspends all reports, for a second reading of the same words."""
        self._is_muted = True
        try:
            yield
        finally:
            self._is_muted = False

    def _add(self, found: list[Mistake], node: Node, message: str) -> None:
        if self._is_muted:
            return
        if len(found) < MAX_TOLD:
            found.append(self._mistake(node, message))
        elif len(found) == MAX_TOLD:
            last = max(found, key=lambda one: (one.line, one.column))
            more = f"there are more than these {MAX_TOLD}; the rest follow once you have corrected these"
            found.append(Mistake(last.file, last.line, last.column, "", more))

    def rename(self, node: ScalarNode, word: str) -> None:
        """Warns of a former word; `word` is the present one."""
        self.renamings.append(Renaming(node.line, node.column, node.text, word))
        self.warn(node, f"{node.text!r} is called {word!r} now; `installation check --fix` renames it in this file")

    def _mistake(self, node: Node, message: str) -> Mistake:
        return Mistake(str(self.file), node.line, node.column, node.path, message)

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        return tuple(sorted(self._mistakes, key=lambda one: (one.line, one.column)))

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """The warnings of a file without mistakes: with mistakes, half of them would be consequences."""
        return () if self._mistakes else self.every_warning

    @property
    def every_warning(self) -> tuple[Mistake, ...]:
        """All warnings, even if there are mistakes."""
        return tuple(sorted(self._warnings, key=lambda one: (one.line, one.column)))

    @property
    def atlas(self) -> NeuronLookup | None:
        """The atlas, opened at the first use; None if the score's atlas does not exist."""
        if self._atlas is None and self.atlas_folder is not None:
            self._atlas = self._open_atlas(self.atlas_folder)
        return self._atlas

    def address(self, word: str) -> str:
        """The address of a neuron; raises ScoreError if the atlas does not have it."""
        found = self._neurons.get(word)
        if found is None:
            try:
                atlas, before, name = self._home(word)
                found = before + atlas.find(name).address if atlas else word
            except ScoreError as error:
                found = error
            self._neurons[word] = found
        if isinstance(found, ScoreError):
            raise found
        return found

    def layer(self, word: str) -> tuple[str, ...]:
        """The addresses of all neurons of `network/layer`; raises ScoreError."""
        network, slash, layer = word.partition("/")
        if not slash:
            raise ScoreError(f"{word!r} is not a layer; layers are written network/layer, such as places365/conv10")
        atlas, before, network = self._home(network)
        return tuple(before + neuron.address for neuron in atlas.layer(network, layer)) if atlas else ()

    def has_cycle(self, address: str) -> bool:
        """Whether a neuron moves in a cycle; True for an unknown neuron, which others report."""
        try:
            atlas, _, own = self._home(address)
            return atlas is None or atlas.has_cycle(own)
        except ScoreError:
            return True

    def family(self, word: str) -> tuple[str, ...]:
        """The addresses of all neurons of a family; raises ScoreError."""
        atlas, before, family = self._home(word)
        return tuple(before + neuron.address for neuron in atlas.of_family(family)) if atlas else ()

    def on_map(self, word: str, columns: int | None) -> tuple[str, ...]:
        """The addresses of all neurons in the order of a map, with the atlas's prefix; raises ScoreError."""
        atlas, before, by = self._home(word)
        return tuple(before + neuron.address for neuron in atlas.on_map(by, columns)) if atlas else ()

    def named(self, address: str) -> tuple[str, str]:
        """The name of a neuron and its family; the word and "" for an unknown neuron, which others report."""
        try:
            atlas, before, own = self._home(address)
            if atlas is None:
                return address, ""
            neuron = atlas.find(own)
        except ScoreError:
            return address, ""
        return before + neuron.name, before + neuron.family

    def _home(self, word: str) -> tuple[NeuronLookup | None, str, str]:
        """The atlas of a word, the prefix of that atlas in the score, and the word without it."""
        name, colon, own = word.partition(":")
        if not colon:
            return self.atlas, "", word
        if name not in self.further_atlases:
            known = ", ".join(self.further_atlases) or "no other; name them as `atlas: {main: ..., mine: ...}`"
            raise ScoreError(f"{word!r}: there is no atlas {name!r}; the score has {known}")
        folder = self.further_atlases[name]
        if folder is not None and name not in self._further:
            self._further[name] = self._open_atlas(folder)
        return self._further.get(name), f"{name}:", own

    def draws(self, node: Node) -> tuple[list[Choice], str]:
        """The random choices of a node's cue, and the node's place there; raises NodeError outside cues."""
        cue = section_of(node)
        if cue is None:
            raise NodeError(node, "chance draws when a cue is entered, and this is not in a cue")
        self.uses_seed = True
        return self.choices.setdefault(cue, []), place_of(node)

    def dice(self, node: Node) -> tuple[Dice, str]:
        """Dice for fixed random values of a node's cue, and the node's place there; raises NodeError outside cues."""
        cue = section_of(node)
        if cue is None:
            raise NodeError(node, "it differs in every cue, and this is not in a cue")
        self.uses_seed = True
        named = cue.at("id")
        return Dice(self.seed, named.text if isinstance(named, ScalarNode) else ""), place_of(node)

    def has_alpha(self, address: str) -> bool:
        """Whether a neuron's picture may be transparent; True for an unknown neuron."""
        try:
            return self.atlas is None or self.atlas.has_alpha(address)
        except ScoreError:
            return True


def nearest(word: str, words: Iterable[str]) -> str:
    """A hint such as `; did you mean 'smooth'?`; empty if no word is near."""
    by_lower = {known.lower(): known for known in words}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""
