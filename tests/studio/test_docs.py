"""The page of atlases has the words of recipes."""

from __future__ import annotations

import re

from installation.commands.publish import DOCS, PROJECT, with_tables

PAGE = PROJECT / "docs" / "atlas.md"


def test_the_tables_are_those_of_the_code() -> None:
    assert with_tables(PAGE) == PAGE.read_text(), "run: python -m installation.commands.publish"
    assert set(re.findall(r"<!-- table (\w+) -->", PAGE.read_text())) == set(DOCS[PAGE]())
