"""Test patterns: what stands on them, and that they take the place of pictures for as long as they are wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

import moderngl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.outputs.patterns import Patterns
from installation.outputs.sink import NullSink
from installation.picture.mixing.canvas import Canvas
from installation.rig import sync_code
from installation.rig.head import SoftEdge
from installation.rig.pattern_drawings import PATTERNS, PatternCard, drawn

SIZE = (320, 180)
PATIENCE_SECONDS = 20.0
GRID = PatternCard("grid", "left", 1, SIZE, "HDMI-1")


class LookingSink(NullSink):
    """Keeps what it was given last."""

    canvases: Mapping[str, Canvas] = {}

    def present(self, frame_number: int, canvases: Mapping[str, Canvas]) -> None:
        super().present(frame_number, canvases)
        self.canvases = canvases

    def pixels(self, output: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        return self.canvases[output].pixels()[..., :3]


class Bench:
    """Two outputs, grey, and the patterns wanted over them."""

    def __init__(self, context: moderngl.Context, cleanup: ExitStack) -> None:
        self.wanted: dict[str, PatternCard] = {}
        self.screen = LookingSink()
        self.canvases = {name: cleanup.enter_context(Canvas(context, SIZE)) for name in ("left", "right")}
        for canvas in self.canvases.values():
            canvas.texture.write(bytes([99]) * canvas.size_bytes)
        self.patterns = cleanup.enter_context(Patterns(context, [self.screen], lambda: self.wanted))

    def step(self, frame_number: int = 0) -> None:
        self.patterns.present(frame_number, self.canvases)

    def until_shown(self, output: str, sheet: PatternCard) -> None:
        """Present until a pattern is drawn, which happens on another thread."""
        self.wanted[output] = sheet
        give_up = time.monotonic() + PATIENCE_SECONDS
        while self.patterns._shown.get(output, (None,))[0] != sheet:
            assert time.monotonic() < give_up
            self.step()


@pytest.fixture
def bench(gl: moderngl.Context) -> Iterator[Bench]:
    with ExitStack() as cleanup:
        yield Bench(gl, cleanup)


def test_without_patterns_the_pictures_go_on_as_they_are(bench: Bench) -> None:
    bench.step()
    assert bench.screen.canvases is bench.canvases


def test_a_pattern_stands_in_for_the_picture_of_its_output_until_it_is_taken_away(bench: Bench) -> None:
    bench.until_shown("left", GRID)
    assert (bench.screen.pixels("left") == np.asarray(drawn(GRID))).all()
    assert (bench.screen.pixels("right") == 99).all()
    bench.wanted = {}
    bench.step()
    assert (bench.screen.pixels("left") == 99).all()


def test_a_pattern_follows_what_is_said_of_its_head(bench: Bench) -> None:
    edges = replace(GRID, pattern="edges")
    bench.until_shown("left", edges)
    wider = replace(edges, soft_edge=SoftEdge(right=0.25))
    bench.until_shown("left", wider)
    assert (bench.screen.pixels("left") == np.asarray(drawn(wider))).all()


def test_an_output_that_is_no_longer_shown_has_no_pattern_either(bench: Bench) -> None:
    bench.until_shown("left", GRID)
    del bench.canvases["left"]
    bench.step()
    assert set(bench.screen.canvases) == {"right"}


def test_the_sync_pattern_says_its_frame_in_every_frame(bench: Bench) -> None:
    bench.until_shown("left", replace(GRID, pattern="sync"))
    for number in (0, 1, 123_456_789, 2**32 - 1):
        bench.step(number)
        assert sync_code.read(bench.screen.pixels("left")) == number


@given(
    st.sampled_from(PATTERNS),
    st.tuples(st.integers(16, 400), st.integers(16, 400)),
    st.sampled_from([None, (2, 2), (5, 3), (33, 33)]),
    st.floats(0, 0.5),
)
@settings(max_examples=40, deadline=None)
def test_every_pattern_fits_every_picture(
    pattern: str, size: tuple[int, int], mesh: tuple[int, int] | None, width: float
) -> None:
    sheet = PatternCard(pattern, "a long name of an output", 7, size, "DP-12", SoftEdge(width, width), mesh)  # type: ignore[arg-type]
    assert drawn(sheet).size == size


def test_the_grid_shows_the_outermost_pixels_on_every_side() -> None:
    picture = np.asarray(drawn(GRID)).astype(int)
    for side in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        assert side.max(axis=1).min() >= 80


def test_the_grid_is_even_about_its_middle() -> None:
    picture = np.asarray(drawn(replace(GRID, output="", monitor="")))
    upper = picture[20:60, 60:260].astype(int)
    assert np.abs(upper - upper[:, ::-1]).max() <= 40  # slanted lines are smoothed a quarter of a pixel apart
