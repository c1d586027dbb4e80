"""Effects that cost more than the machine has time for are drawn smaller, where that helps; others never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from installation.picture.supply.effect_scale import EffectScale
from installation.show.effects import example_of
from installation.show.frame import (
    CueFrame,
    Effect,
    Frame,
    LatentPoint,
    LayerFrame,
    OutputFrame,
    Place,
    Reveal,
    Shot,
    View,
)

SIZES = {"wall": (640, 360)}
SOFT = example_of("blur")
WHOLE = Place()


def frame(number: int, *effects: Effect, place: Place = WHOLE) -> Frame:
    layer = LayerFrame("sea", Shot(LatentPoint((("a", 1.0),)), View()), place, effects=effects)
    return Frame(number, 0.0, (OutputFrame("wall", (CueFrame("1", (layer,)),)),))


def test_effects_of_a_cue_and_of_the_show_count_and_scale_all_of_its_layers() -> None:
    sea, fog = (LayerFrame(name, Shot(LatentPoint((("a", 1.0),)), View())) for name in ("sea", "fog"))
    seen, hidden = (
        CueFrame("1", (sea, fog), effects=(SOFT,)),
        CueFrame("2", (sea,), Reveal("dissolve", 0.0), effects=(SOFT,)),
    )
    for output in (
        OutputFrame("wall", (seen, hidden)),
        OutputFrame("wall", (replace(seen, effects=()),), effects=(SOFT,)),
    ):
        scale, keys, number = EffectScale(30), [], 0
        while scale.scale == 1 and number < 600:
            number += 2
            keys = scale.note(Frame(number, 0.0, (output,)), SIZES, 1)
        assert keys == [("wall", 0, 0), ("wall", 0, 1)]


def scales(effects: tuple[Effect, ...], share_skipped: Callable[[float], float], place: Place = WHOLE) -> list[float]:
    """What the scale is in the first 20 seconds on a machine that skips this share of the frames at a scale."""
    scale, owed, number, found = EffectScale(30), 0.0, 0, []
    while number < 600:
        owed += share_skipped(scale.scale)
        skipped, owed = int(owed), owed - int(owed)
        number += skipped + 1
        keys = scale.note(frame(number, *effects, place=place), SIZES, skipped)
        assert keys == ([("wall", 0, 0)] if scale.scale < 1 else [])
        found.append(scale.scale)
    return found


def test_a_blur_that_holds_frames_up_is_drawn_smaller() -> None:
    assert scales((SOFT,), lambda scale: 0.5 if scale == 1 else 0.0)[-1] == 0.5
    assert min(scales((SOFT,), lambda scale: 0.5 if scale > 0.25 else 0.0)) == 0.25


def test_effects_stay_whole_where_frames_are_in_time_or_small_ones_do_not_help() -> None:
    assert set(scales((SOFT,), lambda _: 0.0)) == {1.0}
    assert scales((SOFT,), lambda _: 0.5)[-1] == 1.0


def test_what_costs_little_is_not_what_holds_frames_up() -> None:
    small = Place(0, 0, 0.2, 0.2)
    assert set(scales((example_of("grade"), example_of("vignette")), lambda _: 0.5)) == {1.0}
    assert set(scales((SOFT,), lambda _: 0.5, small)) == {1.0}
