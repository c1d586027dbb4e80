"""Numbers that depend on the desk: parameters, arithmetic with them, and the bounds of the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

Operator = Literal["+", "-", "*", "/", "min", "max", "abs", "<", "<=", ">", ">=", "==", "!=", "and", "or", "not"]
"""Comparisons and logical operators give 1 for true and 0 for false."""

Parameters = Mapping[str, float]
"""The present values of a score's exposed parameters, by name."""

NO_PARAMETERS: Parameters = MappingProxyType({})

Interval = tuple[float, float]
"""Lowest and highest value."""


@dataclass(frozen=True, slots=True)
class ParameterRef:
    """Stands for the present value of an exposed parameter."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator and its operands: one for `abs`, `not` and the sign `-`, else two."""

    operator: Operator
    operands: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A number that chance draws from `low` to `high` at each entry of its cue; `place` names the draw."""

    low: float
    high: float
    place: str


Number = float | ParameterRef | Operation | Between


class MayDivideByZeroError(ValueError):
    """An expression whose divisor may become zero."""

    def __init__(self) -> None:
        super().__init__("it may divide by zero")


def number(value: Number, parameters: Parameters) -> float:
    """The value of an expression. It must not divide by zero; `bounds_of` checks this beforehand."""
    if type(value) is float:  # nearly all are, and every frame evaluates hundreds
        return value
    if isinstance(value, ParameterRef):
        return parameters[value.parameter]
    if isinstance(value, Operation):
        return OPERATORS[value.operator].value(*[number(one, parameters) for one in value.operands])
    if isinstance(value, Between):
        raise TypeError(f"{value} is drawn when its cue is entered")
    return value


def parameters_in(value: Number) -> frozenset[str]:
    """The names of the parameters on which a number depends."""
    if isinstance(value, ParameterRef):
        return frozenset((value.parameter,))
    if isinstance(value, Operation):
        return frozenset[str]().union(*map(parameters_in, value.operands))
    return frozenset()


def bounds_of(value: Number, ranges: Mapping[str, Interval]) -> Interval:
    """The bounds of an expression while its parameters stay in their ranges, by interval arithmetic.

    Never too narrow, but perhaps too wide if a parameter occurs twice. Raises MayDivideByZeroError.
    """
    if isinstance(value, ParameterRef):
        return ranges[value.parameter]
    if isinstance(value, Operation):
        return OPERATORS[value.operator].bounds(*[bounds_of(one, ranges) for one in value.operands])
    if isinstance(value, Between):
        return value.low, value.high
    return value, value


class _Meaning(NamedTuple):
    """How an operator computes with numbers, and with the intervals of these numbers."""

    value: Callable[..., float]
    bounds: Callable[..., Interval]


def _minus(a: float, b: float | None = None) -> float:
    return -a if b is None else a - b


def _minus_bounds(a: Interval, b: Interval | None = None) -> Interval:
    return (-a[1], -a[0]) if b is None else (a[0] - b[1], a[1] - b[0])


def _corners(operate: Callable[[float, float], float]) -> Callable[[Interval, Interval], Interval]:
    """The bounds of an operation that is monotonic in each operand: its extremes lie at the ends."""

    def bounds(a: Interval, b: Interval) -> Interval:
        found = [operate(x, y) for x in a for y in b]
        return min(found), max(found)

    return bounds


def _divided(a: Interval, b: Interval) -> Interval:
    if b[0] <= 0.0 <= b[1]:
        raise MayDivideByZeroError
    return _corners(lambda x, y: x / y)(a, b)


def _absolute(a: Interval) -> Interval:
    ends = sorted(map(abs, a))
    return (0.0 if a[0] <= 0.0 <= a[1] else ends[0], ends[1])


def _truth(*_: Interval) -> Interval:
    return 0.0, 1.0


OPERATORS: Mapping[Operator, _Meaning] = {
    "+": _Meaning(lambda a, b: a + b, lambda a, b: (a[0] + b[0], a[1] + b[1])),
    "-": _Meaning(_minus, _minus_bounds),
    "*": _Meaning(lambda a, b: a * b, _corners(lambda x, y: x * y)),
    "/": _Meaning(lambda a, b: a / b, _divided),
    "min": _Meaning(min, _corners(min)),
    "max": _Meaning(max, _corners(max)),
    "abs": _Meaning(abs, _absolute),
    "<": _Meaning(lambda a, b: float(a < b), _truth),
    "<=": _Meaning(lambda a, b: float(a <= b), _truth),
    ">": _Meaning(lambda a, b: float(a > b), _truth),
    ">=": _Meaning(lambda a, b: float(a >= b), _truth),
    "==": _Meaning(lambda a, b: float(a == b), _truth),
    "!=": _Meaning(lambda a, b: float(a != b), _truth),
    "and": _Meaning(lambda a, b: float(bool(a and b)), _truth),
    "or": _Meaning(lambda a, b: float(bool(a or b)), _truth),
    "not": _Meaning(lambda a: float(not a), _truth),
}
