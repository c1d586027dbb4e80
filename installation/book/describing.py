"""Brings up to date what is stored beside an atlas about its pictures: descriptions, map, and classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.interpolate import Interpolator
from installation.atlas.map import write_map
from installation.book.atlas_map import places_of
from installation.book.picture_classes import Seen, read_classes, write_classes
from installation.book.picture_index import PictureIndex, key_of, read_index, write_index
from installation.book.pictures import Pictures
from installation.errors import InstallationError
from installation.show.frame import Address

SEEN_PX = 224
"""Side of the pictures that networks look at: that of their training."""

Progress = Callable[[str, int, int], None]
"""Called with the activity, and finished and total pictures."""

Classify = Callable[[str, NDArray[np.uint8]], tuple[str, tuple[tuple[str, float], ...]]]
"""From a network's name and a picture to the network that looked, and its classes with their shares."""


@dataclass(frozen=True, slots=True)
class Described:
    """The numbers of pictures: all, described anew, classified anew, and without current classes.

    `map_lacks` is why the map was not written; empty if it was.
    """

    pictures: int
    described: int
    classified: int
    without_classes: int
    map_lacks: str


def describe_atlas(atlas: Atlas, classify: Classify | None, progress: Progress) -> Described:
    """Write descriptions, map and classes beside an atlas, and look only at pictures that changed.

    Without `classify` it keeps the classes of unchanged pictures. Raises DeviceError if writing fails.
    """
    index = read_index(atlas, lambda done, total: progress("Describing pictures", done, total))
    if not index.is_stored:
        write_index(atlas, index)
    lacks = ""
    try:
        write_map(atlas.folder, places_of(atlas.folder, index))
    except InstallationError as error:
        lacks = str(error)
    keys = index.pictures
    seen = read_classes(atlas.folder, keys)
    missing = [neuron for neuron in atlas.neurons if neuron.address not in seen]
    if classify is not None and missing:
        seen |= _classified(atlas, keys, [(one.address, one.network) for one in missing], classify, progress)
        write_classes(atlas.folder, seen)
    left = sum(neuron.address not in seen for neuron in atlas.neurons)
    return Described(len(index.neurons), index.made, len(missing) - left, left, lacks)


def _classified(
    atlas: Atlas,
    keys: dict[Address, str],
    missing: list[tuple[Address, str]],
    classify: Classify,
    progress: Progress,
) -> dict[Address, Seen]:
    found = {}
    with Pictures(Interpolator(atlas)) as pictures:
        for number, (address, name) in enumerate(missing):
            network, classes = classify(name, pictures.neuron(address, SEEN_PX))
            if classes:
                found[address] = Seen(keys[address], network, classes)
            progress("Classifying pictures", number + 1, len(missing))
    return found


def classes_of(atlas: Atlas, index: PictureIndex) -> dict[Address, Seen]:
    """What networks see in an atlas's pictures, as far as it is stored and current."""
    return read_classes(atlas.folder, index.pictures)


def seen_in(atlas: Atlas, neuron: Neuron) -> Seen | None:
    """What a network sees in one neuron's picture; None if that is not stored, or the picture changed since."""
    return read_classes(atlas.folder, {neuron.address: key_of(atlas, neuron)}).get(neuron.address)
