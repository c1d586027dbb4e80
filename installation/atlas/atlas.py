"""An atlas opened for reading: neurons by name, their latents, and the tree of roads between them."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from installation.atlas import INDEX_NAME
from installation.atlas.format import Extent, Family, Index, Neuron, Road, read_family, read_index
from installation.atlas.map import neurons_on_map
from installation.errors import ScoreError
from installation.files import Stamp, stamp_of

if TYPE_CHECKING:
    from torch import Tensor

    from installation.atlas.drawing import WayOfDrawing

__all__ = ["Atlas", "Extent", "Family", "Neuron", "Road"]


class Atlas:
    """A folder of families and neurons, checked when opened; latents are read at first use.

    `open` raises AtlasError for a missing, damaged or newer atlas.
    """

    def __init__(self, folder: Path, index: Index, stamp: Stamp | None = None) -> None:
        self.folder = folder
        self.index = index
        self.digest = index.digest
        self._by_word = {neuron.name: neuron for neuron in index.neurons}
        self._by_word |= {neuron.address: neuron for neuron in index.neurons}
        for neuron in index.neurons:  # a neuron with several ways of drawing: the first is the default
            self._by_word.setdefault(neuron.address.partition("@")[0], neuron)
            kind = index.families[neuron.family].drawing.kind
            for word in (neuron.name, neuron.address.partition("@")[0]):
                self._by_word.setdefault(f"{word}@{kind}", neuron)
        self._extents = {extent.neuron: extent for extent in index.extents}
        self._read: dict[str, tuple[Tensor, Tensor]] = {}
        self._stamp = stamp

    @classmethod
    def open(cls, folder: Path | str) -> Atlas:
        """Read the index in `folder` and check every family file against it."""
        folder = Path(folder)
        stamp = stamp_of(folder / INDEX_NAME)  # before the index is read, so that a save meanwhile counts as a change
        return cls(folder, read_index(folder), stamp)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the atlas."""
        return (self.folder,)

    @property
    def is_current(self) -> bool:
        """Whether the index on disk is unchanged since it was read; it is written last, so it stands for the whole
        atlas."""
        return self._stamp is not None and self._stamp == stamp_of(self.folder / INDEX_NAME)

    @property
    def neurons(self) -> tuple[Neuron, ...]:
        """All neurons: family after family, parents before children."""
        return self.index.neurons

    @property
    def families(self) -> dict[str, Family]:
        """Families by name."""
        return self.index.families

    @property
    def roads(self) -> tuple[Road, ...]:
        """The measured edges between parents and children."""
        return self.index.roads

    def extent(self, address: str) -> Extent | None:
        """How far a neuron's picture extends; None if that was not measured, or if the picture has no end."""
        return self._extents.get(address)

    def find(self, word: str) -> Neuron:
        """The neuron called `word`: its name (`pagoda`) or its address (`places365/conv10/251`).

        For a neuron with several ways of drawing, `@` and the kind select one, as in `places365/conv10/251@fourier`.
        """
        neuron = self._by_word.get(word)
        if neuron is None:
            known = [one for one in self._by_word if "@" in word or "@" not in one]
            near = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
            hint = (
                f"did you mean {' or '.join(repr(one) for one in near)}?"
                if near
                else "`installation atlas list` has all"
            )
            raise ScoreError(f"neuron {word!r} is not in the atlas {self.folder}; {hint}")
        return neuron

    def layer(self, network: str, layer: str) -> tuple[Neuron, ...]:
        """The neurons of one layer, by channel, for a plate."""
        found = [neuron for neuron in self.neurons if (neuron.network, neuron.layer) == (network, layer)]
        if not found:
            layers = sorted({f"{neuron.network}/{neuron.layer}" for neuron in self.neurons})
            word = f"{network}/{layer}"
            near = difflib.get_close_matches(word, layers, n=1) or layers
            raise ScoreError(f"layer {word!r} is not in the atlas {self.folder}; it has {', '.join(near)}")
        return tuple(sorted(found, key=lambda neuron: neuron.channel))

    def on_map(self, by: str, columns: int | None = None) -> tuple[Neuron, ...]:
        """All neurons row by row, in the order of a map: `likeness` or `layer`. See map.neurons_on_map."""
        return neurons_on_map(self.folder, self.neurons, by, columns)

    def of_family(self, family: str) -> tuple[Neuron, ...]:
        """The neurons of a family in the order of its rows, the root first."""
        if family not in self.families:
            raise ScoreError(f"family {family!r} is not in the atlas {self.folder}; it has {', '.join(self.families)}")
        return tuple(sorted((one for one in self.neurons if one.family == family), key=lambda one: one.row))

    def path(self, start: Neuron, end: Neuron) -> tuple[Neuron, ...]:
        """The neurons passed on the way from `start` to `end` along the tree, both included."""
        if start.family != end.family:
            raise ValueError(
                f"no road from {start.name!r} to {end.name!r}: families {start.family!r} and {end.family!r}"
            )
        up, down = self._ancestry(start), self._ancestry(end)
        meeting = next(neuron for neuron in up if neuron in down)
        return (*up[: up.index(meeting) + 1], *reversed(down[: down.index(meeting)]))

    def _ancestry(self, neuron: Neuron) -> list[Neuron]:
        line = [neuron]
        while (parent := line[-1].parent) is not None:
            line.append(self._by_word[parent])
        return line

    def drawing(self, family: str) -> WayOfDrawing:
        """The way of drawing of a family's neurons."""
        found: WayOfDrawing = self.families[family].drawing
        return found

    def has_cycle(self, word: str) -> bool:
        """Whether a neuron's picture moves in a cycle of time."""
        return self.drawing(self.find(word).family).has_cycle

    def has_alpha(self, word: str) -> bool:
        """Whether a neuron's picture may be transparent."""
        return self.drawing(self.find(word).family).has_alpha

    def latent(self, neuron: Neuron) -> Tensor:
        """The whole, unfolded latent of a neuron, float32 (size,)."""
        if neuron.family not in self._read:
            size = self.drawing(neuron.family).size
            self._read[neuron.family] = read_family(self.folder, neuron.family, self.families[neuron.family], size)
        root, differences = self._read[neuron.family]
        return root + differences[neuron.row]
