"""The benchmark of a graphics card, on the processor in a card's place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import moderngl
import pytest
import torch

from installation.atlas.interpolate import Interpolator
from installation.benchmarks import card
from installation.benchmarks.card import Bench, Row, as_table, copies, measured, wall
from tests.picture.show_of_one import CountingDecoder
from tests.small_atlas import small_atlas


@pytest.fixture
def bench(gl: moderngl.Context, tmp_path: Path) -> Bench:
    """A bench whose clock goes on by a hundredth of a second whenever it is asked."""
    ticks = count()
    interpolator = Interpolator(small_atlas(tmp_path))
    return Bench(gl, interpolator, CountingDecoder(), lambda: next(ticks) / 100, "cpu")


def test_a_machine_without_a_card_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert card.main() == 1
    assert "no graphics card" in capsys.readouterr().out


def test_a_wall_is_drawn_anew_for_as_long_as_asked_and_held_against_sixty_frames_a_second(bench: Bench) -> None:
    rate, slow = wall(bench, 2, (32, 18), 0.5)
    assert (rate.what, rate.measured, rate.met) == ("2 x 32x18: frames a second", "100.00", True)
    assert (slow.measured, slow.met) == ("10.0 ms", True)
    assert isinstance(bench.decoder, CountingDecoder)
    assert len(set(bench.decoder.orders)) == len(bench.decoder.orders) == 2 * 50


def test_pictures_that_came_by_the_host_are_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"copied_on_card": 3, "pictures": 120, "copies": {"Memcpy DtoH (Device -> Pinned)": {"count": 117}}}
    monkeypatch.setattr(card, "profile", lambda *_: found)
    assert [(row.measured, row.met) for row in copies(bench)] == [("3 of 120", False), ("117", False)]


def test_a_step_that_fails_costs_no_other(bench: Bench) -> None:
    def broken(_: Bench) -> Iterator[Row]:
        yield Row("before", "1")
        raise RuntimeError("CUDA error: out of memory")

    rows = list(measured(bench, (broken, lambda _: iter([Row("after", "2", ">= 1", True)]))))
    assert [row.what for row in rows] == ["before", "broken", "after"]
    assert rows[1].measured == "failed: CUDA error: out of memory"
    assert as_table("a card", rows).row_count == 3
