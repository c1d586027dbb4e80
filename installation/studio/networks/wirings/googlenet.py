"""GoogLeNet as Caffe computes it: InceptionV1, the network of the first DeepDream; Caffe's names with _ for /."""

from __future__ import annotations

from installation.studio.networks.wirings.graph import PICTURE, Graph

BLOCKS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
"""Channels of 1x1, 3x3_reduce, 3x3, 5x5_reduce, 5x5 and pool_proj."""

POOLED_AFTER = {"3b": "pool3_3x3_s2", "4e": "pool4_3x3_s2"}


def googlenet(classes: int) -> Graph:
    """`inception_4c` joins the block's branches before their ReLU; `inception_4c_output` is Caffe's, after it."""
    graph = Graph()
    signal = graph.rectify(graph.convolve("conv1_7x7_s2", PICTURE, 64, 7, 2))
    signal = graph.pool("pool1_3x3_s2", signal, 3, 2, "up")
    signal = _normalise(graph, "pool1_norm1", signal)
    signal = graph.rectify(graph.convolve("conv2_3x3_reduce", signal, 64, 1))
    signal = graph.rectify(graph.convolve("conv2_3x3", signal, 192, 3))
    signal = _normalise(graph, "conv2_norm2", signal)
    signal = graph.pool("pool2_3x3_s2", signal, 3, 2, "up")
    for block, widths in BLOCKS.items():
        signal = _inception(graph, f"inception_{block}", signal, widths)
        if block in POOLED_AFTER:
            signal = graph.pool(POOLED_AFTER[block], signal, 3, 2, "up")
    graph.classify("loss3_classifier", signal, classes)
    return graph


def _normalise(graph: Graph, name: str, signal: str) -> str:
    return graph.normalise(name, signal, size=5, alpha=1e-4 / 5, beta=0.75, k=1.0)


def _inception(graph: Graph, name: str, signal: str, widths: tuple[int, ...]) -> str:
    one, narrow_three, three, narrow_five, five, pooled = widths
    branches = [graph.convolve(f"{name}_1x1", signal, one, 1)]
    for size, narrow, wide in ((3, narrow_three, three), (5, narrow_five, five)):
        reduced = graph.rectify(graph.convolve(f"{name}_{size}x{size}_reduce", signal, narrow, 1))
        branches.append(graph.convolve(f"{name}_{size}x{size}", reduced, wide, size))
    maxima = graph.pool(f"{name}_pool", signal, 3, 1, "half")
    branches.append(graph.convolve(f"{name}_pool_proj", maxima, pooled, 1))
    graph.join(name, branches)
    return graph.join(f"{name}_output", [graph.rectify(branch) for branch in branches])
