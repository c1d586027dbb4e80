"""A network of two layers with random weights, so that the studio is tested without any file; also a build to kill.

Run as a program it builds the tiny recipe in the folder it is given, one neuron after the other.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import torch

from installation.atlas.format import Index
from installation.studio.building import assemble, plan, train_all, write_roads_and_extents
from installation.studio.networks.card import Card, NetworkInput
from installation.studio.networks.network import Network
from installation.studio.networks.wirings.graph import PICTURE, Graph
from installation.studio.recipes.recipe import Recipe
from installation.studio.recipes.spec import load_recipe

LABELS = ("pagoda", "church/outdoor", "sky", "sea", "wood", "lamp")


def load_tiny(name: str) -> Network:
    graph = Graph()
    first = graph.convolve("first_pre_relu", PICTURE, 5, 5, 2, "none", weight="first")
    last = graph.convolve("last", graph.rectify(first, 0.1, name="first"), len(LABELS), 3, 1, "none")
    graph.label(last)
    generator = torch.Generator().manual_seed(5)
    weights = {
        "first.weight": torch.randn(5, 3, 5, 5, generator=generator) / 8,
        "first.bias": torch.zeros(5),
        "last.weight": torch.randn(len(LABELS), 5, 3, 3, generator=generator) / 6,
        "last.bias": torch.zeros(len(LABELS)),
    }
    card = Card(
        name=name,
        architecture="two layers of random weights",
        wiring="tiny",
        file="none",
        input=NetworkInput(mean=(0.5, 0.5, 0.5)),
        attribution="",
        licence="",
        published="",
    )
    return Network(card, "0" * 64, graph, weights, LABELS)


def tiny_words(steps: int = 3) -> dict[str, Any]:
    """The tiny recipe as its file says it, to be changed before `recipe_of`."""
    settings = {"width": 4, "depth": 2, "size_px": 24, "first_size_px": 16, "root_steps": steps, "child_steps": steps}
    first = [
        {"neuron": "tiny/last/pagoda", "name": "pagoda"},
        {"neuron": "tiny/last/church/outdoor", "name": "church"},
        {"neuron": "tiny/first/3", "name": "edges", "parent": "pagoda"},
        {"neuron": "tiny/last/sky", "name": "sky"},
    ]
    second = [{"neuron": "tiny/last/3", "name": "sea"}, {"neuron": "tiny/last/4", "name": "wood", "parent": "sea"}]
    families = [{"name": "spires", "seed": 1, "neurons": first}, {"name": "waters", "seed": 2, "neurons": second}]
    return {"settings": settings, "families": families}


def recipe_of(words: dict[str, Any], folder: Path | None = None) -> Recipe:
    """The recipe with these words, in a file in `folder`."""
    with NamedTemporaryFile("w", suffix=".yaml", dir=folder) as file:
        json.dump(words, file)  # which is YAML too
        file.flush()
        return load_recipe(Path(file.name))


def tiny_recipe(steps: int = 3) -> Recipe:
    return recipe_of(tiny_words(steps))


def build_tiny(folder: Path, recipe: Recipe | None = None) -> Index:
    """Build in `folder`: results in `work`, the atlas in `atlas`."""
    planned = plan(recipe or tiny_recipe(), load_tiny)
    for job in train_all(planned, load_tiny, folder / "work", workers=1):
        sys.stdout.write(f"{job.name}\n")
        sys.stdout.flush()
    return write_roads_and_extents(folder / "atlas", assemble(planned, folder / "work", folder / "atlas"))


if __name__ == "__main__":
    build_tiny(Path(sys.argv[1]), tiny_recipe(steps=int(sys.argv[2])))
