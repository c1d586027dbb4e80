"""Tiles: whatever a frame shows, cut in whatever way, its pixels are those of the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.mixing.mixer import Mixer
from installation.picture.supply.supply import ExactSupply
from installation.player.tiles import TilePainter
from installation.show.frame import (
    Blend,
    CueFrame,
    Frame,
    LatentPoint,
    LayerFrame,
    OutputFrame,
    Place,
    Plate,
    Reveal,
    Shot,
    View,
)
from tests.picture.shots import NEURONS
from tests.picture.sources.flags import flag, flags
from tests.small_atlas import small_atlas

SIZE = 331, 217
TILES = (64, 50), (331, 7), (40, 217)


@pytest.fixture(scope="module")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=12, depth=4)))


def layer(
    number: int, place: Place | None = None, opacity: float = 1.0, blend: Blend = "normal", zoom: float = 1.0
) -> LayerFrame:
    subject = LatentPoint(((NEURONS[number], 0.6), (NEURONS[number + 1], 0.4)))
    return LayerFrame(f"layer {number}", Shot(subject, View(0.1, -0.2, zoom, 20)), place or Place(), opacity, blend)


PLATE = LayerFrame("plate", Shot(Plate(NEURONS, 3, 0.04, SIZE[0] / SIZE[1]), View(0.2, 0, 1.3, 10)))
SMALL = Place(0.31, 0.17, 0.4, 0.55)
UNDER = CueFrame("under", (layer(0),))

FRAMES = {
    "one picture": (UNDER,),
    "finer than its pixels": (CueFrame("one", (layer(0, SMALL),)),),
    "a plate": (CueFrame("one", (PLATE,)),),
    "layers with blends": (
        CueFrame("one", (layer(0), layer(2, SMALL, 0.7, "multiply"), layer(4, blend="difference"))),
    ),
    "seven layers": (CueFrame("one", tuple(layer(number % 6, opacity=0.6, zoom=2) for number in range(7))),),
    "a dissolve": (UNDER, CueFrame("over", (layer(2),), Reveal("dissolve", 0.4))),
    "a wipe": (UNDER, CueFrame("over", (layer(2),), Reveal("wipe", 0.4, 30, 0.3))),
    "an iris": (UNDER, CueFrame("over", (layer(2, SMALL),), Reveal("iris", 0.6, softness=0.2))),
    "a dissolve by light": (UNDER, CueFrame("over", (layer(2),), Reveal("luma", 0.5, softness=0.4))),
    "a push": (UNDER, CueFrame("over", (layer(2, SMALL), layer(4, SMALL, 0.5)), Reveal("push", 0.37, 90))),
}


def frame_of(cues: tuple[CueFrame, ...], level: float = 0.9) -> Frame:
    return Frame(7, 0.28, (OutputFrame("wall", cues, level),))


def at_once(interpolator: Interpolator, frame: Frame) -> NDArray[np.uint8]:
    with (
        Headless() as headless,
        Mixer(headless.context, {"wall": SIZE}) as mixer,
        ExactSupply(cpu_decoder(interpolator), supersampled=True) as supply,
    ):
        mixer.mix(frame, supply.sources(frame, mixer.sizes))
        return mixer.canvases["wall"].pixels()[..., :3]


def in_tiles(
    interpolator: Interpolator, frame: Frame, tile_px: tuple[int, int], *, precise: bool = False
) -> NDArray[np.uint8] | NDArray[np.float32]:
    with TilePainter(interpolator, "wall", SIZE, precise=precise, tile_px=tile_px) as painter:
        return np.concatenate(list(painter.bands(frame)))


@pytest.mark.parametrize("what", FRAMES)
@pytest.mark.parametrize("tile_px", TILES)
def test_a_frame_in_tiles_is_byte_for_byte_the_whole_frame(
    interpolator: Interpolator, what: str, tile_px: tuple[int, int]
) -> None:
    frame = frame_of(FRAMES[what])
    whole = at_once(interpolator, frame)
    assert whole.max() - whole.min() > 40
    assert (in_tiles(interpolator, frame, tile_px) == whole).all()


@pytest.mark.parametrize("what", ["one picture", "a plate", "an iris"])
def test_a_precise_picture_has_no_seams_either_and_is_the_still_before_rounding(
    interpolator: Interpolator, what: str
) -> None:
    frame = frame_of(FRAMES[what], 1.0)
    whole = in_tiles(interpolator, frame, SIZE, precise=True)
    assert whole.dtype == np.float32
    for tile_px in TILES:
        assert (in_tiles(interpolator, frame, tile_px, precise=True) == whole).all()
    assert np.abs(whole * 255 - at_once(interpolator, frame)).max() < 1.2
    assert len(np.unique(whole)) > 5000, "more values than 8 bits hold"


def test_what_is_no_neuron_is_drawn_once_and_cut(interpolator: Interpolator) -> None:
    with flags() as drawer:
        over = LayerFrame("flag", Shot(flag(0.4), View()), SMALL, 0.8)
        frame = frame_of((CueFrame("one", (layer(0), over)),))
        whole = at_once(interpolator, frame)
        drawer.orders.clear()
        assert (in_tiles(interpolator, frame, TILES[0]) == whole).all()
        assert len(drawer.orders) == 1


def test_a_dark_output_is_black_and_costs_no_decoding(interpolator: Interpolator) -> None:
    unknown = replace(UNDER, layers=(LayerFrame("gone", Shot(LatentPoint((("nobody/knows/0", 1.0),)), View())),))
    assert not in_tiles(interpolator, frame_of((unknown,), 0.0), (100, 100)).any()
