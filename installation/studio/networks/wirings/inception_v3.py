"""Google's Inception v3 of December 2015 with folded batch norms, up to mixed_8; TensorFlow's names."""

from __future__ import annotations

from collections.abc import Sequence

from installation.studio.networks.wirings.graph import PICTURE, Graph

Kernel = int | tuple[int, int]
Chain = Sequence[tuple[int, Kernel]]
"""Widths and kernels of convolutions that follow one another."""


def inception_v3(classes: int) -> Graph:  # noqa: ARG001  # the file ends before the classes
    """`conv_2`, `conv_4` and the blocks are values after their ReLU: whole atlases were trained on them."""
    graph = Graph()
    signal = graph.rectify(graph.convolve("conv", PICTURE, 32, 3, 2, "none"))
    signal = graph.rectify(graph.convolve("conv_1", signal, 32, 3, 1, "none"))
    linear = graph.convolve("conv_2_pre_relu", signal, 64, 3, weight="conv_2")
    signal = graph.pool("pool", graph.rectify(linear, name="conv_2"), 3, 2, "none")
    signal = graph.rectify(graph.convolve("conv_3", signal, 80, 1))
    linear = graph.convolve("conv_4_pre_relu", signal, 192, 3, 1, "none", weight="conv_4")
    signal = graph.pool("pool_1", graph.rectify(linear, name="conv_4"), 3, 2, "none")
    for name, pooled in (("mixed", 32), ("mixed_1", 64), ("mixed_2", 64)):
        towers = [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)]
        signal = _block(graph, name, signal, 64, towers, pooled)
    signal = _halving(graph, "mixed_3", signal, {"conv": [(384, 3)], "tower_conv": [(64, 1), (96, 3), (96, 3)]})
    for number, mid in ((4, 128), (5, 160), (6, 160), (7, 192)):
        long: Chain = [(mid, 1), (mid, (7, 1)), (mid, (1, 7)), (mid, (7, 1)), (192, (1, 7))]
        towers_long: tuple[Chain, Chain] = [(mid, 1), (mid, (1, 7)), (192, (7, 1))], long
        signal = _block(graph, f"mixed_{number}", signal, 192, towers_long, 192)
    chains: dict[str, Chain] = {
        "tower_conv": [(192, 1), (320, 3)],
        "tower_1_conv": [(192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3)],
    }
    _halving(graph, "mixed_8", signal, chains)
    return graph


def _chain(graph: Graph, prefix: str, signal: str, chain: Chain, *, halve: bool = False) -> str:
    """A chain of convolutions; with `halve`, the last one halves the size. Returns its name, before its ReLU."""
    for number, (width, kernel) in enumerate(chain):
        name = f"{prefix}_{number}" if number else prefix
        last = number == len(chain) - 1
        if halve and last:
            return graph.convolve(name, signal, width, kernel, 2, "none")
        linear = graph.convolve(name, signal, width, kernel)
        if last:
            return linear
        signal = graph.rectify(linear)
    return signal


def _block(graph: Graph, name: str, signal: str, width: int, towers: Sequence[Chain], pooled: int) -> str:
    branches = [
        graph.convolve(f"{name}_conv", signal, width, 1),
        _chain(graph, f"{name}_tower_conv", signal, towers[0]),
        _chain(graph, f"{name}_tower_1_conv", signal, towers[1]),
        graph.convolve(f"{name}_tower_2_conv", graph.mean_pool(f"{name}_pool", signal, 3), pooled, 1),
    ]
    graph.join(f"{name}_pre_relu", branches)
    return graph.join(name, [graph.rectify(branch) for branch in branches])


def _halving(graph: Graph, name: str, signal: str, chains: dict[str, Chain]) -> str:
    branches = [_chain(graph, f"{name}_{tower}", signal, chain, halve=True) for tower, chain in chains.items()]
    pooled = graph.pool(f"{name}_pool", signal, 3, 2, "none")
    graph.join(f"{name}_pre_relu", [*branches, pooled])
    return graph.join(name, [*(graph.rectify(branch) for branch in branches), pooled])
