"""Which neighbours are better: those by description, which `find` and the map use, or those by a network's activations?

    python -m installation.benchmarks.likeness_study --networks DIR [--out likeness.png]

It counts how many of the five nearest neurons are of the same layer or family, and draws a sheet to look at: in each
row a picture, its nearest by description, and its nearest by activations. docs/book.md says what we saw.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.book.picture_index import read_index
from installation.book.pictures import Pictures
from installation.outputs.png import write_still
from installation.studio.networks.network import Network
from installation.studio.networks.registry import load_from

Floats = NDArray[np.float32]

NETWORK, LAYERS = "googlenet", ("inception_4c_*", "inception_4e_*")
SEEN_PX, SHOWN_PX, GAP_PX = 160, 80, 8
NEAREST, SHOWN, ROWS, SEED = 5, 6, 14, 4


def activations_of(atlas: Atlas, network: Network) -> Floats:
    """How strongly each channel of the layers answers to each picture (neurons, channels), standardised, length 1."""
    layers = [layer for pattern in LAYERS for layer in network.matching(pattern)]
    found = []
    with Pictures(Interpolator(atlas)) as pictures, torch.inference_mode():
        for neuron in atlas.neurons:
            picture = pictures.neuron(neuron.address, SEEN_PX).astype(np.float32) / 255
            values = network.layer_activations(torch.from_numpy(picture).permute(2, 0, 1)[None], layers)
            found.append(torch.cat([one.clamp(min=0).mean((0, 2, 3)).sqrt() for one in values.values()]).numpy())
    strengths = np.array(found, np.float32)
    strengths = (strengths - strengths.mean(0)) / (strengths.std(0) + 1e-6)
    unit: Floats = strengths / np.linalg.norm(strengths, axis=1, keepdims=True)
    return unit


def nearest(embeddings: Floats, count: int) -> NDArray[np.int_]:
    """The indices (neurons, count) of the most similar other neurons."""
    alike = embeddings @ embeddings.T
    np.fill_diagonal(alike, -np.inf)
    return np.argsort(-alike, axis=1)[:, :count]


def shared(atlas: Atlas, found: NDArray[np.int_], word: str) -> float:
    """The share of the neighbours that have the same value of the attribute `word`."""
    own = np.array([getattr(neuron, word) for neuron in atlas.neurons])
    return round(float((own[found] == own[:, None]).mean()), 3)


def sheet(atlas: Atlas, by_each: list[NDArray[np.int_]]) -> NDArray[np.uint8]:
    """Some pictures, each with its neighbours by one way and by the other."""
    rows = []
    with Pictures(Interpolator(atlas)) as pictures:
        for number in np.random.default_rng(SEED).choice(len(atlas.neurons), ROWS, replace=False):
            groups = [[number], *(found[number] for found in by_each)]
            gap = np.zeros((SHOWN_PX, GAP_PX, 3), np.uint8)
            drawn = [[pictures.neuron(atlas.neurons[one].address, SHOWN_PX) for one in group] for group in groups]
            rows.append(np.concatenate([part for group in drawn for part in (*group, gap)], 1))
    return np.concatenate(rows)


def main() -> None:
    """Compare both, print the shares as JSON, and draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=Path)
    parser.add_argument("--out", type=Path, default=Path("likeness.png"))
    asked = parser.parse_args()
    atlas = Atlas.open(SHIPPED_ATLAS)
    described, seen = read_index(atlas).embeddings, activations_of(atlas, load_from(asked.networks, NETWORK))
    ways = {"description": described, "activations": seen, "both": np.concatenate([described, seen], 1)}
    figures = {
        name: {word: shared(atlas, nearest(one, NEAREST), word) for word in ("layer", "family")}
        for name, one in ways.items()
    }
    print(json.dumps(figures, indent=1))
    write_still(asked.out, sheet(atlas, [nearest(described, SHOWN), nearest(seen, SHOWN)]))


if __name__ == "__main__":
    main()
