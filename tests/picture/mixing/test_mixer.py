"""The mixer draws what a Frame says; numpy says the same more slowly (reference.py)."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, get_args

import moderngl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from installation.picture.mixing import textures
from installation.picture.mixing.mixer import Mixer
from installation.picture.mixing.textures import MAX_SPARE_SLOTS
from installation.picture.rectangle import rectangle_of
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.view import picture_coordinates
from installation.show.effects import EFFECTS
from installation.show.frame import (
    Blend,
    CueFrame,
    Effect,
    Frame,
    LatentPoint,
    LayerFrame,
    OutputFrame,
    Place,
    Reveal,
    RevealKind,
    Shot,
    View,
)
from tests.picture.reference import mixed
from tests.picture.shots import host_pixels

SIZE = (48, 27)
POINT = LatentPoint((("places365/conv10/251", 1.0),))
STEP = 1.01
"""Dithering changes a value by less than one of 255 steps; the rest is for float16 and the fitted sRGB curves."""


FULL_VIEW = View()


def solid(
    red: float, green: float, blue: float, size_px: tuple[int, int] = SIZE, view: View = FULL_VIEW
) -> DecodedPicture:
    pixels = np.empty((size_px[1], size_px[0], 3), np.float16)
    pixels[:] = red, green, blue
    return DecodedPicture(pixels, view)


def painted(view: View, size_px: tuple[int, int]) -> DecodedPicture:
    """Soft waves in picture coordinates, so that every view of them is a view of the same picture."""
    width, height = size_px
    v, u = np.meshgrid((np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width, indexing="ij")
    x, y = picture_coordinates(view, width / height).at(u, v)
    waves = [0.5 + 0.5 * np.sin(3 * x + phase + 2 * np.sin(2 * y)) for phase in (0.0, 2.0, 4.0)]
    return DecodedPicture(np.stack(waves, -1).astype(np.float16), view)


def glass(red: float, green: float, blue: float, alpha: float, size_px: tuple[int, int] = SIZE) -> DecodedPicture:
    """A colour through which what is behind is seen."""
    pixels = np.empty((size_px[1], size_px[0], 4), np.float16)
    pixels[:] = red, green, blue, alpha
    return DecodedPicture(pixels, FULL_VIEW)


def layer(name: str = "sea", **changes: object) -> LayerFrame:
    return LayerFrame(name, Shot(POINT, View()), **changes)  # type: ignore[arg-type]


def alone(decoded: DecodedPicture) -> LayerPicture:
    return LayerPicture(decoded.view, ((decoded, 1.0),))


def draw(
    gl: moderngl.Context,
    output: OutputFrame,
    sources: dict[tuple[int, int], LayerPicture],
    size_px: tuple[int, int] = SIZE,
) -> NDArray[np.uint8]:
    with Mixer(gl, {"left": size_px}) as mixer:
        return drawn_by(mixer, output, sources)


def drawn_by(mixer: Mixer, output: OutputFrame, sources: dict[tuple[int, int], LayerPicture]) -> NDArray[np.uint8]:
    frame = Frame(0, 0.0, (output,))
    canvases = mixer.mix(frame, {("left", *key): source for key, source in sources.items()})
    return canvases["left"].pixels()[..., :3]


def test_a_picture_decoded_for_its_place_is_drawn_texel_for_pixel(gl: moderngl.Context) -> None:
    pixels = np.random.default_rng(1).random((27, 48, 3)).astype(np.float16)
    picture = draw(
        gl, OutputFrame("left", (CueFrame("one", (layer(),)),)), {(0, 0): alone(DecodedPicture(pixels, View()))}
    )
    assert np.abs(picture - 255 * pixels.astype(np.float64)).max() < 1


def test_the_256_steps_of_a_panel_are_drawn_without_noise(gl: moderngl.Context) -> None:
    steps = np.arange(256, dtype=np.float64).reshape(16, 16, 1).repeat(3, axis=2)
    decoded = DecodedPicture((steps / 255).astype(np.float16), View())
    for opacity in (1.0, 0.999999):  # one straight, one through linear light
        output = OutputFrame("left", (CueFrame("one", (layer(opacity=opacity),)),))
        picture = draw(gl, output, {(0, 0): alone(decoded)}, (16, 16)).astype(int)
        assert (picture != steps).mean() < 0.02  # float16 is up to a sixteenth of a step off, near white
        assert np.abs(picture - steps).max() <= 1
        assert (picture[0, 0] == 0).all()
        assert (picture[15, 15] == 255).all()


def test_dither_keeps_the_mean_of_a_value_between_two_steps(gl: moderngl.Context) -> None:
    between = float(np.float16(100.25 / 255))
    picture = draw(
        gl, OutputFrame("left", (CueFrame("one", (layer(),)),)), {(0, 0): alone(solid(between, between, between))}
    )
    assert set(np.unique(picture)) == {100, 101}
    assert picture.mean() == pytest.approx(255 * between, abs=0.02)


def test_the_same_frame_is_drawn_the_same_and_the_next_one_with_other_dither(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer(),)),))
    source = alone(solid(0.3, 0.5, 0.7))
    pictures = []
    with Mixer(gl, {"left": SIZE}) as mixer:
        for number in (7, 8, 7):
            pictures.append(mixer.mix(Frame(number, 0.0, (output,)), {("left", 0, 0): source})["left"].pixels())
    assert (pictures[0] == pictures[2]).all()
    assert (pictures[0] != pictures[1]).any()


def test_without_dither_values_are_rounded(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer(),)),))
    with Mixer(gl, {"left": SIZE}, dither=False) as mixer:
        canvases = mixer.mix(Frame(0, 0.0, (output,)), {("left", 0, 0): alone(solid(*3 * (100.4 / 255,)))})
        assert (canvases["left"].pixels()[..., :3] == 100).all()


def test_blends_follow_the_w3c_formulas_in_linear_light(gl: moderngl.Context) -> None:
    sources = {(0, 0): alone(solid(0.2, 0.5, 0.9)), (0, 1): alone(solid(0.6, 0.4, 0.1))}
    with Mixer(gl, {"left": SIZE}) as mixer:
        for blend in get_args(Blend):
            above = layer("above", blend=blend, opacity=0.75, place=Place(0.25, 0.0, 0.5, 1.0))
            output = OutputFrame("left", (CueFrame("one", (layer(), above)),))
            assert np.abs(drawn_by(mixer, output, sources) - mixed(output, SIZE, sources)).max() < STEP, blend


@pytest.mark.parametrize("kind", get_args(RevealKind))
def test_a_cue_is_revealed_over_what_was_there(gl: moderngl.Context, kind: RevealKind) -> None:
    sources = {(0, 0): alone(solid(0.1, 0.2, 0.3)), (1, 0): alone(painted(View(), SIZE))}
    with Mixer(gl, {"left": SIZE}) as mixer:
        for progress in (0.0, 0.01, 0.3, 0.5, 0.7, 1.0):
            reveal = Reveal(kind, progress, degrees=30.0, softness=0.25)
            output = OutputFrame("left", (CueFrame("one", (layer(),)), CueFrame("two", (layer(),), reveal)))
            assert np.abs(drawn_by(mixer, output, sources) - mixed(output, SIZE, sources)).max() < STEP, progress


def test_a_wipe_to_the_right_uncovers_the_left_side_first(gl: moderngl.Context) -> None:
    output = OutputFrame(
        "left",
        (CueFrame("one", (layer(),)), CueFrame("two", (layer(),), Reveal("wipe", 0.5, degrees=0.0, softness=0.0))),
    )
    picture = draw(gl, output, {(0, 0): alone(solid(0, 0, 0)), (1, 0): alone(solid(1, 1, 1))})
    assert (picture[:, :22] == 255).all()
    assert (picture[:, 26:] == 0).all()


def test_a_push_down_brings_the_new_picture_from_above_texel_for_pixel(gl: moderngl.Context) -> None:
    old, new = painted(View(), SIZE), painted(View(x=0.5), SIZE)
    output = OutputFrame(
        "left", (CueFrame("one", (layer(),)), CueFrame("two", (layer(),), Reveal("push", 2 / 3, degrees=90.0)))
    )
    picture = draw(gl, output, {(0, 0): alone(old), (1, 0): alone(new)})
    assert np.abs(picture[:18] - 255.0 * host_pixels(new)[9:]).max() < STEP
    assert np.abs(picture[18:] - 255.0 * host_pixels(old)[:9]).max() < STEP


def test_blackout_is_black_and_half_a_level_is_half_the_light(gl: moderngl.Context) -> None:
    source = {(0, 0): alone(solid(1, 1, 1))}
    assert (draw(gl, OutputFrame("left", (CueFrame("one", (layer(),)),), level=0.0), source) == 0).all()
    half = draw(gl, OutputFrame("left", (CueFrame("one", (layer(),)),), level=0.5), source)
    assert np.abs(half - 187.5).max() < STEP  # sRGB of half the light


def test_what_no_layer_covers_is_black(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer(place=Place(0.5, 0.0, 0.5, 1.0)),)),))
    picture = draw(gl, output, {(0, 0): alone(solid(1, 1, 1, (24, 27)))})
    assert (picture[:, :24] == 0).all()
    assert (picture[:, 24:] == 255).all()


def test_a_layer_without_a_picture_is_left_out_and_counted(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer(), layer("above"))),))
    with Mixer(gl, {"left": SIZE}) as mixer:
        canvases = mixer.mix(Frame(0, 0.0, (output,)), {("left", 0, 0): alone(solid(0, 1, 0))})
        assert (canvases["left"].pixels()[..., :3] == (0, 255, 0)).all()
        assert mixer.statistics().missing == 1


def test_key_pictures_appear_under_the_exact_camera(gl: moderngl.Context) -> None:
    size_px, view = (160, 90), View(0.1, 0.05, 1.5, 20.0)
    wide, later = painted(View(0.1, 0.0, 1.0, 10.0), (80, 45)), painted(View(0.15, 0.1, 0.9, 30.0, True), (60, 36))
    source = LayerPicture(view, ((wide, 0.4), (later, 0.6)))
    picture = draw(gl, OutputFrame("left", (CueFrame("one", (layer(),)),)), {(0, 0): source}, size_px)
    error = np.abs(picture - 255.0 * host_pixels(painted(view, size_px)))
    assert error.mean() < 0.7  # dither alone makes a third of a step
    assert error.max() < 4


def test_beyond_a_key_picture_its_edge_is_repeated(gl: moderngl.Context) -> None:
    source = LayerPicture(View(zoom=0.25), ((solid(0.2, 0.4, 0.6, (24, 14)), 1.0),))
    picture = draw(gl, OutputFrame("left", (CueFrame("one", (layer(),)),)), {(0, 0): source})
    assert np.abs(picture - 255 * np.array([0.2, 0.4, 0.6])).max() < STEP


FRACTIONS = st.floats(0, 1, width=16)
PLACES = st.builds(Place, st.floats(-0.5, 0.75), st.floats(-0.5, 0.75), st.floats(0.1, 1), st.floats(0.1, 1))


@st.composite
def cues_with_sources(draw: st.DrawFn) -> tuple[tuple[CueFrame, ...], dict[tuple[int, int], LayerPicture]]:
    cues = []
    sources = {}
    for cue in range(draw(st.integers(1, 3))):
        layers = []
        for position in range(draw(st.integers(0, 3))):
            place = draw(PLACES | st.just(Place()))
            opacity = draw(FRACTIONS | st.just(1.0))
            layers.append(layer(blend=draw(st.sampled_from(get_args(Blend))), opacity=opacity, place=place))
            pixels = rectangle_of(place, SIZE)
            if draw(st.booleans()):
                sources[cue, position] = alone(painted(View(x=cue + position), (pixels.width, pixels.height)))
            else:
                colours = draw(st.lists(st.tuples(FRACTIONS, FRACTIONS, FRACTIONS), min_size=2, max_size=2))
                pictures = [solid(*colour) for colour in colours]
                if draw(st.booleans()):
                    pictures = [glass(*colour, draw(FRACTIONS)) for colour in colours]
                parts = tuple(zip(pictures, (0.25, 0.75), strict=True))
                sources[cue, position] = LayerPicture(View(), parts)
        kind = draw(st.sampled_from(get_args(RevealKind)))
        reveal = Reveal(kind, draw(FRACTIONS | st.just(1.0)), draw(st.floats(0, 360)), draw(FRACTIONS))
        cues.append(CueFrame(f"cue {cue}", tuple(layers), reveal))
    return tuple(cues), sources


def test_any_frame_looks_as_the_reference_says(gl: moderngl.Context) -> None:
    with Mixer(gl, {"left": SIZE}) as mixer:

        @settings(max_examples=80, deadline=None)
        @given(cues_with_sources(), FRACTIONS | st.just(1.0))
        def check(drawn: tuple[tuple[CueFrame, ...], dict[tuple[int, int], LayerPicture]], level: float) -> None:
            cues, sources = drawn
            output = OutputFrame("left", cues, level)
            canvases = mixer.mix(Frame(0, 0.0, (output,)), {("left", *key): one for key, one in sources.items()})
            picture = canvases["left"].pixels()[..., :3]
            assert np.abs(picture - mixed(output, SIZE, sources)).max() < 1.5

        check()


def test_eleven_layers_over_each_other_go_through_textures_in_between(gl: moderngl.Context) -> None:
    layers = tuple(layer(f"layer {n}", opacity=0.5, blend="screen") for n in range(11))
    output = OutputFrame("left", (CueFrame("one", layers),), level=0.9)
    sources = {(0, n): alone(solid(0.1 * (n % 3), 0.05 * n, 0.5)) for n in range(11)}
    assert np.abs(draw(gl, output, sources) - mixed(output, SIZE, sources)).max() < STEP


def test_two_cues_of_many_plain_layers_dissolve_as_the_reference_says(gl: moderngl.Context) -> None:
    layers = tuple(layer(f"layer {n}", opacity=0.5) for n in range(4))
    cues = (CueFrame("one", layers), CueFrame("two", (*layers, layer("top", opacity=0.25)), Reveal("dissolve", 0.5)))
    output = OutputFrame("left", cues, level=0.8)
    sources = {(cue, n): alone(solid(0.2 * n, 0.5 * cue, 0.5)) for cue in (0, 1) for n in range(4 + cue)}
    assert np.abs(draw(gl, output, sources) - mixed(output, SIZE, sources)).max() < STEP


def test_what_is_behind_is_seen_through_a_picture_with_alpha_in_linear_light(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer("sea"), layer("words"))),))
    behind, half = solid(0.0, 0.0, 1.0), glass(1.0, 0.0, 0.0, 0.5)
    picture = draw(gl, output, {(0, 0): alone(behind), (0, 1): alone(half)})
    half_light = 255 * 0.7354  # sRGB of half the light
    assert np.abs(picture - [half_light, 0, half_light]).max() < STEP


def test_a_small_picture_with_alpha_is_enlarged_with_it(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer("sea"), layer("words"))),))
    behind, clear = solid(0.2, 0.4, 0.6), glass(1.0, 0.0, 0.0, 0.0, (12, 7))
    picture = draw(gl, output, {(0, 0): alone(behind), (0, 1): alone(clear)})
    assert np.abs(picture - 255 * np.array([0.2, 0.4, 0.6])).max() < STEP


def test_a_transparent_picture_hides_nothing_and_an_opaque_one_beside_it_costs_what_it_did(
    gl: moderngl.Context,
) -> None:
    left, right = layer("left", place=Place(0, 0, 0.5, 1)), layer("right", place=Place(0.5, 0, 0.5, 1))
    output = OutputFrame("left", (CueFrame("one", (layer("sea"), left, right)),))
    sources = {(0, 0): alone(solid(0, 0, 1)), (0, 1): alone(glass(1, 1, 1, 0.0)), (0, 2): alone(solid(1, 0, 0))}
    picture = draw(gl, output, sources)
    assert np.abs(picture[:, :24] - [0, 0, 255]).max() < STEP
    assert np.abs(picture[:, 24:] - [255, 0, 0]).max() < STEP


def test_a_split_screen_is_one_pass_per_cell_however_many_cells_it_has(gl: moderngl.Context) -> None:
    places = [Place(x / 4, y / 3, 1 / 4, 1 / 3) for y in range(3) for x in range(4)]
    output = OutputFrame("left", (CueFrame("one", tuple(layer(f"cell {n}", place=p) for n, p in enumerate(places))),))
    with Mixer(gl, {"left": SIZE}) as mixer:
        sources = {("left", 0, n): alone(solid(n / 12, 0, 1, (12, 9))) for n in range(12)}
        canvases = mixer.mix(Frame(0, 0.0, (output,)), sources)
        assert mixer.statistics().passes == 12
        seen = canvases["left"].pixels()[4::9, 6::12, 0].ravel()
        assert np.abs(seen - 255 * np.arange(12) / 12).max() < STEP


def test_a_picture_is_uploaded_once_however_often_it_is_shown(gl: moderngl.Context) -> None:
    outputs = tuple(OutputFrame(name, (CueFrame("one", (layer(),)),)) for name in ("left", "right"))
    with Mixer(gl, {"left": SIZE, "right": SIZE}) as mixer:
        first, second = alone(solid(1, 0, 0)), alone(solid(0, 1, 0))
        for number, source in enumerate([first, first, second]):
            mixer.mix(Frame(number, 0.0, outputs), {("left", 0, 0): source, ("right", 0, 0): source})
            assert (mixer.canvases["right"].pixels() == mixer.canvases["left"].pixels()).all()
        statistics = mixer.statistics()
        assert statistics.uploads == 2
        assert statistics.frames == 3


def test_a_thousand_pictures_do_not_fill_the_card(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer(),)),))
    with Mixer(gl, {"left": SIZE}) as mixer:
        for number in range(1000):
            mixer.mix(Frame(number, 0.0, (output,)), {("left", 0, 0): alone(solid(0, 0, 0))})
        assert mixer.statistics().textures <= 2


def test_small_pictures_of_ever_other_sizes_do_not_pile_up(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer(),)),))
    with Mixer(gl, {"left": SIZE}) as mixer:
        for number in range(200):
            size_px = 2 + number % 20, 2 + number // 20
            mixer.mix(Frame(number, 0.0, (output,)), {("left", 0, 0): alone(solid(0, 0, 0, size_px))})
        assert mixer.statistics().textures <= MAX_SPARE_SLOTS + 2


def test_large_pictures_that_change_at_every_frame_take_turns_in_the_same_textures(
    gl: moderngl.Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(textures, "MAX_SPARE_BYTES", 0)  # as for outputs of 3840x2160
    made: list[tuple[int, int]] = []
    texture = gl.texture

    def counted(size: tuple[int, int], *arguments: Any, **options: Any) -> moderngl.Texture:
        made.append(size)
        return texture(size, *arguments, **options)

    outputs = tuple(OutputFrame(name, (CueFrame("one", (layer(),)),)) for name in ("left", "right"))
    with Mixer(gl, {"left": SIZE, "right": SIZE}) as mixer:
        for number in range(9):
            if number == 3:
                monkeypatch.setattr(mixer._textures, "_context", SimpleNamespace(texture=counted))
            mixer.mix(
                Frame(number, 0.0, outputs),
                {(name, 0, 0): alone(solid(0, 0, 0)) for name in ("left", "right")},
            )
    assert made == []


def test_three_pictures_for_one_layer_are_refused_by_name(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer(),)),))
    source = LayerPicture(View(), tuple((solid(0, 0, 0), 1 / 3) for _ in range(3)))
    with pytest.raises(ValueError, match="layer 'sea' on output 'left': 3 pictures instead of 1 or 2"):
        draw(gl, output, {(0, 0): source})


def test_warming_up_draws_nothing_but_black_and_can_be_broken_off(gl: moderngl.Context) -> None:
    with Mixer(gl, {"left": SIZE}) as mixer:
        warming = mixer.warm_up()
        next(warming)
        assert mixer.statistics().passes == 1
        assert len(list(warming)) == 41
        assert (mixer.canvases["left"].pixels()[..., :3] == 0).all()


def test_a_show_that_plays_warms_up_between_its_frames(gl: moderngl.Context) -> None:
    output = OutputFrame("left", (CueFrame("one", (layer(),)),))
    shown = {("left", 0, 0): alone(solid(1, 1, 1))}
    with Mixer(gl, {"left": SIZE}) as mixer:
        mixer.mix(Frame(0, 0.0, (output,)), shown)
        uploads = mixer.statistics().uploads
        for number, _ in enumerate(mixer.warm_up(), start=1):
            mixer.mix(Frame(number, 0.0, (output,)), shown)
        assert mixer.statistics().uploads == uploads
        assert (mixer.canvases["left"].pixels()[..., :3] > 250).all()


def test_a_mixer_closed_twice_is_closed(gl: moderngl.Context) -> None:
    mixer = Mixer(gl, {"left": SIZE})
    mixer.close()
    mixer.close()


def test_outputs_come_go_and_change_their_size_while_the_others_keep_their_canvas(gl: moderngl.Context) -> None:
    with Mixer(gl, {"left": SIZE, "right": SIZE}) as mixer:
        left = mixer.canvases["left"]
        for number in range(20):
            mixer.show({"left": SIZE, "ceiling": (16 + number, 9)})
        assert mixer.canvases["left"] is left
        assert mixer.sizes == {"left": SIZE, "ceiling": (35, 9)}
        output = OutputFrame("ceiling", (CueFrame("one", (layer(),)),))
        mixer.mix(Frame(0, 0.0, (output,)), {("ceiling", 0, 0): alone(solid(1, 1, 1))})
        assert (mixer.canvases["ceiling"].pixels()[..., :3] == 255).all()


def test_with_alpha_a_canvas_is_transparent_where_no_layer_lies(gl: moderngl.Context) -> None:
    small = layer(place=Place(0.0, 0.0, 0.5, 1.0), opacity=0.5)
    output = OutputFrame("left", (CueFrame("one", (small,)),))
    source = alone(solid(0.8, 0.4, 0.2, (24, 27)))
    with Mixer(gl, {"left": SIZE}, dither=False, dtype="f4", alpha=True) as mixer:
        canvas = mixer.mix(Frame(0, 0.0, (output,)), {("left", 0, 0): source})["left"]
        with canvas.readback() as readback:
            readback.start()
            picture = readback.picture()
    assert picture[13, 8] == pytest.approx((0.8, 0.4, 0.2, 0.5), abs=2e-3)  # not multiplied with it
    assert picture[13, 40, 3] == 0


def test_alpha_of_layers_over_each_other_and_of_a_cue_that_comes_in(gl: moderngl.Context) -> None:
    """Two halves over each other leave a quarter; a cue half revealed mixes its alpha with that of the one below."""
    two = CueFrame("one", (layer(opacity=0.5), layer("isle", opacity=0.5)))
    source = alone(solid(1, 1, 1))
    for many in (0, 4):  # with four more, which nobody sees, the stack is deep
        cue = replace(two, layers=(*two.layers, *[layer(f"no{n}", opacity=0.0) for n in range(many)]))
        for output, alpha in (
            (OutputFrame("left", (cue,)), 0.75),
            (OutputFrame("left", (cue, CueFrame("two", (layer(),), Reveal("dissolve", progress=0.5)))), 0.875),
            (OutputFrame("left", (cue, CueFrame("two", (), Reveal("dissolve", progress=0.5)))), 0.375),
        ):
            sources = {("left", c, n): source for c, one in enumerate(output.cues) for n, _ in enumerate(one.layers)}
            with Mixer(gl, {"left": SIZE}, dither=False, dtype="f4", alpha=True) as mixer:
                canvas = mixer.mix(Frame(0, 0.0, (output,)), sources)["left"]
                with canvas.readback() as readback:
                    readback.start()
                    assert readback.picture()[13, 24] == pytest.approx((1, 1, 1, alpha), abs=4e-3)


def test_effects_of_a_cue_and_of_an_output_keep_alpha(gl: moderngl.Context) -> None:
    grade = Effect("grade", tuple(quantity.fallback for quantity in EFFECTS["grade"].quantities))
    small = (layer(place=Place(0.0, 0.0, 0.5, 1.0), opacity=0.5),)
    source = alone(solid(0.8, 0.4, 0.2, (24, 27)))
    for output in (
        OutputFrame("left", (CueFrame("one", small, effects=(grade,)),)),
        OutputFrame("left", (CueFrame("one", small),), effects=(grade,)),
    ):
        with Mixer(gl, {"left": SIZE}, dither=False, dtype="f4", alpha=True) as mixer:
            canvas = mixer.mix(Frame(0, 0.0, (output,)), {("left", 0, 0): source})["left"]
            with canvas.readback() as readback:
                readback.start()
                picture = readback.picture()
        assert picture[13, 8] == pytest.approx((0.8, 0.4, 0.2, 0.5), abs=6e-3)
        assert picture[13, 40, 3] == 0
