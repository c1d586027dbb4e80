"""The CPPN in GLSL draws what the definition says, as a compute shader and as a fragment shader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.atlas.spectrum import Spectrum
from installation.errors import DeviceError
from installation.outputs.headless import Headless
from installation.picture.decoding import glsl_decoder, glsl_passes
from installation.picture.decoding.choosing.fallback_decoder import FallbackDecoder
from installation.picture.decoding.glsl_decoder import GlslDecoder
from installation.picture.decoding.numpy_decoder import NumpyDecoder
from installation.picture.decoding.torch_decoder import TorchDecoder
from installation.picture.ways import glsl_splines
from installation.show.frame import LatentPoint, Plate, Shot, View
from tests.picture.shots import (
    NEURONS,
    SHIPPED,
    STEP,
    holds_for_shots,
    holds_for_the_shipped_atlas,
    host_pixels,
    off,
    plates,
    points,
    shots_at_borders,
    views,
)
from tests.small_atlas import small_atlas


@pytest.fixture(scope="module")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=10, depth=3)))


@pytest.fixture(scope="module")
def decoder(interpolator: Interpolator) -> Iterator[GlslDecoder]:
    decoder = GlslDecoder(interpolator, Headless, compute=False, software=True)
    yield decoder
    decoder.close()
    decoder.close()


@settings(max_examples=20, deadline=None)
@given(points, views)
def test_a_walk_is_drawn_as_the_definition_says(
    interpolator: Interpolator, decoder: GlslDecoder, point: LatentPoint, view: View
) -> None:
    decoded = decoder.decode(Shot(point, view), 9, 7)
    assert decoded.pixels.shape == (7, 9, 3)
    assert (
        np.abs(host_pixels(decoded).astype(float) - NumpyDecoder(interpolator).picture(Shot(point, view), 9, 7)).max()
        < STEP
    )


@settings(max_examples=20, deadline=None)
@given(plates, views)
def test_a_plate_is_drawn_as_the_definition_says(
    interpolator: Interpolator, decoder: GlslDecoder, plate: Plate, view: View
) -> None:
    decoded = decoder.decode(Shot(plate, view), 8, 9)
    truth = NumpyDecoder(interpolator).picture(Shot(plate, view), 8, 9)
    assert np.abs(host_pixels(decoded).astype(float) - truth).max() < STEP


def test_a_view_of_a_four_thousandth_has_no_steps(interpolator: Interpolator, decoder: GlslDecoder) -> None:
    shot = Shot(LatentPoint(((NEURONS[1], 1.0),)), View(0.7123456, -0.3, 4000.0))
    truth = NumpyDecoder(interpolator).picture(shot, 12, 12)
    assert np.abs(host_pixels(decoder.decode(shot, 12, 12)).astype(float) - truth).max() < STEP / 2


@settings(max_examples=20, deadline=None)
@given(shots_at_borders())
def test_on_the_border_of_two_cells_the_right_one_is_shown(
    interpolator: Interpolator, decoder: GlslDecoder, shot: Shot
) -> None:
    assert off(host_pixels(decoder.decode(shot, 7, 5)), NumpyDecoder(interpolator).picture(shot, 7, 5)) < STEP


def test_a_latent_of_the_shipped_atlas_is_drawn_as_the_definition_says() -> None:
    decoder = GlslDecoder(Interpolator(SHIPPED), Headless, compute=False, software=True)
    holds_for_the_shipped_atlas(decoder, 40)
    decoder.close()


@pytest.mark.parametrize(
    "shape",
    [Architecture(6, 2, "sine", "torus", alpha=True), Architecture(5, 2, "relu", "octaves"), Architecture(7, 2, "abs")],
    ids=str,
)
def test_a_cppn_of_any_shape_is_drawn_as_the_definition_says_and_beside_one_of_another_shape(
    shape: Architecture, tmp_path_factory: pytest.TempPathFactory
) -> None:
    interpolator = Interpolator(
        small_atlas(tmp_path_factory.mktemp("atlas"), shape, far=Architecture(width=5, depth=2))
    )
    with closing(GlslDecoder(interpolator, Headless, compute=False, software=True)) as decoder:
        holds_for_shots(decoder, interpolator, 12)


def test_spectra_are_drawn_on_the_card_beside_cppns_with_alpha_and_stay_there(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glsl_passes, "summed_logits", None)  # what would draw them on the processor
    shape = Architecture(width=5, depth=2, alpha=True)
    interpolator = Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), shape, far=Spectrum(16, 12)))
    definition = NumpyDecoder(interpolator)
    with closing(GlslDecoder(interpolator, Headless, compute=False, software=True)) as decoder:
        for neurons in (("far-0",), ("near-1", "far-0")):
            point = LatentPoint(tuple((f"test/{one.replace('-', '/')}", 1 / len(neurons)) for one in neurons))
            for view in (View(), View(x=5001.3, y=-700.2, zoom=0.3, degrees=40), View(zoom=30)):
                shot = Shot(point, view)
                assert off(host_pixels(decoder.decode(shot, 9, 6)), definition.picture(shot, 9, 6)) < STEP
        plate = Plate(("test/far/0", "test/near/1", "test/far/2", "test/far/3", "test/near/0"), 3, 0.1)
        for view in (View(), View(x=0.1, y=-0.2, zoom=1.7, degrees=25), View(zoom=0.3)):
            shot = Shot(plate, view)
            assert off(host_pixels(decoder.decode(shot, 17, 12)), definition.picture(shot, 17, 12)) < STEP
        monkeypatch.setattr(glsl_splines, "coefficients_of", None)  # what would make them anew
        decoder.decode(Shot(LatentPoint((("test/far/0", 1.0),)), View()), 9, 6)
        decoder.decode(Shot(plate, View()), 17, 12)


def test_a_compute_shader_draws_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A small CPPN: for one of eight layers Mesa's renderer compiles half a minute."""
    shape = Architecture(width=5, depth=2)
    interpolator = Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), shape, far=replace(shape, width=6)))
    decoder, definition = GlslDecoder(interpolator, Headless, compute=True, software=True), NumpyDecoder(interpolator)

    @settings(max_examples=20, deadline=None)
    @given(st.one_of(st.builds(Shot, st.one_of(points, plates), views), shots_at_borders()))
    def drawn(shot: Shot) -> None:
        assert off(host_pixels(decoder.decode(shot, 7, 5)), definition.picture(shot, 7, 5)) < STEP

    drawn()
    decoder.close()


