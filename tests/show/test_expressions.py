"""Arithmetic with parameters: what it is worth, and that it never leaves the bounds told beforehand."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from installation.language.expressions import MAX_LENGTH, parse_condition, parse_expression
from installation.show.expressions import (
    MayDivideByZeroError,
    Number,
    Operation,
    ParameterRef,
    bounds_of,
    number,
    parameters_in,
)

HALF = {"near": 0.5, "far-off": 3.0}


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("$near", 0.5),
        ("$near * 4 + 1", 3.0),
        ("1 + $near * 4", 3.0),
        ("($near + 1) * 4", 6.0),
        ("-$near", -0.5),
        ("2 - -$near", 2.5),
        ("$far-off - 1", 2.0),
        ("10 - 4 - 3", 3.0),
        ("12 / 2 / $far-off", 2.0),
        ("min($near, 0.2)", 0.2),
        ("max($near, $far-off) * 2", 6.0),
        ("abs($near - $far-off)", 2.5),
        ("1e1 * .5", 5.0),
        ("($near > 0.2) * 3", 3.0),
    ],
)
def test_arithmetic_is_read_as_at_school(text: str, worth: float) -> None:
    assert number(parse_expression(text), HALF) == worth


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("$near > 0.4", True),
        ("$near >= 0.6", False),
        ("$near > 0.4 and $far-off < 1", False),
        ("$near > 0.4 or $far-off < 1", True),
        ("not $near > 0.4", False),
        ("not $near > 0.9 and $far-off == 3", True),
        ("($near < 0.4 or $far-off > 2) and $near != 1", True),
        ("$near * 2 >= 1", True),
    ],
)
def test_conditions_compare(text: str, holds: bool) -> None:
    assert number(parse_condition(text), HALF) == float(holds)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$near *", "is incomplete"),
        ("* $near", "cannot be there"),
        ("$near 4", "an operator is missing between '$near' and '4'"),
        ("($near", "a parenthesis is left open"),
        ("$near)", "')' cannot be there"),
        ("$near % 2", "'%' means nothing here"),
        ("min($near)", "min takes 2, not 1, numbers"),
        ("min $near", "in parentheses"),
        ("sin($near)", "'sin' cannot be there"),
        ("$near * 4s", "'4s' is a time"),
        ("(" * 40 + "$near", "deep"),
        ("1 + " * MAX_LENGTH + "$near", "characters"),
        ("0 < $near < 1", "'<' cannot be there"),
        ("1 / 0", "divide by zero"),
    ],
)
def test_what_is_no_arithmetic_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        parse_expression(text)


def test_a_number_is_no_condition() -> None:
    with pytest.raises(ValueError, match="compares"):
        parse_condition("$near + 1")


def test_numbers_alone_are_worked_out_while_reading() -> None:
    assert parse_expression("360 / 7 * 7") == 360 / 7 * 7
    assert parse_expression("2 * $near + 1") == Operation("+", (Operation("*", (2.0, ParameterRef("near"))), 1.0))


def test_a_divisor_that_may_become_zero_is_told_before_the_show() -> None:
    ranges = {"near": (0.0, 1.0), "far": (-1.0, 1.0)}
    for text in ("1 / $near", "1 / ($near - 0.5)", "1 / $far", "1 / min($near, 2)", "1 / ($near > 1)"):
        with pytest.raises(MayDivideByZeroError):
            bounds_of(parse_expression(text), ranges)
    assert bounds_of(parse_expression("1 / ($near + 1)"), ranges) == (0.5, 1.0)
    assert bounds_of(parse_expression("1 / max($near, 0.1)"), ranges) == (1.0, 10.0)


numbers = st.floats(-100, 100).map(lambda one: round(one, 3))
leaves: st.SearchStrategy[Number] = st.one_of(numbers, st.sampled_from([ParameterRef("a"), ParameterRef("b")]))
expressions: st.SearchStrategy[Number] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            lambda o, x, y: Operation(o, (x, y)), st.sampled_from(["+", "-", "*", "/", "min", "max"]), inner, inner
        ),
        st.builds(lambda o, x: Operation(o, (x,)), st.sampled_from(["-", "abs", "not"]), inner),
        st.builds(lambda o, x, y: Operation(o, (x, y)), st.sampled_from(["<", ">=", "and", "or", "!="]), inner, inner),
    ),
    max_leaves=6,
)
shares = st.floats(0, 1)


@given(expressions, numbers, numbers, shares, shares)
def test_an_expression_never_leaves_the_bounds_told_beforehand(
    value: Number, low: float, high: float, a: float, b: float
) -> None:
    low, high = sorted((low, high))
    ranges = {"a": (low, high), "b": (-1.0, 2.0)}
    try:
        least, most = bounds_of(value, ranges)
    except MayDivideByZeroError:
        assume(False)
    assume(max(abs(least), abs(most)) < 1e12)
    found = number(value, {"a": min(low + (high - low) * a, high), "b": -1.0 + 3.0 * b})
    slack = 1e-9 * max(abs(least), abs(most), 1.0)
    assert least - slack <= found <= most + slack
    assert parameters_in(value) <= ranges.keys()
