"""JSON from browsers and OSCQuery clients: taken only where it can be shown to others."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.desk.network.json_text import read_json
from installation.errors import RefusedError

words = st.text('aZ9 /"\\\0é本🌊', max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_whatever_a_client_can_say_is_read_as_it_was_said(value: object) -> None:
    assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1,", "go", "'go'", '{"a": }', '"\\ud800"', '{"\\udfff": 1}', "[" * 100_000],
    ids=["empty", "open", "cut", "a word", "single quotes", "no value", "half a character", "half a key", "too deep"],
)
def test_what_cannot_be_passed_on_is_refused_and_counted_as_malformed(text: str) -> None:
    with pytest.raises(RefusedError, match="this is not JSON that can be passed on") as refused:
        read_json(text)
    assert refused.value.reason == "malformed"


def test_whoever_takes_a_number_says_which_so_nan_comes_through() -> None:
    assert math.isnan(read_json("NaN"))
