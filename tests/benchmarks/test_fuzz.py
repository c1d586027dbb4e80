"""A small sample of broken inputs of every format; `python -m installation.benchmarks.fuzz` feeds as many as asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from installation.benchmarks.fuzz import READERS, ROUNDS
from installation.benchmarks.fuzzing.osc import fuzz
from installation.benchmarks.fuzzing.rounds import Reader, read_each
from installation.errors import Mistake, ScoreError


@pytest.mark.parametrize("seed", [1, 2])
def test_broken_packets_change_nothing_and_stop_nothing(seed: int) -> None:
    findings = fuzz(packets=8_000, seed=seed)
    assert findings.failures == {}
    assert findings.changed_by_wrong == 0
    assert findings.answers_afterwards
    assert 0.0 < findings.slowest_ms < 2_000.0
    assert findings.refused["malformed"] > 0


@pytest.mark.parametrize("name", READERS)
def test_broken_input_is_taken_or_refused_in_a_sentence(name: str) -> None:
    figures = ROUNDS[name](100, 1, 0)
    assert figures.escapes == {}
    assert figures.accepted + figures.refused == 100
    assert figures.accepted, "what is only a little broken is often still right"
    assert figures.refused


def test_what_nobody_foresaw_is_an_escape_with_the_number_that_makes_it_again() -> None:
    @contextmanager
    def opened(folder: Path) -> Iterator[Reader]:
        file = folder / "score.yaml"

        def read(data: bytes) -> bool:
            match data[0] % 5:
                case 0:
                    raise ScoreError("no file is named")
                case 1:
                    raise ScoreError(f"{file}: a mistake", (Mistake(str(file), 0, 1, "", "without its line"),))
                case 2:
                    raise TypeError("nobody foresaw this")
                case 3:
                    raise ScoreError(f"{file}: a mistake")
            return True

        yield Reader(lambda chance: chance.randbytes(1), read, file)

    figures = read_each(opened, "made up", inputs=100, seed=1)
    kinds = {name.partition(" in ")[0] for name in figures.escapes}
    assert kinds == {"a sentence without its file", "a sentence without a line", "TypeError"}
    assert figures.accepted + figures.refused + sum(one.inputs for one in figures.escapes.values()) == 100
    for name, escape in figures.escapes.items():
        again = read_each(opened, "made up", inputs=1, seed=1, first=escape.first_input)
        assert list(again.escapes) == [name]


def test_a_reader_that_does_not_end_is_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.benchmarks.fuzzing.rounds.BUSY_SECONDS", 0.01)

    @contextmanager
    def endless(_folder: Path) -> Iterator[Reader]:
        def read(_data: bytes) -> bool:
            while True:
                pass

        yield Reader(lambda _chance: b"", read)

    figures = read_each(endless, "endless", inputs=1, seed=1)
    assert [name.split()[0] for name in figures.escapes] == ["HangError"]
