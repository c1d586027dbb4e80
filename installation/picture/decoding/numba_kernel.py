"""A whole CPPN in one compiled loop: a few dozen pixels go through all layers in registers and the nearest cache.

Torch calls a matrix product and an activation for every layer, which pays for large pictures only. Here a tile of 24
pixels and four units lies in twelve vector registers; products, arctangent and square are done before anything is
stored. numba finds no such registers by itself (twice the time), so the tile is written in LLVM's own words.
One core of a shared AMD EPYC: 260 ns a pixel for 8 layers of 24, where torch takes 430, and a cell of a plate costs
its pixels and little else. A pixel's numbers depend on nothing but its place: any cut into pieces gives the same.
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
"""ROWS x 3 vectors of 8 fill twelve of the sixteen registers of AVX2; 2 and 4 vectors a row took 1.2 and 1.8 times."""

TILE_PX: Final = LANES * VECTORS
END_VECTORS: Final = 2
END_PX: Final = LANES * END_VECTORS
"""A block ends with so few where they are enough: of the 225 pixels of a cell 15 would else be drawn for nothing."""

BLOCK_PX: Final = 4 * TILE_PX
"""Pixels that go through a layer before the next layer's weights are read."""


def _tile(curve: Curve | None, vectors: int) -> Any:
    """A function for compiled code: ROWS units of a layer at LANES * `vectors` pixels.

    `weights` from `start` on, counted as if they were flat, are ROWS biases, then ROWS weights for each of `fan_in`
    inputs. Inputs lie `stride` apart in `memory` from `signal` on; results lie likewise from `target` on: what `curve`
    makes of the sums and, of arctangents, `squares` further on, their squares; plain sums without a curve. The arrays
    are given uncut, with where to look in them: to cut an array costs as much as half a tile.
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

    # numba knows no type but its own, and the emitter takes what is not named here.
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
    """A first layer as projection.seen_layers has it, through one map, laid out like `weights`."""
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
    """`groups` times ROWS units at `count` pixels."""
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
"""Beyond logits of +-28 the colour is black or white to single precision."""

_P1, _P2, _P3, _P4, _P5 = (np.float32(0.693147181**n / math.factorial(n)) for n in range(1, 6))
_ONE, _HALF = np.float32(1), np.float32(0.5)
_OPAQUE = np.float32(OPAQUE_LOGIT)


@_compiled
def _sigmoid(values: Floats, powers: Numbers) -> None:
    """In place; 2^x is a polynomial of what is left beside the nearest whole number, which becomes an exponent.

    Two loops, because the compiler finds vectors in these; a call of exp for every value took 30 ns a pixel.
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
    """Which pixels a block has, and their offsets as the first layer's inputs; a tile's last pixel fills it up."""
    for i in range((count + TILE_PX - 1) // TILE_PX * TILE_PX):
        place = begin + min(i, count - 1)
        pixel = order[place] if len(order) else place
        pixels[i] = pixel
        memory[i] = across[pixel % len(across)]
        memory[block_px + i] = down[pixel // row_px]


@_compiled
def _show(picture: Floats, pixels: Integers, count: int, total: Floats, light: Floats) -> None:
    """Put what was drawn where it belongs; what is not seen wholly is darker, or with alpha less opaque."""
    outputs = picture.shape[1]
    block_px = len(total) // outputs
    for i in range(count):
        shown = light[pixels[i]] if len(light) else _ONE
        for output in range(outputs):
            seen = shown if outputs == 3 or output == 3 else _ONE
            picture[pixels[i], output] = seen * total[output * block_px + i]


@_compiled
def _begin(total: Floats, picture: Floats, pixels: Integers, count: int, begins: bool, block_px: int) -> None:
    """The logits that a block of pixels begins with."""
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
    """From the first layer's signal, of `fan_in` at `features` in the memory, to logits, at twice that."""
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
    """Draw runs of pixels, each with CPPNs of its own, into `picture` (pixels, outputs): display-encoded RGB and alpha.

    Run r has the pixels order[begin:end] with begin, end = runs[r], or begin to end - 1 where `order` is empty. `light`
    (pixels,) is what is seen of a pixel, or empty where that is all; `across` and `down` are the offsets of the
    picture's columns and rows from its centre, with `row_px` pixels in a row; or those of every pixel, with one.

    The nets of run r are those of rows[r * nets:(r + 1) * nets], seen through the map with the linear part `linear`
    (2, 2) and centres[r], see projection.py; `first` are the first layers of all nets and `rest` the others, both laid
    out for the tiles, and `shares` (nets,) is what each counts in the logits. All have `depth` hidden layers of `units`
    of one `curve`, and before these, with `waves`, a layer of sines. They draw `own_outputs` of the picture's.

    Logits are added to those that `picture` holds, unless it `begins` with these nets, and stay in it for further ones
    unless it `ends`. `block_px` is BLOCK_PX: a compiler that knows it unrolls the innermost loop, runs out of registers
    and takes 1.5 times as long.
    """
    nets, outputs = len(shares), picture.shape[1]
    inputs = first.shape[1] // 3
    powers_of = 2 if curve == ATAN else 1
    hidden = depth if waves else depth - 1
    features = max(powers_of * units, inputs) * block_px
    # From 0 and from `features` on the signals of two layers in turn, then the logits; offsets go where the second
    # layer's signal will be.
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
