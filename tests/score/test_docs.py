from __future__ import annotations

import re
from pathlib import Path

import pytest

from installation.commands.publish import PROJECT, with_tables
from installation.score.reader import check
from installation.score.tables import tables
from tests.score.five_neurons import Author, with_layers

PAGE = PROJECT / "docs" / "score.md"
TEXT = PAGE.read_text()
EXAMPLES = re.findall(r"^```yaml (score|layer)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_tables_of_the_docs_are_those_of_the_language() -> None:
    assert with_tables(PAGE) == TEXT, "run python -m installation.commands.publish"


def test_the_docs_show_every_table() -> None:
    assert set(re.findall(r"<!-- table (\w+) -->", TEXT)) == set(tables())


def as_score(kind: str, text: str) -> str:
    """An example as a whole score."""
    return text if kind == "score" else with_layers("\n      - " + text.replace("\n", "\n        "), "duration: 30s")


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_every_example_of_the_docs_reads_without_a_warning(author: Author, kind: str, text: str) -> None:
    for folder in ("material", "shaders"):
        (author.file.parent / folder).symlink_to(PROJECT / "scores" / folder)
    report = author.check(as_score(kind, text))
    assert not report.mistakes
    assert not report.warnings


@pytest.mark.parametrize("text", [text for kind, text in EXAMPLES if kind == "score"])
def test_the_docs_scores_play_with_the_shipped_atlas(tmp_path: Path, text: str) -> None:
    for folder in ("material", "shaders"):
        (tmp_path / folder).symlink_to(PROJECT / "scores" / folder)
    (tmp_path / "score.yaml").write_text(text)
    assert check(tmp_path / "score.yaml").mistakes == ()


def test_the_docs_have_examples() -> None:
    assert len(EXAMPLES) >= 5
