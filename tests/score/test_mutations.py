"""Whatever happens to a score's text, reading it gives a score or a ScoreError, never anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installation.errors import ScoreError
from installation.score.reader import read
from installation.show.score import Score
from tests.score.five_neurons import Author, FiveNeurons
from tests.score.test_docs import EXAMPLES

WHOLE = next(text for kind, text in EXAMPLES if kind == "score" and "parameters" in text)
PIECES = re.findall(r"\s+|[\w.%$/-]+|.", WHOLE)
OTHERS = (
    *("", " ", "\n", "\t", ":", "-", ",", "{", "}", "[", "]", "'", '"', "#", "&a", "*a", "!!str", "|", ">", "?", "%"),
    *("~", "on", "null", ".nan", "-1", "0", "1e999", "0123", "1:30", "50%", "200%", "0s", "99999999s", "3 m", "$fog"),
    *("pagoda", "nobody", "places365/conv10", "\0", "\x85", "\ufeff", "é", "𝄞", "9" * 400, "[" * 40),
)

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def reads_or_is_refused(author: Author, text: str) -> None:
    report = author.check(text)
    assert bool(report.mistakes) != isinstance(report.score, Score)
    lines = len(re.findall("\n|\r|\x85|\u2028|\u2029", text)) + 2
    assert all(1 <= one.line <= lines and one.column >= 1 and one.message for one in report.mistakes)


@quick
@given(st.integers(0, len(PIECES) - 1), st.integers(0, len(PIECES) - 1), st.sampled_from(OTHERS), st.integers(0, 3))
def test_any_mutation_of_a_score_reads_or_is_refused(author: Author, at: int, other: int, new: str, way: int) -> None:
    pieces = list(PIECES)
    match way:
        case 0:
            del pieces[at]
        case 1:
            pieces[at] = new
        case 2:
            pieces.insert(at, pieces[other])
        case _:
            pieces[at], pieces[other] = pieces[other], pieces[at]
    reads_or_is_refused(author, "".join(pieces))


@quick
@given(st.lists(st.sampled_from((*PIECES, *OTHERS)), max_size=30))
def test_any_heap_of_words_reads_or_is_refused(author: Author, pieces: list[str]) -> None:
    reads_or_is_refused(author, "".join(pieces))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(WHOLE.splitlines()) - 1), st.integers(0, len(WHOLE.splitlines()) - 1))
def test_any_line_moved_reads_or_is_refused(author: Author, first: int, second: int) -> None:
    lines = WHOLE.splitlines(keepends=True)
    lines.insert(second, lines.pop(first))
    reads_or_is_refused(author, "".join(lines))


@quick
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "score.yaml"
    file.write_bytes(data)
    with pytest.raises(ScoreError):
        read(file, FiveNeurons())
