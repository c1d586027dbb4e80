"""A whole CPPN in one compiled loop: a few dozen pixels pass through all layers in registers and the first-level cache.

Torch calls a matrix product and an activation for every layer, which is efficient for large pictures only. Here a tile
of 24 pixels and four units lies in twelve vector registers; it computes products, arctangent and square before it
stores anything. numba alone does not use registers so (twice the time), so the tile is written in LLVM IR. On one core
of a shared AMD EPYC a pixel takes 260 ns for 8 layers of 24, and 430 ns in torch; a cell of a plate costs little more
than its pixels. A pixel's result depends only on its place, so pieces of any size give the same picture.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from installation.atlas.architecture import Curve
from installation.atlas.compiling import compiled
from installation.atlas.cppn import HALF_RANGE
from installation.atlas.interpolate import OPAQUE_LOGIT
from installation.picture.decoding.numba_emitter import FAST, INDEX, LANES, ROWS, Emitter

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]
Integers = NDArray[np.int64]
Doubles = NDArray[np.float64]

VECTORS: Final = 3
"""ROWS x 3 vectors of 8 fill twelve of AVX2's sixteen registers; 2 and 4 vectors a row took 1.2 and 1.8 times as
long."""

TILE_PX: Final = LANES * VECTORS
END_VECTORS: Final = 2
END_PX: Final = LANES * END_VECTORS
"""A block ends with a tile of this many pixels if they are enough: a cell of 225 pixels would otherwise waste 15."""

BLOCK_PX: Final = 4 * TILE_PX
"""How many pixels pass through a layer before the next layer's weights are read."""


