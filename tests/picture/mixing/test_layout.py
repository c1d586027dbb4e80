"""Where layers lie in pixels, what hides what, and that every pixel is drawn once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.picture.mixing.layout import NO_MASK, layout_of
from installation.picture.mixing.regions import Region, Sheet, regions_of
from installation.picture.rectangle import Rectangle, rectangle_of
from installation.show.frame import CueFrame, LatentPoint, LayerFrame, OutputFrame, Place, Reveal, Shot, View

CANVAS = Rectangle(0, 0, 20, 12)
SHOT = Shot(LatentPoint((("places365/conv10/251", 1.0),)), View())
ALL = {(cue, layer) for cue in range(4) for layer in range(4)}

edges = st.integers(-5, 25)


def cue(name: str, *layers: LayerFrame, reveal: Reveal = Reveal()) -> CueFrame:  # noqa: B008 Reveal is frozen
    return CueFrame(name, layers, reveal)


def layer(name: str = "sea", place: Place = Place(), opacity: float = 1.0) -> LayerFrame:  # noqa: B008 Place is frozen
    return LayerFrame(name, SHOT, place, opacity)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=6, unique=True), st.integers(1, 4000))
def test_places_that_touch_have_no_gap_and_no_common_pixel(cuts: list[float], width: int) -> None:
    cuts.sort()
    rectangles = [rectangle_of(Place(a, 0, b - a, 1), (width, 9)) for a, b in pairwise(cuts)]
    for first, second in pairwise(rectangles):
        assert first.right == second.left


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(edges, edges, edges, edges, st.booleans()), max_size=6))
def test_every_pixel_is_in_one_region_with_just_the_sheets_seen_there(
    drawn: list[tuple[int, int, int, int, bool]],
) -> None:
    sheets = tuple(Sheet(Rectangle(a, b, c, d), 0 if opaque else None) for a, b, c, d, opaque in drawn)
    expected = np.empty((CANVAS.height, CANVAS.width), object)
    for y in range(CANVAS.height):
        for x in range(CANVAS.width):
            seen: list[int] = []
            for number, (rectangle, hides_from) in enumerate(sheets):
                if rectangle.left <= x < rectangle.right and rectangle.top <= y < rectangle.bottom:
                    seen = [number] if hides_from == 0 else [*seen, number]
            expected[y, x] = tuple(seen)
    found = np.empty_like(expected)
    found.fill(())
    drawn_times = np.zeros(expected.shape, int)
    for (left, top, right, bottom), numbers in regions_of(CANVAS, sheets):
        drawn_times[top:bottom, left:right] += 1
        for y in range(top, bottom):
            for x in range(left, right):
                found[y, x] = numbers
    assert drawn_times.max() <= 1
    assert (found == expected).all()


def test_a_grid_of_pictures_is_as_many_regions_as_pictures() -> None:
    cells = tuple(Sheet(Rectangle(5 * x, 4 * y, 5 * x + 5, 4 * y + 4), 0) for y in range(3) for x in range(4))
    assert len(regions_of(CANVAS, cells)) == 12


def test_what_lies_under_a_whole_picture_costs_nothing() -> None:
    sheets = (Sheet(Rectangle(3, 3, 9, 9), 0), Sheet(CANVAS, 0))
    assert regions_of(CANVAS, sheets) == (Region(CANVAS, (1,)),)


def test_cues_below_one_that_has_come_in_are_left_out() -> None:
    cues = (cue("old", layer()), cue("new", layer(), reveal=Reveal("wipe", 1.0)))
    placed, masks = layout_of(OutputFrame("left", cues), (20, 12), ALL)
    assert [(one.cue, one.layer) for one in placed] == [(1, 0)]
    assert masks[1] == NO_MASK


def test_a_cue_that_has_not_begun_to_come_in_is_left_out() -> None:
    cues = (cue("old", layer()), cue("new", layer(), reveal=Reveal("dissolve", 0.0)))
    assert [one.cue for one in layout_of(OutputFrame("left", cues), (20, 12), ALL).placed] == [0]


def test_a_cue_comes_in_with_black_where_it_has_no_layer() -> None:
    cues = (cue("old", layer()), cue("new", layer(place=Place(0, 0, 0.5, 1)), reveal=Reveal("dissolve", 0.5)))
    placed, _ = layout_of(OutputFrame("left", cues), (20, 12), ALL)
    regions = regions_of(CANVAS, tuple(one.sheet for one in placed))
    seen = {region.rectangle: [(placed[n].cue, placed[n].layer) for n in region.sheets] for region in regions}
    assert seen == {
        Rectangle(0, 0, 10, 12): [(0, 0), (1, 0)],
        Rectangle(10, 0, 20, 12): [(0, 0), (1, None)],
    }


def test_an_invisible_layer_is_not_drawn() -> None:
    cues = (cue("one", layer(), layer(opacity=0.0), layer(place=Place(0, 0, 0.001, 1))),)
    assert len(layout_of(OutputFrame("left", cues), (20, 12), ALL).placed) == 1


def test_a_push_moves_both_pictures_by_whole_pixels_and_leaves_no_gap() -> None:
    for progress in (0.01, 0.26, 0.5, 0.99):
        for degrees in (0.0, 90.0, 180.0, 270.0, -90.0, 40.0):
            cues = (cue("old", layer()), cue("new", layer(), reveal=Reveal("push", progress, degrees)))
            placed, _ = layout_of(OutputFrame("left", cues), (20, 12), ALL)
            covered = np.zeros((12, 20), int)
            for left, top, right, bottom in (
                region.rectangle for region in regions_of(CANVAS, tuple(one.sheet for one in placed))
            ):
                covered[top:bottom, left:right] += 1
            assert (covered == 1).all()
