"""A small network with random weights, for trying the studio without any file.

Untrained features are edges, blobs and mixtures of them, enough to see how a family grows and what its recipe does.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import torch

from installation.studio.networks.card import Card, NetworkInput
from installation.studio.networks.network import Network
from installation.studio.networks.wirings.graph import PICTURE, Graph

SKETCH = "sketch"
SEED = 1


def sketch_graph() -> Graph:
    """Three convolutions, each addressed before its ReLU."""
    graph = Graph()
    signal = graph.rectify(graph.convolve("edges", PICTURE, 16, 7, 2))
    signal = graph.rectify(graph.convolve("corners", graph.pool("pool", signal, 3, 2, "half"), 32, 5))
    graph.convolve("shapes", signal, 32, 5)
    return graph


@lru_cache(maxsize=1)
def sketch() -> Network:
    """The network; the same on every machine."""
    graph = sketch_graph()
    weights = graph.random_weights(torch.Generator().manual_seed(SEED))
    digest = hashlib.sha256(b"".join(weights[name].numpy().tobytes() for name in sorted(weights))).hexdigest()
    card = Card(
        name=SKETCH,
        architecture="three convolutions with random weights",
        wiring=SKETCH,
        file="none",
        input=NetworkInput(mean=(2.0, 2.0, 2.0), range=4.0),
        attribution="made on the spot",
        licence="that of this program",
        published="nowhere: it is made when it is named",
    )
    return Network(card, digest, graph, weights)
