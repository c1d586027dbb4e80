"""SqueezeNet 1.1 with folded batch norms, as it was trained on Places365."""

from __future__ import annotations

from installation.studio.networks.wirings.graph import PICTURE, Graph

SLOPE = 0.2291667
"""Negative slope of the LeakyReLU after every convolution of the Places365 SqueezeNet, the last one included."""

FIRES = {2: (16, 64), 3: (16, 64), 4: (32, 128), 5: (32, 128), 6: (48, 192), 7: (48, 192), 8: (64, 256), 9: (64, 256)}
"""Channels of the squeeze and of each of the two expansions."""


def squeezenet(classes: int) -> Graph:
    """`conv1`, `fire2` to `fire9` and `conv10` are values after their LeakyReLU: whole atlases were trained on them."""
    graph = Graph()
    linear = graph.convolve("conv1_pre_relu", PICTURE, 64, 3, 2, weight="conv1")
    signal = graph.rectify(linear, SLOPE, name="conv1")
    for number, (squeezed, expanded) in FIRES.items():
        fire = f"fire{number}"
        if number in (2, 4, 6):
            signal = graph.pool(f"pool{number}", signal, 3, 2, "none")
        narrow = graph.rectify(graph.convolve(f"{fire}.squeeze", signal, squeezed, 1), SLOPE)
        wide = [graph.convolve(f"{fire}.expand{kernel}x{kernel}", narrow, expanded, kernel) for kernel in (1, 3)]
        graph.join(f"{fire}_pre_relu", wide)
        signal = graph.join(fire, [graph.rectify(branch, SLOPE) for branch in wide])
    linear = graph.convolve("conv10_pre_relu", signal, classes, 1, weight="conv10")
    graph.label(linear, graph.rectify(linear, SLOPE, name="conv10"))
    return graph
