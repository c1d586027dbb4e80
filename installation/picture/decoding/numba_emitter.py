"""What compiled kernels say in LLVM's own words, because numba finds no registers for it: tiles of units and pixels."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped, unused-ignore]  # it has no types

from installation.atlas.activation import POLYNOMIAL

LANES: Final = 8
ROWS: Final = 4
"""Units that a tile computes together."""

FAST = ("fast",)
INDEX = ir.IntType(64)
VECTOR = ir.VectorType(ir.FloatType(), LANES)


class Emitter:
    """Writes the instructions of one tile; see numba_kernel and the studio's cppn_gradient_kernel."""

    def __init__(self, builder: Any, vectors: int) -> None:
        self.builder = builder
        self._vectors = vectors
        self._square_root = builder.module.declare_intrinsic(
            f"llvm.sqrt.v{LANES}f32", (), ir.FunctionType(VECTOR, [VECTOR])
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
        one, *coefficients = (ir.Constant(VECTOR, [number] * LANES) for number in (1.0, *POLYNOMIAL))
        root = self.builder.call(self._square_root, [self.product_and_sum(total, total, one)])
        cosine = self.builder.fdiv(one, root, flags=FAST)
        factor = coefficients.pop()
        while coefficients:
            factor = self.product_and_sum(factor, cosine, coefficients.pop())
        return self.builder.fmul(self.builder.fmul(total, cosine, flags=FAST), factor, flags=FAST), cosine

    def totals(self, weights: Any, fan_in: Any, signal: Any, stride: Any) -> list[Any]:
        """The pre-activations of ROWS units at the tile's pixels, unit after unit, vector after vector."""
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
