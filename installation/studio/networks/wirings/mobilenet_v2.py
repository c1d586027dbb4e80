"""MobileNet V2 1.0 with folded batch norms, padded as TensorFlow pads."""

from __future__ import annotations

from installation.studio.networks.wirings.graph import PICTURE, Graph

BLOCKS = (
    (1, 16, 1),
    (6, 24, 2),
    (6, 24, 1),
    (6, 32, 2),
    (6, 32, 1),
    (6, 32, 1),
    (6, 64, 2),
    (6, 64, 1),
    (6, 64, 1),
    (6, 64, 1),
    (6, 96, 1),
    (6, 96, 1),
    (6, 96, 1),
    (6, 160, 2),
    (6, 160, 1),
    (6, 160, 1),
    (6, 320, 1),
)
"""Expansion, width and stride of every block."""

CEILING = 6.0


def mobilenet_v2(classes: int) -> Graph:
    """`block8.expand` is a good layer to visualise: ReLU6 has no gradient above six, and projections are mixtures.

    `block8` is the block's output without activation: its projection, plus its input if both have the same shape.
    """
    graph = Graph()
    signal = graph.rectify(graph.convolve("conv", PICTURE, 32, 3, 2, "same"), ceiling=CEILING)
    for number, (expansion, width, stride) in enumerate(BLOCKS):
        block, source = f"block{number}", signal
        expanded = expansion * graph.channels(source)
        if expansion > 1:
            signal = graph.rectify(graph.convolve(f"{block}.expand", signal, expanded, 1), ceiling=CEILING)
        deep = graph.convolve(f"{block}.depthwise", signal, expanded, 3, stride, "same", groups=expanded)
        signal = graph.convolve(f"{block}.project", graph.rectify(deep, ceiling=CEILING), width, 1)
        if stride == 1 and graph.channels(source) == width:
            signal = graph.sum(block, signal, source)
        else:
            signal = graph.join(block, [signal])
    signal = graph.rectify(graph.convolve("conv_1", signal, 1280, 1), ceiling=CEILING)
    graph.classify("logits", signal, classes)
    return graph
