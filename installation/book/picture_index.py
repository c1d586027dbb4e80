"""Descriptions of an atlas's pictures, in one file beside it; a changed latent makes a new description."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load, save

from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.interpolate import Interpolator
from installation.book.description import SIDE_PX, Description, describe
from installation.book.order import MEASURES
from installation.book.pictures import IMAGE_FORMATS, Pictures
from installation.errors import ScoreError
from installation.files import write_atomically

Floats = NDArray[np.float32]

NAME = "pictures.safetensors"
"""The file's name in an atlas's folder."""

FORMAT = "1"
MAX_PICTURE_PX = 100_000_000


@dataclass(frozen=True, slots=True, eq=False)
class PictureIndex:
    """Measures (neurons, len(MEASURES)) and embeddings (neurons, numbers) of an atlas's neurons, in its order.

    `made` is the number of pictures that the file did not contain and that were described just now; `is_stored` means
    that the file is exactly this.
    """

    neurons: tuple[Neuron, ...]
    measures: Floats
    embeddings: Floats
    keys: tuple[str, ...]
    made: int = 0
    is_stored: bool = False

    @property
    def pictures(self) -> dict[str, str]:
        """The key of each neuron's picture, by address; a changed picture has another key."""
        return {neuron.address: key for neuron, key in zip(self.neurons, self.keys, strict=True)}

    @property
    def digest(self) -> str:
        """Identifies the pictures, with their neurons."""
        return hashlib.sha256(repr(sorted(self.pictures.items())).encode()).hexdigest()[:24]

    def measure(self, word: str) -> Floats:
        """Each picture's value of the measure `word`. Raises ScoreError for an unknown measure."""
        if word not in MEASURES:
            raise ScoreError(f"{word!r} is not a measure; a picture is more or less {', '.join(MEASURES)}")
        return self.measures[:, MEASURES.index(word)]


def read_index(atlas: Atlas, progress: Callable[[int, int], None] | None = None) -> PictureIndex:
    """The index of an atlas; draws and describes the pictures that its file does not contain, or that changed."""
    known, keys = _read(atlas), {neuron.address: key_of(atlas, neuron) for neuron in atlas.neurons}
    is_stored = list(known) == [keys[neuron.address] for neuron in atlas.neurons]
    missing = [neuron for neuron in atlas.neurons if keys[neuron.address] not in known]
    if missing:
        with Pictures(Interpolator(atlas)) as pictures:
            for number, neuron in enumerate(missing):
                known[keys[neuron.address]] = describe(pictures.neuron(neuron.address, SIDE_PX))
                if progress is not None:
                    progress(number + 1, len(missing))
    found = [known[keys[neuron.address]] for neuron in atlas.neurons]
    return PictureIndex(
        atlas.neurons,
        np.array([one.measures for one in found], np.float32),
        np.array([one.embedding for one in found], np.float32),
        tuple(keys[neuron.address] for neuron in atlas.neurons),
        len(missing),
        is_stored,
    )


def write_index(atlas: Atlas, index: PictureIndex) -> Path:
    """Write the index beside its atlas. Raises DeviceError if writing fails."""
    tensors = {"measures": index.measures.astype(np.float16), "embeddings": index.embeddings.astype(np.float16)}
    told = {"format": FORMAT, "measures": json.dumps(MEASURES), "keys": json.dumps(index.keys)}
    path = atlas.folder / NAME
    write_atomically(path, save(tensors, told))
    return path


def described_file(path: Path) -> Description:
    """The description of an image file's middle square. Raises ScoreError for a file that is not an image."""
    try:
        with Image.open(path, formats=IMAGE_FORMATS) as image:
            if image.width * image.height > MAX_PICTURE_PX:
                raise ScoreError(f"{path}: {image.width}x{image.height} pixels are too many; make it smaller")
            side = min(image.size)
            left, top = (image.width - side) // 2, (image.height - side) // 2
            square = image.convert("RGB").crop((left, top, left + side, top + side))
            small = square.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    except FileNotFoundError as error:
        raise ScoreError(f"{path}: there is no such file") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ScoreError(f"{path}: is not an image that can be read ({error})") from error
    return describe(np.asarray(small))


def key_of(atlas: Atlas, neuron: Neuron) -> str:
    """The key of a neuron's picture: a digest of its latent and its way of drawing."""
    digest = hashlib.blake2b(repr(atlas.drawing(neuron.family)).encode(), digest_size=12)
    digest.update(atlas.latent(neuron).numpy().tobytes())
    return digest.hexdigest()


def _read(atlas: Atlas) -> dict[str, Description]:
    """The file's descriptions by key; empty if it is missing, damaged or in another format."""
    try:
        data = (atlas.folder / NAME).read_bytes()
        told = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
        if told["format"] != FORMAT or json.loads(told["measures"]) != list(MEASURES):
            return {}
        tensors = load(data)
        measures, embeddings = (tensors[name].astype(np.float32) for name in ("measures", "embeddings"))
        keys = json.loads(told["keys"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        return {}
    if not len(keys) == len(measures) == len(embeddings) or not np.isfinite(embeddings).all():
        return {}
    return {key: Description(*both) for key, *both in zip(keys, measures, embeddings, strict=True)}
