"""One kernel for a whole CPPN: coordinates, all layers, activation and sigmoid, with all numbers kept on the core.

A program takes a tile of pixels through every CPPN of its picture. Products run on tensor cores in half precision with
single precision sums. Plain half precision is off by up to 6/255 over the shipped atlas, so weights and activations are
split in two halves, high and low, and three products are summed: 0.2/255. Units are padded to a size that tensor cores
accept, and the two activations of a unit are two products, so the kernel never joins or splits arrays. The first layer
uses single precision: it includes the view, and offsets from the centre need more than the 11 bits of half precision.

One launch draws CPPNs of one shape. Pictures with several shapes take several launches; each adds its logits to the
previous ones.

Importing this needs triton. With TRITON_INTERPRET=1 in the environment the kernel runs on the CPU, slowly, for tests.
"""

from dataclasses import dataclass
from typing import Any

import torch
import triton  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types
import triton.language as tl  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types
from torch import Tensor

from installation.atlas.activation import POLYNOMIAL
from installation.atlas.architecture import Architecture, Curve
from installation.atlas.cppn import unflatten
from installation.atlas.interpolate import OPAQUE_LOGIT
from installation.picture.card_pixels import CHANNELS

TILE_PX = 128
UNITS = 32
"""The least padded units of a layer; 64 or 128 if a layer has more."""

MAX_UNITS = 128

COLOURS = 16
"""Rows and columns of a product, padded: tensor cores take at least 16."""

