"""A CPPN's picture and gradient in two compiled loops: a block of pixels stays in the cache through all layers.

The loops share no intermediate values: the second one computes those of a block again, which costs less than fetching
115 MB from memory. On one core of a shared AMD EPYC, both loops take 66 ms for 8 layers of 24 at 224 pixels; torch's
products of the same small matrices take 195 ms.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped, unused-ignore]  # it has no types
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from installation.atlas.compiling import compiled
from installation.picture.decoding.numba_emitter import FAST, INDEX, LANES, ROWS, VECTOR, Emitter

Floats = NDArray[np.float32]

VECTORS: Final = 3
TILE_PX: Final = LANES * VECTORS
BLOCK_PX: Final = 8 * TILE_PX
"""Pixels of a block, which go through all layers and back together: 0.6 MB for 8 layers of 24.

96 pixels took 1.2 times as long; larger blocks gained little.
"""

COLUMNS: Final = 2
"""Inputs in a tile of a weight's gradient; with ROWS units they give eight sums, which stay in registers."""


def _tile(activated: bool) -> Any:
    """An intrinsic that computes ROWS units of a layer at TILE_PX pixels.

    From `start`, `weights` holds ROWS biases, then ROWS weights for each of `fan_in` inputs. The inputs lie `stride`
    apart in `memory` from `signal`. The results lie likewise from `target`: the angles, their squares at an offset of
    `squares`, and the angles' slopes at twice that offset. Without `activated`, the results are plain sums.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        weights, memory = (
            context.make_array(signature.args[place])(context, builder, arguments[place]).data for place in (0, 3)
        )
        _, start, fan_in, _, signal, target, stride, squares = arguments
        emitter = Emitter(builder, VECTORS)
        totals = emitter.totals(emitter.at(weights, start), fan_in, emitter.at(memory, signal), stride)
        for number, total in enumerate(totals):
            row, vector = divmod(number, VECTORS)
            place = emitter.at(memory, target, builder.mul(INDEX(row), stride), LANES * vector)
            if not activated:
                emitter.store(total, place)
                continue
            angle, cosine = emitter.angle(total)
            emitter.store(angle, place)
            place = emitter.at(place, squares)
            emitter.store(builder.fmul(angle, angle, flags=FAST), place)
            emitter.store(builder.fmul(cosine, cosine, flags=FAST), emitter.at(place, squares))
        return context.get_dummy_value()

    # The arguments have numba's types, which Python cannot express; `emit` uses those without a name here.
    def typed(_context, weights, _a, _b, memory, _c, _d, _e, _f):  # type: ignore[no-untyped-def]
        whole = types.int64
        return types.void(weights, whole, whole, memory, whole, whole, whole, whole), emit

    return intrinsic(typed)


def _products() -> Any:
    """An intrinsic that adds ROWS times COLUMNS sums of products over `count` pixels to `out`.

    The rows lie `stride` apart in `memory`: the first factors from `one`, the second ones from `other`. The sums lie in
    `out` from `place`, their rows `width` apart.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        memory, out = (
            context.make_array(signature.args[place])(context, builder, arguments[place]).data for place in (0, 5)
        )
        _, one, other, stride, count, _, place, width = arguments
        emitter = Emitter(builder, 1)
        single = ir.FloatType()
        reduced = builder.module.declare_intrinsic(
            f"llvm.vector.reduce.fadd.v{LANES}f32", (), ir.FunctionType(single, [single, VECTOR])
        )
        firsts = [emitter.at(memory, one, builder.mul(INDEX(row), stride)) for row in range(ROWS)]
        seconds = [emitter.at(memory, other, builder.mul(INDEX(column), stride)) for column in range(COLUMNS)]
        before, loop, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
        builder.branch(loop)
        builder.position_at_end(loop)
        pixel = builder.phi(INDEX)
        pixel.add_incoming(INDEX(0), before)
        sums = [builder.phi(VECTOR) for _ in range(ROWS * COLUMNS)]
        left, right = ([emitter.load(emitter.at(pointer, pixel)) for pointer in side] for side in (firsts, seconds))
        sums_after = [
            emitter.product_and_sum(left[number // COLUMNS], right[number % COLUMNS], total)
            for number, total in enumerate(sums)
        ]
        following = builder.add(pixel, INDEX(LANES))
        pixel.add_incoming(following, loop)
        for total, more in zip(sums, sums_after, strict=True):
            total.add_incoming(ir.Constant(VECTOR, [0.0] * LANES), before)
            total.add_incoming(more, loop)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
        builder.position_at_end(after)
        for number, total in enumerate(sums_after):
            pointer = emitter.at(out, place, builder.mul(INDEX(number // COLUMNS), width), number % COLUMNS)
            found = builder.call(reduced, [ir.Constant(single, 0.0), total], fastmath=FAST)
            builder.store(builder.fadd(builder.load(pointer), found, flags=FAST), pointer)
        return context.get_dummy_value()

    def typed(_context, memory, _a, _b, _c, _d, out, _e, _f):  # type: ignore[no-untyped-def]
        whole = types.int64
        return types.void(memory, whole, whole, whole, whole, out, whole, whole), emit

    return intrinsic(typed)


_hidden_tile, _plain_tile, _products_tile = _tile(activated=True), _tile(activated=False), _products()
_compiled = compiled(fastmath=True)


@_compiled
def _down(points: Floats, begin: int, weights: Floats, memory: Floats, units: int, depth: int, block_px: int) -> None:
    """Compute a block through all layers. `memory` receives two rows of coordinates, then every layer's angles, squares
    and slopes, then the logits; the last pixel pads the block."""
    last = points.shape[1] - 1
    for i in range(block_px):
        pixel = min(begin + i, last)
        memory[i] = points[0, pixel]
        memory[block_px + i] = points[1, pixel]
    at, fan_in, signal, target = 0, 2, 0, 2 * block_px
    for _ in range(depth):
        for group in range(units // ROWS):
            into = target + group * ROWS * block_px
            for tile in range(0, block_px, TILE_PX):
                _hidden_tile(weights, at, fan_in, memory, signal + tile, into + tile, block_px, units * block_px)
            at += ROWS * (1 + fan_in)
        signal, target, fan_in = target, target + 3 * units * block_px, 2 * units
    for tile in range(0, block_px, TILE_PX):
        _plain_tile(weights, at, fan_in, memory, signal + tile, target + tile, block_px, 0)


@_compiled
def draw(points: Floats, weights: Floats, logits: Floats, units: int, depth: int, block_px: int) -> None:
    """Write the logits (3, N) at `points` (2, N); `weights` are in `_tile`'s order, layer after layer."""
    end = (2 + 3 * units * depth) * block_px
    memory = np.empty(end + ROWS * block_px, np.float32)
    for begin in range(0, points.shape[1], block_px):
        _down(points, begin, weights, memory, units, depth, block_px)
        count = min(block_px, points.shape[1] - begin)
        for colour in range(3):
            row = end + colour * block_px
            logits[colour, begin : begin + count] = memory[row : row + count]


@_compiled
def _add(
    memory: Floats,
    slope: int,
    signal: int,
    rows: int,
    fan_in: int,
    on_weights: Floats,
    weight: int,
    on_biases: Floats,
    bias: int,
    block_px: int,
) -> None:
    """Add a layer's part of the gradient: its `rows` slopes times its signals, and the slopes' sums."""
    for row in range(0, rows, ROWS):
        one = slope + row * block_px
        for column in range(0, fan_in, COLUMNS):
            other, place = signal + column * block_px, weight + row * fan_in + column
            _products_tile(memory, one, other, block_px, block_px, on_weights, place, fan_in)
    for row in range(rows):
        on_biases[bias + row] += memory[slope + row * block_px : slope + (row + 1) * block_px].sum()


@_compiled
def _up(
    memory: Floats,
    turned: Floats,
    back: int,
    rows: int,
    slope: int,
    signal: int,
    onto: int,
    units: int,
    block_px: int,
) -> None:
    """Compute the gradient of a layer's inputs from that of its `rows`; it overwrites the inputs' slopes."""
    half = units * block_px
    for group in range(2 * units // ROWS):
        at, into = back + group * ROWS * (1 + rows), onto + group * ROWS * block_px
        for tile in range(0, block_px, TILE_PX):
            _plain_tile(turned, at, rows, memory, slope + tile, into + tile, block_px, 0)
    angles, slopes = memory[signal : signal + half], memory[signal + 2 * half : signal + 3 * half]
    for i in range(half):
        slopes[i] *= memory[onto + i] + np.float32(2) * angles[i] * memory[onto + half + i]


@_compiled
def trace_back(
    points: Floats,
    weights: Floats,
    turned: Floats,
    wanted: Floats,
    on_weights: Floats,
    on_biases: Floats,
    units: int,
    depth: int,
    block_px: int,
) -> None:
    """Add the gradient of weights and biases for a gradient `wanted` (3, N) of the logits. Both are flat, with each
    layer's units padded to ROWS; `turned` are the transposed weights of every layer except the first."""
    end = (2 + 3 * units * depth) * block_px
    onto, half = end + ROWS * block_px, units * block_px
    memory = np.empty(onto + 2 * half, np.float32)
    for begin in range(0, points.shape[1], block_px):
        _down(points, begin, weights, memory, units, depth, block_px)
        count = min(block_px, points.shape[1] - begin)
        memory[end:onto] = np.float32(0)
        for colour in range(3):
            row = end + colour * block_px
            memory[row : row + count] = wanted[colour, begin : begin + count]
        slope, rows, weight, bias, back = end, ROWS, len(on_weights), len(on_biases), len(turned)
        for layer in range(depth, -1, -1):
            fan_in, signal = (2 * units, (2 + 3 * units * (layer - 1)) * block_px) if layer else (2, 0)
            weight -= rows * fan_in
            bias -= rows
            _add(memory, slope, signal, rows, fan_in, on_weights, weight, on_biases, bias, block_px)
            if layer:
                back -= 2 * units * (1 + rows)
                _up(memory, turned, back, rows, slope, signal, onto, units, block_px)
                slope, rows = signal + 2 * half, units
