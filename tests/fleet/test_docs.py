"""The page that a technician follows with three laptops says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from installation.commands.publish import PROJECT, with_tables
from installation.rig.venue import read_venue

PAGE = PROJECT / "docs" / "fleet.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    assert with_tables(PAGE) == TEXT, "run: python -m installation.commands.publish"


def test_the_example_is_a_rig(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml rig\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "rig.yaml").write_text(example, encoding="utf-8")
    venue = read_venue(tmp_path / "rig.yaml")
    assert not venue.warnings
    assert venue.fleet is not None
    assert [head.output for head in venue.seen_from("spare").heads] == ["left", "centre"]