TILE_COLUMNS = 11
"""The columns of a tile's row in the table: first net, nets, first place in the order or first pixel, pixels, the
picture's width and height, its first pixel in the output, and flags, 1 or 0: use the order, add to earlier logits,
write colours instead of logits, the picture has alpha. A tile without pixels draws nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class LaterLayers:
    """All layers but the first, of CPPNs of one shape, laid out for the kernel.

    With `layers` hidden layers and `powers` features a unit: `hidden` (nets, layers, powers, 2, units in, units out)
    float16, by feature (value, square) and half (high, low); `biases` (nets, layers, units) float32; `last` (nets,
    powers, 2, units in, COLOURS) float16 likewise; `last_bias` (nets, COLOURS) float32.
    """

    hidden: Tensor
    biases: Tensor
    last: Tensor
    last_bias: Tensor

    def __len__(self) -> int:
        return len(self.hidden)

    def followed_by(self, more: "LaterLayers") -> "LaterLayers":
        """These nets, followed by more."""
        pairs = ((self.hidden, more.hidden), (self.biases, more.biases), (self.last, more.last))
        return LaterLayers(*map(torch.cat, (*pairs, (self.last_bias, more.last_bias))))


def fits(architecture: Architecture) -> bool:
    """Whether the kernel can draw CPPNs of this shape."""
    return max(architecture.width, len(architecture.waves)) <= MAX_UNITS


def units_of(architecture: Architecture) -> int:
    """The padded units of a layer."""
    units = UNITS
    while units < max(architecture.width, len(architecture.waves)):
        units *= 2
    return units


def first_layers_of(weight: Tensor, bias: Tensor, architecture: Architecture) -> Tensor:
    """First layers (nets, units, 2) and (nets, units), with views folded in, laid out for the kernel: (nets, 3,
    UNITS)."""
    first = weight.new_zeros(len(weight), 3, units_of(architecture), dtype=torch.float32)
    first[:, :2, : weight.shape[1]] = weight.transpose(1, 2)
    first[:, 2, : weight.shape[1]] = bias
    return first


def later_layers_of(weights: Tensor, architecture: Architecture) -> LaterLayers:
    """The other layers of folded CPPNs (nets, size)."""
    nets, width, powers, units = len(weights), architecture.width, len(architecture.features), units_of(architecture)
    layers = unflatten(weights, architecture)
    *hidden, (last_weight, last_bias) = layers if architecture.waves else layers[1:]
    matrices = weights.new_zeros(nets, len(hidden), powers, units, units)
    biases = weights.new_zeros(nets, len(hidden), units)
    for number, (weight, bias) in enumerate(hidden):
        inputs = weight.shape[-1] if number == 0 and architecture.waves else width
        for power in range(weight.shape[-1] // inputs):
            part = weight[..., power * inputs : (power + 1) * inputs].transpose(1, 2)
            matrices[:, number, power, :inputs, :width] = part
        biases[:, number, :width] = bias
    last = weights.new_zeros(nets, powers, units, COLOURS)
    for power in range(powers):
        part = last_weight[..., power * width : (power + 1) * width].transpose(1, 2)
        last[:, power, :width, : architecture.outputs] = part
    colours = weights.new_zeros(nets, COLOURS)
    colours[:, 3] = OPAQUE_LOGIT
    colours[:, : architecture.outputs] = last_bias
    return LaterLayers(_halves(matrices), biases, _halves(last), colours)


def _halves(matrices: Tensor) -> Tensor:
    """(..., in, out) float32 -> (..., 2, in, out) float16 whose sum is the same to 22 bits."""
    high = matrices.half()
    return torch.stack([high, (matrices - high.float()).half()], -3).contiguous()


# Triton parses the functions below and knows only its own types, so the annotations are strings.
@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _activated(total: "Any") -> "Any":
    """(atan, atan^2) of pre-activations; see atlas.activation for the polynomial."""
    cosine = tl.rsqrt(1.0 + total * total)
    factor = C6 * cosine + C5
    factor = factor * cosine + C4
    factor = factor * cosine + C3
    factor = factor * cosine + C2
    factor = factor * cosine + C1
    factor = factor * cosine + C0
    angle = total * cosine * factor
    return angle, angle * angle


C0, C1, C2, C3, C4, C5, C6 = (tl.constexpr(number) for number in POLYNOMIAL)


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _value(total: "Any", CURVE: tl.constexpr) -> "Any":  # noqa: N803  # triton's constants
    """A unit's activation, and its square, which only arctangents use."""
    if CURVE == 0:
        return _activated(total)
    if CURVE == 1:
        value = tl.maximum(total, 0.0)
    elif CURVE == 2:
        value = tl.abs(total)
    else:
        value = tl.sin(total)
    return value, value


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _product(signal: "Any", pointer: "Any", total: "Any", UNITS: tl.constexpr, OUT: tl.constexpr) -> "Any":  # noqa: N803  # triton's constants
    """total + signal (pixels, UNITS) times the matrix in two halves at `pointer`, each (UNITS, OUT)."""
    place = tl.arange(0, UNITS)[:, None] * OUT + tl.arange(0, OUT)[None, :]
    high = tl.load(pointer + place)
    low = tl.load(pointer + UNITS * OUT + place)
    signal_high = signal.to(tl.float16)
    signal_low = (signal - signal_high.to(tl.float32)).to(tl.float16)
    total = tl.dot(signal_high, low, total)
    total = tl.dot(signal_low, high, total)
    return tl.dot(signal_high, high, total)


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]  # it has no types
def _decode(
    tiles: "Any",
    order: "Any",
    points: "Any",
    rows: "Any",
    shares: "Any",
    first: "Any",
    hidden: "Any",
    biases: "Any",
    last: "Any",
    last_bias: "Any",
    logits_of: "Any",
    out: "Any",
    HIDDEN: tl.constexpr,  # noqa: N803  # triton's constants
    POWERS: tl.constexpr,  # noqa: N803  # triton's constants
    FIRST: tl.constexpr,  # noqa: N803  # triton's constants
    CURVE: tl.constexpr,  # noqa: N803  # triton's constants
    TILE: tl.constexpr,  # noqa: N803  # triton's constants
    UNITS: tl.constexpr,  # noqa: N803  # triton's constants
    COLOURS: tl.constexpr,  # noqa: N803  # triton's constants
    COLUMNS: tl.constexpr,  # noqa: N803  # triton's constants
    CHANNELS: tl.constexpr,  # noqa: N803  # triton's constants
) -> None:
    row = tiles + tl.program_id(0).to(tl.int64) * COLUMNS
    net, nets = tl.load(row), tl.load(row + 1)
    start, count = tl.load(row + 2), tl.load(row + 3)
    width, height = tl.load(row + 4), tl.load(row + 5)
    origin, ordered = tl.load(row + 6), tl.load(row + 7)
    begun, ends, alpha = tl.load(row + 8), tl.load(row + 9), tl.load(row + 10)
    lane = tl.arange(0, TILE)
    inside = lane < count
    gathered = lane < count * ordered
    pixel = tl.where(gathered, tl.load(order + start + lane, mask=gathered, other=0), start + lane)
    point = points + 3 * (start + lane)
    # 32 bits are enough for the pixels of any picture: cards need dozens of instructions to divide 64 bits.
    narrow, row_px = pixel.to(tl.int32), width.to(tl.int32)
    across = ((narrow % row_px).to(tl.float32) + 0.5) / row_px.to(tl.float32) - 0.5
    down = ((narrow // row_px).to(tl.float32) + 0.5) / height.to(tl.float32) - 0.5
    across = tl.where(gathered, tl.load(point, mask=gathered, other=0.0), across)
    down = tl.where(gathered, tl.load(point + 1, mask=gathered, other=0.0), down)
    light = tl.load(point + 2, mask=gathered, other=1.0)
    unit, colour = tl.arange(0, UNITS), tl.arange(0, COLOURS)
    place = (origin + pixel)[:, None] * CHANNELS + colour[None, :]
    logits = tl.load(logits_of + place, mask=inside[:, None] & (colour < CHANNELS * begun)[None, :], other=0.0)
    for number in range(net, net + nets):
        weights = first + number * (3 * UNITS) + unit
        total = across[:, None] * tl.load(weights)[None, :] + down[:, None] * tl.load(weights + UNITS)[None, :]
        value, square = _value(total + tl.load(weights + 2 * UNITS)[None, :], FIRST)
        other = tl.load(rows + number)
        for layer in range(HIDDEN):
            index = other * HIDDEN + layer
            matrix = hidden + index * (2 * POWERS * UNITS * UNITS)
            total = tl.zeros((TILE, UNITS), tl.float32) + tl.load(biases + index * UNITS + unit)[None, :]
            total = _product(value, matrix, total, UNITS, UNITS)
            if POWERS == 2:
                total = _product(square, matrix + 2 * UNITS * UNITS, total, UNITS, UNITS)
            value, square = _value(total, CURVE)
        matrix = last + other * (2 * POWERS * UNITS * COLOURS)
        shown = tl.zeros((TILE, COLOURS), tl.float32) + tl.load(last_bias + other * COLOURS + colour)[None, :]
        shown = _product(value, matrix, shown, UNITS, COLOURS)
        if POWERS == 2:
            shown = _product(square, matrix + 2 * UNITS * COLOURS, shown, UNITS, COLOURS)
        logits += tl.load(shares + number) * shown
    tl.store(logits_of + place, logits, mask=inside[:, None] & (colour < CHANNELS * (1 - ends))[None, :])
    seen = tl.where((colour >= 3 * alpha)[None, :], light[:, None], 1.0)
    display = seen / (1.0 + tl.exp(-logits))
    tl.store(out + place, display.to(tl.float16), mask=inside[:, None] & (colour < CHANNELS * ends)[None, :])


CURVES: tuple[Curve, ...] = ("atan", "relu", "abs", "sine")
"""The curves in the order of the kernel's numbers."""


def launch(
    architecture: Architecture,
    tiles: Tensor,
    order: Tensor,
    points: Tensor,
    first: Tensor,
    rows: Tensor,
    shares: Tensor,
    others: LaterLayers,
    logits: Tensor,
    out: Tensor,
) -> None:
    """Draw `tiles` (tiles, TILE_COLUMNS) int64 of CPPNs of one shape into `out`, float16, CHANNELS a pixel, flat over
    all pictures, or into `logits`, float32 likewise, which may be empty if no tile reads or writes it.

    For tiles of pixels that are not in row order, `order` (count,) int64 has the pixels' numbers, and `points` (count,
    3) float32 their offsets across and down and their light, 0..1. Net i has the first layer `first[i]`, the other
    layers `rows[i]` (int64) of `others`, and the share `shares[i]`.
    """
    curve = CURVES.index(architecture.curve)
    _decode[(len(tiles),)](
        *(tiles, order, points, rows, shares, first),
        *(others.hidden, others.biases, others.last, others.last_bias, logits, out),
        HIDDEN=others.hidden.shape[1],
        POWERS=len(architecture.features),
        FIRST=CURVES.index("sine") if architecture.waves else curve,
        CURVE=curve,
        TILE=TILE_PX,
        UNITS=units_of(architecture),
        COLOURS=COLOURS,
        COLUMNS=TILE_COLUMNS,
        CHANNELS=CHANNELS,
        enable_fp_fusion=True,
    )
