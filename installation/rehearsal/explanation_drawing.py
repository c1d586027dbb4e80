"""Draws the explanation of a picture over it: a panel with the neuron, the stack of layers, and the family's tree."""

from __future__ import annotations

from PIL import Image, ImageDraw

from installation.rehearsal.drawings import INK, NEXT, NOW, SOFT, VEIL, blank, font, text_within
from installation.rehearsal.explanation import Explanation

PANEL_PX = 460, 330
LEAST_PX = 240, 170
"""A smaller output has no room for an explanation."""

EDGE_PX, LAYERS_TOP, TREE_TOP, BELOW_PX = 16, 100, 168, 28
STEP_PX, DOT_PX = 40.0, 4
MOST_NAMES = 3
BLOCK = (74, 79, 87, 255)


def explanation(found: Explanation, room: tuple[int, int]) -> Image.Image | None:
    """The panel for an output whose place has `room` (width, height); None if that is too small."""
    width, height = (min(wanted, have - EDGE_PX) for wanted, have in zip(PANEL_PX, room, strict=True))
    if width < LEAST_PX[0] or height < LEAST_PX[1]:
        return None
    depth = max(node.depth for node in found.tree)
    step = min(STEP_PX, (height - TREE_TOP - BELOW_PX) / max(depth, 1))
    image = blank(width, round(TREE_TOP + depth * step + BELOW_PX), VEIL)
    draw = ImageDraw.Draw(image)
    _words(draw, found, width)
    _layers(draw, found, width)
    _tree(draw, found, width, step)
    return image


def _words(draw: ImageDraw.ImageDraw, found: Explanation, width: int) -> None:
    """The names with their shares, and the first neuron's place in its network."""
    one, inside = found.neuron, width - 2 * EDGE_PX
    names = [f"{neuron.name.replace('_', ' ')} {share:.0%}" for neuron, share in found.shares[:MOST_NAMES]]
    several = len(found.shares) > 1
    text_within(draw, (EDGE_PX, 10), ", ".join(names) if several else one.name.replace("_", " "), inside, NOW, 24)
    text_within(
        draw, (EDGE_PX, 42), f"network {one.network}, layer {one.layer}, channel {one.channel}", inside, INK, 15
    )
    wants = f"trained to find: {one.label}" if one.label else "nobody named what it looks for"
    text_within(draw, (EDGE_PX, 63), wants, inside, SOFT, 15)


def _layers(draw: ImageDraw.ImageDraw, found: Explanation, width: int) -> None:
    """The layers of the network as a row of blocks from the picture's side to the classes, the neuron's own lit."""
    inside, count = width - 2 * EDGE_PX, len(found.layers)
    for number, layer in enumerate(found.layers):
        left = EDGE_PX + inside * number / count
        own = layer == found.neuron.layer
        right = max(left + 1, EDGE_PX + inside * (number + 1) / count - 2)
        draw.rectangle((left, LAYERS_TOP, right, LAYERS_TOP + 18), NOW if own else BLOCK)
    text_within(draw, (EDGE_PX, LAYERS_TOP + 22), f"from {found.layers[0]}", inside / 2 - 8, SOFT, 13)
    last = f"to {found.layers[-1]}"
    text_within(draw, (width - EDGE_PX - min(draw.textlength(last, font(13)), inside / 2 - 8), LAYERS_TOP + 22), last,
                inside / 2 - 8, SOFT, 13)  # fmt: skip


def _tree(draw: ImageDraw.ImageDraw, found: Explanation, width: int, step: float) -> None:
    """The family's tree, root at the top; neurons in the picture are large, those on their way from the root named."""
    shares = {neuron.address: share for neuron, share in found.shares}

    def place(index: int) -> tuple[float, float]:
        node = found.tree[index]
        return EDGE_PX + node.across * (width - 2 * EDGE_PX), TREE_TOP + node.depth * step

    on_way = set[int]()
    for index, node in enumerate(found.tree):
        number: int | None = index if node.neuron.address in shares else None
        while number is not None:
            on_way.add(number)
            number = found.tree[number].parent
    for index, node in enumerate(found.tree):
        if node.parent is not None:
            draw.line(
                (*place(node.parent), *place(index)), NOW if index in on_way else SOFT, 2 if index in on_way else 1
            )
    for index, node in enumerate(found.tree):
        x, y = place(index)
        share = shares.get(node.neuron.address, 0.0)
        radius = DOT_PX + 5 * share
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), NOW if share else NEXT if index in on_way else SOFT
        )
    for index in sorted(on_way):
        x, y = place(index)
        name = found.tree[index].neuron.name.replace("_", " ")
        length = min(draw.textlength(name, font(13)), width / 2)
        left = x + 12 if x + 12 + length < width - 4 else x - 12 - length
        text_within(draw, (left, y - 8), name, width / 2, INK, 13)
