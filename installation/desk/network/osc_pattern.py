"""OSC address patterns: `?`, `*`, `[a-z]`, `[!a-z]` and `{this,that}` within the parts between slashes.

Patterns come from outside, so matching uses no backtracking: it advances the set of reached positions token by token,
and no pattern can take longer than its length times the length of the text.
"""

from __future__ import annotations

from functools import lru_cache

from installation.errors import RefusedError

SPECIAL = frozenset("?*[]{}")

Token = str | frozenset[str] | tuple[str, ...] | None
"""A character, the characters of a class, the words of an alternative, or None for a star; '?' stands for itself."""


def is_pattern(address: str) -> bool:
    return not SPECIAL.isdisjoint(address)


def matches(pattern: str, address: str) -> bool:
    """Whether the pattern matches the address, part by part. Raises RefusedError for brackets that do not close."""
    pattern_parts, parts = _parts(pattern), address.split("/")
    return len(pattern_parts) == len(parts) and all(map(_part_matches, pattern_parts, parts))


@lru_cache(64)
def _parts(pattern: str) -> tuple[str | list[Token], ...]:
    """The parts between slashes, cached because one pattern is compared with many addresses; plain parts stay text."""
    return tuple(_tokens(part) if is_pattern(part) else part for part in pattern.split("/"))


def _part_matches(pattern: str | list[Token], text: str) -> bool:
    if isinstance(pattern, str):
        return pattern == text
    reached = {0}
    for token in pattern:
        if token is None:
            reached = set(range(min(reached), len(text) + 1))
        elif isinstance(token, tuple):
            reached = {at + len(word) for at in reached for word in token if text.startswith(word, at)}
        else:
            reached = {at + 1 for at in reached if at < len(text) and (token == "?" or text[at] in token)}
        if not reached:
            return False
    return len(text) in reached


def _tokens(pattern: str) -> list[Token]:
    tokens: list[Token] = []
    index = 0
    while index < len(pattern):
        character = pattern[index]
        if character in "]}":
            raise RefusedError(f"the pattern '{pattern}' closes a bracket that is not open", "malformed")
        if character in "[{":
            end = pattern.find("]" if character == "[" else "}", index)
            if end < 0:
                raise RefusedError(f"the pattern '{pattern}' opens a bracket that does not close", "malformed")
            inside = pattern[index + 1 : end]
            tokens.append(_character_class(inside) if character == "[" else tuple(inside.split(",")))
            index = end
        else:
            tokens.append(None if character == "*" else character)
        index += 1
    return tokens


def _character_class(inside: str) -> frozenset[str]:
    """The ASCII characters that a class allows; a leading `!` negates it, `a-z` is a range in either direction."""
    negated, inside = inside.startswith("!"), inside.removeprefix("!")
    allowed: set[str] = set()
    index = 0
    while index < len(inside):
        if inside[index + 1 : index + 2] == "-" and index + 2 < len(inside):
            low, high = sorted((ord(inside[index]), ord(inside[index + 2])))
            allowed.update(map(chr, range(low, min(high, 127) + 1)))
            index += 3
        else:
            allowed.add(inside[index])
            index += 1
    return frozenset(map(chr, range(32, 127))) - allowed if negated else frozenset(allowed)