class Software:
    """An owner of a context of Mesa's renderer, as far as the decoder looks at it."""

    def __init__(self) -> None:
        self.context: Any = SimpleNamespace(info={"GL_RENDERER": "llvmpipe (LLVM 19.1.7, 256 bits)"}, version_code=450)
        OPEN.append(self)

    def close(self) -> None:
        OPEN.remove(self)


OPEN: list[Software] = []


def test_a_driver_without_compute_shaders_decodes_in_fragments_and_it_is_said(
    interpolator: Interpolator, caplog: pytest.LogCaptureFixture
) -> None:
    class Old(Software):
        def __init__(self) -> None:
            super().__init__()
            self.context = SimpleNamespace(info={"GL_RENDERER": "Intel HD 3000"}, version_code=330)

    with caplog.at_level("INFO"):
        GlslDecoder(interpolator, Old).close()
    assert caplog.text.count("no compute shaders (OpenGL 330): decoding in fragments") == 1
    assert not OPEN


def test_a_plate_keeps_its_weights_on_the_card(decoder: GlslDecoder) -> None:
    plate = Plate(NEURONS, 3)
    decoder.decode(Shot(plate, View()), 8, 8)
    kept = decoder._programs[Architecture(width=10, depth=3), True]._rest._weights
    decoder.decode(Shot(LatentPoint(((NEURONS[0], 1.0),)), View()), 8, 8)
    decoder.decode(Shot(plate, View(x=0.1)), 8, 8)
    assert decoder._programs[Architecture(width=10, depth=3), True]._rest._weights is kept
    decoder.decode(Shot(Plate(NEURONS[:4], 3), View(x=0.1)), 8, 8)
    assert decoder._programs[Architecture(width=10, depth=3), True]._rest._weights is not kept


def test_a_program_that_plays_graphics_card_is_refused_and_released(interpolator: Interpolator) -> None:
    with pytest.raises(DeviceError, match=r"llvmpipe .* renders in software"):
        GlslDecoder(interpolator, Software)
    assert not OPEN


def test_a_picture_that_the_card_cannot_hold_hands_over_with_one_line(
    interpolator: Interpolator, caplog: pytest.LogCaptureFixture
) -> None:
    glsl = partial(GlslDecoder, interpolator, Headless, compute=False, software=True)
    decoder = FallbackDecoder({"glsl": glsl, "torch-cpu": partial(TorchDecoder, interpolator, threads=1)})
    shot = Shot(LatentPoint(((NEURONS[0], 1.0),)), View())
    assert decoder.decode(shot, 9, 7).pixels.shape == (7, 9, 3)
    assert decoder.name == "glsl"
    for _ in range(2):
        assert decoder.decode(shot, 40_000, 1).pixels.shape == (1, 40_000, 3)
    assert decoder.name == "torch-cpu"
    assert [record.getMessage().partition(": ")[0] for record in caplog.records] == [
        "the decoder failed, decoding continues with torch-cpu"
    ]
    assert "OpenGL does not decode 40000x1 pixels" in caplog.text
    decoder.close()


def test_a_lost_context_is_named(interpolator: Interpolator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drivers raise nothing for it: they note an error and draw nothing."""
    target = SimpleNamespace(textures=[None])
    monkeypatch.setattr(glsl_decoder, "Target", lambda *_: nullcontext(target))
    monkeypatch.setattr(glsl_decoder, "pixels_of", lambda *_: None)
    with closing(GlslDecoder(interpolator, Headless, compute=False, software=True)) as decoder:
        decoder._context = SimpleNamespace(error="GL_CONTEXT_LOST")  # type: ignore[assignment]  # a made-up loss
        decoder._programs[Architecture(width=10, depth=3), False] = SimpleNamespace(draw=lambda *_: None)  # type: ignore[assignment]  # draws nothing
        with pytest.raises(DeviceError, match="OpenGL does not decode 9x7 pixels: GL_CONTEXT_LOST"):
            decoder.decode(Shot(LatentPoint(((NEURONS[0], 1.0),)), View()), 9, 7)


def test_a_driver_without_opengl_is_named(interpolator: Interpolator) -> None:
    def nothing() -> Headless:
        raise DeviceError("no OpenGL 3.3 without a display")

    with pytest.raises(DeviceError, match=r"no OpenGL 3\.3"):
        GlslDecoder(interpolator, nothing)
