"""Google's own InceptionV1, the "5h" of DeepDream, Lucid and Distill: GoogLeNet as TensorFlow computes it."""

from __future__ import annotations

from installation.studio.networks.wirings.googlenet import BLOCKS as CAFFE_BLOCKS
from installation.studio.networks.wirings.graph import PICTURE, Graph

BLOCKS = CAFFE_BLOCKS | {"4a": (192, 96, 204, 16, 48, 64), "5a": (256, 160, 320, 48, 128, 128)}
"""Channels of 1x1, 3x3_bottleneck, 3x3, 5x5_bottleneck, 5x5 and pool_reduce."""

POOLED_AFTER = {"3b": "maxpool4", "4e": "maxpool10"}


def inception_v1(classes: int) -> Graph:
    """The graph's own names: `mixed4c_3x3_pre_relu` before its ReLU, `mixed4c_3x3` and the joined `mixed4c` after."""
    graph = Graph()
    signal = _convolve(graph, "conv2d0", PICTURE, 64, 7, 2)[1]
    signal = _normalise(graph, "localresponsenorm0", graph.pool("maxpool0", signal, 3, 2, "same"))
    signal = _convolve(graph, "conv2d1", signal, 64, 1)[1]
    signal = _convolve(graph, "conv2d2", signal, 192, 3)[1]
    signal = graph.pool("maxpool1", _normalise(graph, "localresponsenorm1", signal), 3, 2, "same")
    for block, widths in BLOCKS.items():
        signal = _mixed(graph, f"mixed{block}", signal, widths)
        if block in POOLED_AFTER:
            signal = graph.pool(POOLED_AFTER[block], signal, 3, 2, "same")
    graph.classify("softmax2_pre_activation", signal, classes, weight="softmax2")
    return graph


def _convolve(graph: Graph, name: str, source: str, width: int, kernel: int, stride: int = 1) -> tuple[str, str]:
    """A convolution's names, before and after its ReLU."""
    linear = graph.convolve(f"{name}_pre_relu", source, width, kernel, stride, "same", weight=name)
    return linear, graph.rectify(linear, name=name)


def _normalise(graph: Graph, name: str, signal: str) -> str:
    return graph.normalise(name, signal, size=11, alpha=1e-4, beta=0.5, k=2.0)


def _mixed(graph: Graph, name: str, signal: str, widths: tuple[int, ...]) -> str:
    one, narrow_three, three, narrow_five, five, pooled = widths
    branches = [_convolve(graph, f"{name}_1x1", signal, one, 1)]
    for size, narrow, wide in ((3, narrow_three, three), (5, narrow_five, five)):
        bottleneck = _convolve(graph, f"{name}_{size}x{size}_bottleneck", signal, narrow, 1)[1]
        branches.append(_convolve(graph, f"{name}_{size}x{size}", bottleneck, wide, size))
    maxima = graph.pool(f"{name}_pool", signal, 3, 1, "same")
    branches.append(_convolve(graph, f"{name}_pool_reduce", maxima, pooled, 1))
    graph.join(f"{name}_pre_relu", [before for before, _ in branches])
    return graph.join(name, [after for _, after in branches])
