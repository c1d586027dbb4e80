"""Compiled kernels' tiles of units and pixels, written in LLVM IR, because numba does not keep them in registers."""

from __future__ import annotations

import math
from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped, unused-ignore]  # it has no types

from installation.atlas.activation import POLYNOMIAL
from installation.atlas.architecture import Curve

LANES: Final = 8
ROWS: Final = 4
"""How many units a tile computes together."""

FAST = ("fast",)
INDEX = ir.IntType(64)
VECTOR = ir.VectorType(ir.FloatType(), LANES)


PI_HIGH, PI_LOW = 3.140625, math.pi - 3.140625
SINE: Final = tuple((-1) ** power / math.factorial(2 * power + 1) for power in range(6))


def _constant(number: float) -> Any:
    return ir.Constant(VECTOR, [number] * LANES)


class Emitter:
    """Writes the instructions of one tile; see numba_kernel and the studio's cppn_gradient_kernel."""

    def __init__(self, builder: Any, vectors: int) -> None:
        self.builder = builder
        self._vectors = vectors
        self._square_root, self._nearest, self._magnitude = (
            builder.module.declare_intrinsic(f"llvm.{name}.v{LANES}f32", (), ir.FunctionType(VECTOR, [VECTOR]))
            for name in ("sqrt", "rint", "fabs")
        )

    def at(self, pointer: Any, *offsets: Any) -> Any:
        for offset in offsets:
            pointer = self.builder.gep(pointer, [offset if isinstance(offset, ir.Value) else INDEX(offset)])
        return pointer

    def load(self, pointer: Any) -> Any:
        return self.builder.load(self.builder.bitcast(pointer, VECTOR.as_pointer()), align=4)

    def store(self, value: Any, pointer: Any) -> None:
        self.builder.store(value, self.builder.bitcast(pointer, VECTOR.as_pointer()), align=4)

    def everywhere(self, pointer: Any) -> Any:
        """One number in all lanes."""
        lane = ir.IntType(32)
        undefined = ir.Constant(VECTOR, ir.Undefined)
        first = self.builder.insert_element(undefined, self.builder.load(pointer), lane(0))
        return self.builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(lane, LANES), [0] * LANES))

    def product_and_sum(self, a: Any, b: Any, c: Any) -> Any:
        return self.builder.fadd(self.builder.fmul(a, b, flags=FAST), c, flags=FAST)

    def angle(self, total: Any) -> tuple[Any, Any]:
        """The arctangent and its cosine; see atlas.activation for the polynomial."""
        one, *coefficients = map(_constant, (1.0, *POLYNOMIAL))
        root = self.builder.call(self._square_root, [self.product_and_sum(total, total, one)])
        cosine = self.builder.fdiv(one, root, flags=FAST)
        factor = coefficients.pop()
        while coefficients:
            factor = self.product_and_sum(factor, cosine, coefficients.pop())
        return self.builder.fmul(self.builder.fmul(total, cosine, flags=FAST), factor, flags=FAST), cosine

    def activated(self, curve: Curve, total: Any) -> Any:
        """A unit's activation of its sum."""
        match curve:
            case "atan":
                return self.angle(total)[0]
            case "sine":
                return self.sine(total)
            case "abs":
                return self.builder.call(self._magnitude, [total])
            case "relu":
                nothing = _constant(0.0)
                return self.builder.select(self.builder.fcmp_ordered(">", total, nothing), total, nothing)

    def sine(self, total: Any) -> Any:
        """The sine as a polynomial of the distance from the nearest multiple of pi, off by 6e-8 at most."""
        builder = self.builder
        turns = builder.call(self._nearest, [builder.fmul(total, _constant(1 / math.pi))])
        # The order matters, so without FAST: pi is split in two parts, and the first part times `turns` is exact.
        left = builder.fsub(total, builder.fmul(turns, _constant(PI_HIGH)))
        left = builder.fsub(left, builder.fmul(turns, _constant(PI_LOW)))
        pairs = builder.call(self._nearest, [builder.fmul(turns, _constant(0.5))])
        odd = builder.fsub(turns, builder.fmul(pairs, _constant(2.0)))  # -1, 0 or 1
        sign = self.product_and_sum(builder.fmul(odd, odd), _constant(-2.0), _constant(1.0))
        square = builder.fmul(left, left, flags=FAST)
        factor = _constant(SINE[-1])
        for number in reversed(SINE[:-1]):
            factor = self.product_and_sum(factor, square, _constant(number))
        return builder.fmul(builder.fmul(left, sign, flags=FAST), factor, flags=FAST)

    def totals(self, weights: Any, fan_in: Any, signal: Any, stride: Any) -> list[Any]:
        """The pre-activations of ROWS units at the tile's pixels, unit by unit, vector by vector."""
        builder = self.builder
        biases = [bias for row in range(ROWS) for bias in [self.everywhere(self.at(weights, row))] * self._vectors]
        before, loop, after = builder.block, builder.append_basic_block(), builder.append_basic_block()
        builder.branch(loop)
        builder.position_at_end(loop)
        number = builder.phi(INDEX)
        number.add_incoming(INDEX(0), before)
        sums = [builder.phi(VECTOR) for _ in biases]
        inputs = self.at(signal, builder.mul(number, stride))
        vectors = [self.load(self.at(inputs, LANES * vector)) for vector in range(self._vectors)]
        column = self.at(weights, ROWS, builder.mul(number, INDEX(ROWS)))
        factors = [self.everywhere(self.at(column, row)) for row in range(ROWS)]
        grown = [
            self.product_and_sum(factors[place // self._vectors], vectors[place % self._vectors], one)
            for place, one in enumerate(sums)
        ]
        following = builder.add(number, INDEX(1))
        number.add_incoming(following, loop)
        for phi, bias, one in zip(sums, biases, grown, strict=True):
            phi.add_incoming(bias, before)
            phi.add_incoming(one, loop)
        builder.cbranch(builder.icmp_signed("<", following, fan_in), loop, after)
        builder.position_at_end(after)
        return grown
