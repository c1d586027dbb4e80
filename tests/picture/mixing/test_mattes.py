"""A matte says where a layer is seen: as far as another is light, or opaque."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray

from installation.picture.mixing.mixer import Mixer
from installation.picture.source import DecodedPicture, LayerPicture
from installation.show.frame import (
    CueFrame,
    Effect,
    Frame,
    LatentPoint,
    LayerFrame,
    Matte,
    MatteUse,
    OutputFrame,
    Place,
    Shot,
    View,
)
from tests.picture.mixing.effects_reference import LUMINANCE, treated
from tests.picture.reference import display, linear

SIZE = (64, 36)
SHOT = Shot(LatentPoint((("a", 1.0),)), View())
STEP = 2.0
LEFT = Place(0, 0, 0.5, 1)


def waves(phase: float, channels: int = 3) -> NDArray[np.float64]:
    y, x = np.mgrid[0:36, 0:64] / 9.0
    shown = [0.5 + 0.45 * np.sin(x + phase + turn + np.sin(2 * y)) for turn in (0.0, 2.1, 4.2, 1.0)]
    return np.stack(shown[:channels], -1).astype(np.float16).astype(np.float64)


def picture_of(pixels: NDArray[np.float64]) -> LayerPicture:
    return LayerPicture(View(), ((DecodedPicture(pixels.astype(np.float16), View()), 1.0),))


def drawn(gl: moderngl.Context, *layers: tuple[LayerFrame, NDArray[np.float64]]) -> NDArray[np.float64]:
    output = OutputFrame("wall", (CueFrame("1", tuple(layer for layer, _ in layers)),))
    sources = {("wall", 0, number): picture_of(pixels) for number, (_, pixels) in enumerate(layers)}
    with Mixer(gl, {"wall": SIZE}) as mixer:
        return mixer.mix(Frame(0, 0.0, (output,)), sources)["wall"].pixels()[..., :3].astype(float)


def layer(name: str, **changes: Any) -> LayerFrame:
    return LayerFrame(name, SHOT)._replace(**changes)


def laid(below: NDArray[np.float64], above: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    share = share[..., None]
    return 255 * display((1 - share) * linear(below) + share * linear(above))


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("use", ["brightness", "alpha"])
def test_a_layer_is_seen_where_its_matte_is_light_or_opaque(
    gl: moderngl.Context, use: MatteUse, inverted: bool
) -> None:
    mask = waves(3.0, 4)
    share = mask[..., 3] * (mask[..., :3] @ LUMINANCE) if use == "brightness" else mask[..., 3]
    sea = layer("sea", matte=Matte("mask", use, inverted))
    picture = drawn(gl, (layer("sky"), waves(1.0)), (layer("mask", is_matte=True), mask), (sea, waves(2.0)))
    expected = laid(waves(1.0), waves(2.0), 1 - share if inverted else share)
    assert np.abs(picture - expected).max() < STEP


def test_where_a_matte_does_not_lie_nothing_is_seen(gl: moderngl.Context) -> None:
    mask, sea = layer("mask", is_matte=True, place=LEFT), layer("sea", matte=Matte("mask", "alpha"))
    picture = drawn(gl, (layer("sky"), waves(1.0)), (mask, waves(3.0)[:, :32]), (sea, waves(2.0)))
    assert np.abs(picture[:, :32] - 255 * waves(2.0)[:, :32]).max() < STEP
    assert np.abs(picture[:, 32:] - 255 * waves(1.0)[:, 32:]).max() < STEP


def test_a_layer_in_a_part_of_the_output_is_cut_by_what_lies_over_that_part(gl: moderngl.Context) -> None:
    sea = layer("sea", matte=Matte("mask"), place=LEFT)
    picture = drawn(gl, (layer("mask", is_matte=True), waves(3.0)), (sea, waves(2.0)[:, :32]))
    share = (waves(3.0) @ LUMINANCE)[:, :32]
    assert np.abs(picture[:, :32] - laid(np.zeros((36, 32, 3)), waves(2.0)[:, :32], share)).max() < STEP
    assert (picture[:, 32:] == 0).all()


def test_effects_of_a_matte_count(gl: moderngl.Context) -> None:
    hard = Effect("threshold", (0.5, 0.3, 1.0))
    mask, sea = layer("mask", is_matte=True, effects=(hard,)), layer("sea", matte=Matte("mask"))
    picture = drawn(gl, (layer("sky"), waves(1.0)), (mask, waves(3.0)), (sea, waves(2.0)))
    assert np.abs(picture - laid(waves(1.0), waves(2.0), treated(waves(3.0), hard)[..., 0])).max() < 4


def test_a_layer_whose_matte_has_no_picture_yet_is_not_seen(gl: moderngl.Context) -> None:
    sea = layer("sea", matte=Matte("mask"))
    picture = drawn(gl, (layer("sky"), waves(1.0)), (sea, waves(2.0)))
    assert np.abs(picture - 255 * waves(1.0)).max() < STEP
