"""Address patterns: one message for many addresses."""

from __future__ import annotations

import pytest

from installation.desk.network.osc_pattern import is_pattern, matches
from installation.errors import RefusedError


@pytest.mark.parametrize(
    ("pattern", "address", "expected"),
    [
        ("/out/*/level", "/out/left/level", True),
        ("/out/*/level", "/out/a/b/level", False),  # a star stays within its part
        ("/out/l?ft/level", "/out/left/level", True),
        ("/p/{tide,wind}", "/p/wind", True),
        ("/p/{tide,wind}", "/p/windy", False),
        ("/p/[a-f]x", "/p/cx", True),
        ("/p/[!a-f]x", "/p/cx", False),
        ("/p/[f-a]x", "/p/cx", True),
        ("/p/*e*", "/p/tide", True),
        ("/p/*z", "/p/tide", False),
        ("/*", "/go", True),
        ("/*", "/go/on", False),
    ],
)
def test_a_pattern_stands_for_addresses(pattern: str, address: str, expected: bool) -> None:
    assert is_pattern(pattern)
    assert matches(pattern, address) is expected


@pytest.mark.parametrize("pattern", ["/p/[ab", "/p/{ab", "/p/ab]", "/p/a}"])
def test_a_bracket_alone_is_refused(pattern: str) -> None:
    with pytest.raises(RefusedError, match="bracket"):
        matches(pattern, "/p/ab")


def test_no_pattern_takes_long() -> None:
    """With backtracking this one takes longer than the show."""
    assert not matches("/p/" + "*a" * 30 + "b", "/p/" + "a" * 60)