def _tile(curve: Curve | None, vectors: int) -> Any:
    """An intrinsic for compiled code: ROWS units of a layer at LANES * `vectors` pixels.

    `weights`, read as a flat array from `start` on, are ROWS biases, then ROWS weights for each of `fan_in` inputs.
    Inputs lie `stride` apart in `memory` from `signal` on; results lie likewise from `target` on: the sums, or with a
    `curve` the activations. For arctangents their squares follow `squares` further on. The arguments are whole arrays
    and positions, because a slice costs as much as half a tile.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        weights, memory = (
            context.make_array(signature.args[place])(context, builder, arguments[place]).data for place in (0, 3)
        )
        _, start, fan_in, _, signal, target, stride, squares = arguments
        emitter = Emitter(builder, vectors)
        totals = emitter.totals(emitter.at(weights, start), fan_in, emitter.at(memory, signal), stride)
        for number, total in enumerate(totals):
            row, vector = divmod(number, vectors)
            place = emitter.at(memory, target, builder.mul(INDEX(row), stride), LANES * vector)
            value = emitter.activated(curve, total) if curve else total
            emitter.store(value, place)
            if curve == "atan":
                emitter.store(builder.fmul(value, value, flags=FAST), emitter.at(place, squares))
        return context.get_dummy_value()

    # numba knows only its own types, and passes all arguments to the emitter.
    def typed(_context, weights, _a, _b, memory, _c, _d, _e, _f):  # type: ignore[no-untyped-def]
        whole = types.int64
        return types.void(weights, whole, whole, memory, whole, whole, whole, whole), emit

    return intrinsic(typed)


_atan_tile, _atan_end, _plain_tile = _tile("atan", VECTORS), _tile("atan", END_VECTORS), _tile(None, VECTORS)
_relu_tile, _abs_tile, _sine_tile = (_tile(curve, VECTORS) for curve in ("relu", "abs", "sine"))

ATAN, RELU, ABS, SINE = range(4)
CURVE_NUMBERS: Final[dict[Curve, int]] = {"atan": ATAN, "relu": RELU, "abs": ABS, "sine": SINE}


ROUND: Final = 2 * math.pi

_compiled = compiled(fastmath=True)


@_compiled
def _seen_through(weights: Floats, waves: bool, linear: Doubles, centre: Doubles, seen: Floats) -> None:
    """A first layer seen through one map, as in projection.seen_layers, laid out like `weights`."""
    for group in range(0, len(weights), 3 * ROWS):
        for bias in range(group, group + ROWS):
            x, y = HALF_RANGE * np.float64(weights[bias + ROWS]), HALF_RANGE * np.float64(weights[bias + 2 * ROWS])
            shift = weights[bias] + x * centre[0] + y * centre[1]
            seen[bias] = shift - ROUND * np.rint(shift / ROUND) if waves else shift
            seen[bias + ROWS] = x * linear[0, 0] + y * linear[1, 0]
            seen[bias + 2 * ROWS] = x * linear[0, 1] + y * linear[1, 1]


@_compiled
def _layer(
    weights: Floats,
    start: int,
    groups: int,
    fan_in: int,
    curve: int,
    memory: Floats,
    signal: int,
    target: int,
    count: int,
    stride: int,
) -> None:
    """Compute `groups` times ROWS units at `count` pixels."""
    end = (count + TILE_PX - 1 - END_PX) // TILE_PX * TILE_PX
    for group in range(groups):
        at, into = start + group * ROWS * (1 + fan_in), target + group * ROWS * stride
        squares = groups * ROWS * stride
        if curve == ATAN:
            for first in range(0, end, TILE_PX):
                _atan_tile(weights, at, fan_in, memory, signal + first, into + first, stride, squares)
            if end < count:
                _atan_end(weights, at, fan_in, memory, signal + end, into + end, stride, squares)
        elif curve == SINE:
            for first in range(0, count, TILE_PX):
                _sine_tile(weights, at, fan_in, memory, signal + first, into + first, stride, squares)
        elif curve == RELU:
            for first in range(0, count, TILE_PX):
                _relu_tile(weights, at, fan_in, memory, signal + first, into + first, stride, squares)
        else:
            for first in range(0, count, TILE_PX):
                _abs_tile(weights, at, fan_in, memory, signal + first, into + first, stride, squares)


_LOG2_E = np.float32(1.44269504)
_LIMIT = np.float32(40.0)
"""The limit of the exponent of 2: at logits beyond +-28 the colour is black or white in single precision."""

_P1, _P2, _P3, _P4, _P5 = (np.float32(0.693147181**n / math.factorial(n)) for n in range(1, 6))
_ONE, _HALF = np.float32(1), np.float32(0.5)
_OPAQUE = np.float32(OPAQUE_LOGIT)


@_compiled
def _sigmoid(values: Floats, powers: Numbers) -> None:
    """The sigmoid, in place; 2^x is a polynomial of x minus the nearest whole number, which becomes the exponent.

    Two loops, because the compiler vectorises them; a call of exp for every value took 30 ns a pixel.
    """
    for i in range(len(values)):
        whole = np.floor(min(max(-values[i] * _LOG2_E, -_LIMIT), _LIMIT) + _HALF)
        powers[i] = (np.int32(whole) + np.int32(127)) << np.int32(23)
    scales = powers.view(np.float32)
    for i in range(len(values)):
        power = min(max(-values[i] * _LOG2_E, -_LIMIT), _LIMIT)
        part = power - np.floor(power + _HALF)
        factor = _P5 * part + _P4
        factor = factor * part + _P3
        factor = factor * part + _P2
        factor = factor * part + _P1
        factor = factor * part + _ONE
        values[i] = _ONE / (_ONE + factor * scales[i])


@_compiled
def _offsets(
    pixels: Integers,
    count: int,
    order: Numbers,
    begin: int,
    across: Floats,
    down: Floats,
    row_px: int,
    memory: Floats,
    block_px: int,
) -> None:
    """List a block's pixels, and write their offsets as the first layer's inputs; the last pixel pads its tile."""
    for i in range((count + TILE_PX - 1) // TILE_PX * TILE_PX):
        place = begin + min(i, count - 1)
        pixel = order[place] if len(order) else place
        pixels[i] = pixel
        memory[i] = across[pixel % len(across)]
        memory[block_px + i] = down[pixel // row_px]


@_compiled
def _show(picture: Floats, pixels: Integers, count: int, total: Floats, light: Floats) -> None:
    """Copy a block's values into the picture; partly visible pixels become darker, or with alpha less opaque."""
    outputs = picture.shape[1]
    block_px = len(total) // outputs
    for i in range(count):
        shown = light[pixels[i]] if len(light) else _ONE
        for output in range(outputs):
            seen = shown if outputs == 3 or output == 3 else _ONE
            picture[pixels[i], output] = seen * total[output * block_px + i]


@_compiled
def _begin(total: Floats, picture: Floats, pixels: Integers, count: int, begins: bool, block_px: int) -> None:
    """The initial logits of a block of pixels."""
    total[:] = np.float32(0)
    if not begins:
        for i in range(count):
            for output in range(picture.shape[1]):
                total[output * block_px + i] = picture[pixels[i], output]


