"""Arithmetic and conditions with parameters, as an author writes them: `$near * 4 + 1`, `$near > 0.5 and $far < 2`.

Names of parameters may contain `-`, so operators need spaces around them, except between numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, cast

from installation.show.expressions import MayDivideByZeroError, Number, Operation, Operator, ParameterRef, number

MAX_LENGTH: Final = 200
"""Characters that people can read at a glance; a longer expression should be a parameter of its own."""

MAX_DEPTH: Final = 16
"""The deepest nesting of parentheses."""

TOKEN = re.compile(
    r"\s*(?:(?P<name>\$[A-Za-z0-9_-]*)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?P<unit>s\b)?"
    r"|(?P<word>[a-z]+)|(?P<sign><=|>=|==|!=|[-+*/(),<>=]))",
    re.ASCII,
)
FUNCTIONS: Mapping[str, int] = {"min": 2, "max": 2, "abs": 1}
"""Names of functions, and their numbers of operands."""

LEVELS: tuple[tuple[str, ...], ...] = (("or",), ("and",), ("<", "<=", ">", ">=", "==", "!="), ("+", "-"), ("*", "/"))
"""Operators in levels, from the loosest to the tightest."""

CONDITION_LEVELS = 3
"""The number of levels for conditions; `not` binds tighter than `and`, and looser than comparisons."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    end: int


def looks_like_expression(text: str) -> bool:
    """Whether a text means arithmetic, rather than a number with a typing error."""
    return "$" in text or bool(re.search(r"[\d.)]\s*[*/(]|[\d.)] [-+] |^\(|^[a-z]+\(", text))


def parse_expression(text: str, *, seconds: bool = False) -> Number:
    """Reads an expression, with `seconds` also with times such as `4s`; raises ValueError, which says what is wrong."""
    return _parsed(text, CONDITION_LEVELS, seconds)


def parse_condition(text: str) -> Number:
    """Reads a condition, which is 1 if true and 0 if false; raises ValueError, which says what is wrong."""
    found = _parsed(text, 0, seconds=False)
    if not (isinstance(found, Operation) and found.operator in (*LEVELS[0], *LEVELS[1], *LEVELS[2], "not")):
        raise ValueError("it says a number; a condition compares, such as $near > 0.5")
    return found


@lru_cache(maxsize=4096)
def _parsed(text: str, level: int, seconds: bool) -> Number:
    """Reads an expression; cached, because many cues contain the same text."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"it has {len(text)} characters; there may be {MAX_LENGTH}")
    parser = _Parser(_tokens(text, seconds))
    found = parser.binary(level)
    if (rest := parser.next) is not None:
        raise ValueError(f"{rest.text!r} cannot be there; an operator is missing before it, or a parenthesis")
    return found


def _tokens(text: str, seconds: bool) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text[at:].lstrip()[0]!r} means nothing here; there is + - * / and parentheses")
        kind = next(name for name in ("name", "number", "word", "sign") if match[name])
        if match["unit"] and not seconds:
            raise ValueError(f"{match[0].strip()!r} is a time, but this takes a number without a unit")
        at = match.end()
        tokens.append(_Token(kind, match[kind], at))
    for before, after in pairwise(tokens):
        if before.kind != "sign" and after.kind != "sign" and "word" not in (before.kind, after.kind):
            raise ValueError(f"an operator is missing between {before.text!r} and {after.text!r}")
    return tokens


class _Parser:
    """Reads tokens from left to right; each level of operators reads its operands by the next tighter level."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def binary(self, level: int) -> Number:
        """Reads an expression with operators of this and tighter levels."""
        if level == len(LEVELS):
            return self._signed()
        if level == CONDITION_LEVELS - 1 and self._take("not"):
            return _operation("not", self.binary(level))
        found = self.binary(level + 1)
        while (token := self.next) is not None and token.text in LEVELS[level]:
            self._at += 1
            found = _operation(cast(Operator, token.text), found, self.binary(level + 1))
            if level == CONDITION_LEVELS - 1:
                break  # 0 < $a < 1 would compare a truth with 1
        return found

    def _signed(self) -> Number:
        sign = 1
        while (token := self.next) is not None and token.text in ("-", "+"):
            sign, self._at = (-sign if token.text == "-" else sign), self._at + 1
        found = self._single()
        return found if sign > 0 else _operation("-", found)

    def _single(self) -> Number:
        token = self.next
        self._at += 1
        if token is None:
            raise ValueError("it is incomplete: a number or a $parameter is missing at its end")
        if token.kind == "number":
            return float(token.text)
        if token.kind == "name":
            return ParameterRef(token.text[1:])
        if token.text in FUNCTIONS:
            return self._function(token.text)
        if token.text == "(":
            found = self._inside()
            self._close()
            return found
        raise ValueError(f"{token.text!r} cannot be there; a number or a $parameter is missing before it")

    def _function(self, name: str) -> Number:
        if not self._take("("):
            raise ValueError(f"{name} takes its numbers in parentheses: {name}({', '.join('ab'[: FUNCTIONS[name]])})")
        operands = [self._inside()]
        while self._take(","):
            operands.append(self._inside())
        self._close()
        if len(operands) != FUNCTIONS[name]:
            raise ValueError(f"{name} takes {FUNCTIONS[name]}, not {len(operands)}, numbers")
        return _operation(cast(Operator, name), *operands)

    def _inside(self) -> Number:
        """Reads an expression in parentheses, with any operators."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"parentheses are nested more than {MAX_DEPTH} deep")
        found = self.binary(0)
        self._depth -= 1
        return found

    def _close(self) -> None:
        if not self._take(")"):
            raise ValueError("a parenthesis is left open")

    def _take(self, text: str) -> bool:
        token = self.next
        if token is None or token.text != text:
            return False
        self._at += 1
        return True


def _operation(operator: Operator, *operands: Number) -> Number:
    """An operation, computed at once if it has no parameter."""
    found = Operation(operator, operands)
    if not all(isinstance(one, float) for one in operands):
        return found
    try:
        return number(found, {})
    except ZeroDivisionError:
        raise MayDivideByZeroError from None