@_compiled
def _later_layers(
    weights: Floats,
    units: int,
    hidden: int,
    curve: int,
    powers_of: int,
    fan_in: int,
    memory: Floats,
    features: int,
    count: int,
    block_px: int,
) -> None:
    """Compute logits, at twice `features` in the memory, from the first layer's signal of `fan_in` inputs at
    `features`."""
    at, signal = 0, features
    for _ in range(hidden):
        _layer(weights, at, units // ROWS, fan_in, curve, memory, signal, features - signal, count, block_px)
        at += units * (1 + fan_in)
        fan_in = powers_of * units
        signal = features - signal
    for tile in range(0, count, TILE_PX):
        _plain_tile(weights, at, fan_in, memory, signal + tile, 2 * features + tile, block_px, 0)


@_compiled
def draw_runs(
    picture: Floats,
    order: Numbers,
    runs: Numbers,
    first: Floats,
    rest: Floats,
    rows: Numbers,
    linear: Doubles,
    centres: Doubles,
    shares: Floats,
    light: Floats,
    across: Floats,
    down: Floats,
    row_px: int,
    units: int,
    depth: int,
    curve: int,
    waves: bool,
    own_outputs: int,
    begins: bool,
    ends: bool,
    block_px: int,
) -> None:
    """Draw runs of pixels, each with its own CPPNs, into `picture` (pixels, outputs): display-encoded RGB and alpha.

    Run r has the pixels order[begin:end] with begin, end = runs[r], or begin to end - 1 if `order` is empty. `light`
    (pixels,) is the visible share of each pixel, or empty for 1. `across` and `down` are the offsets of the picture's
    columns and rows from its centre, with `row_px` pixels in a row; or, with `row_px` 1, the offsets of every pixel.

    The nets of run r have the numbers rows[r * nets:(r + 1) * nets] and are seen through the map with the linear part
    `linear` (2, 2) and centres[r], see projection.py. `first` has the first layers of all nets and `rest` the others,
    both laid out for the tiles, and `shares` (nets,) the weight of each net in the logits. All have `depth` hidden
    layers of `units` with one `curve`, and with `waves` a layer of sines before these. They draw `own_outputs` of the
    picture's outputs.

    With `begins` logits start at zero; otherwise they are added to the logits in `picture`. With `ends` the result is
    colours; otherwise logits for the next nets. `block_px` is BLOCK_PX, as an argument: with a constant the compiler
    unrolls the innermost loop, runs out of registers, and the kernel takes 1.5 times as long.
    """
    nets, outputs = len(shares), picture.shape[1]
    inputs = first.shape[1] // 3
    powers_of = 2 if curve == ATAN else 1
    hidden = depth if waves else depth - 1
    features = max(powers_of * units, inputs) * block_px
    # The memory has the signals of two layers in turn, from 0 and from `features` on, then the logits; the second
    # layer's signal overwrites the offsets.
    memory = np.empty(2 * features + ROWS * block_px, np.float32)
    total, powers = np.empty(outputs * block_px, np.float32), np.empty(outputs * block_px, np.int32)
    pixels = np.zeros(block_px, np.int64)
    seen = np.empty((nets, first.shape[1]), np.float32)
    for run in range(len(runs)):
        for net in range(nets):
            _seen_through(first[rows[run * nets + net]], waves, linear, centres[run], seen[net])
        for begin in range(runs[run, 0], runs[run, 1], block_px):
            count = min(block_px, runs[run, 1] - begin)
            for net in range(nets):
                _offsets(pixels, count, order, begin, across, down, row_px, memory, block_px)
                if net == 0:
                    _begin(total, picture, pixels, count, begins, block_px)
                _layer(seen[net], 0, inputs // ROWS, 2, SINE if waves else curve, memory, 0, features, count, block_px)
                fan_in = inputs if waves else powers_of * inputs
                others = rest[rows[run * nets + net]]
                _later_layers(others, units, hidden, curve, powers_of, fan_in, memory, features, count, block_px)
                for i in range(own_outputs * block_px):
                    total[i] += shares[net] * memory[2 * features + i]
                for i in range(own_outputs * block_px, outputs * block_px):
                    total[i] += shares[net] * _OPAQUE
            if ends:
                _sigmoid(total, powers)
                _show(picture, pixels, count, total, light)
            else:
                _show(picture, pixels, count, total, light[:0])
