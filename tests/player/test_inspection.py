"""Looked at before it takes its name: what came out black is an error, what is dark on purpose is not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.interpolate import Interpolator
from installation.errors import DeviceError
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.picture.mixing.canvas import Canvas
from installation.player.inspection import Inspector, varies_visibly
from installation.player.tiles import TilePainter, frame_alone
from installation.show.frame import CueFrame, Frame, LatentPoint, LayerFrame, OutputFrame, Reveal, Shot, View
from tests.small_atlas import small_atlas

SIZE = 320, 180
NEAR = Shot(LatentPoint((("test/near/0", 1.0),)), View())
FAR_IN = Shot(NEAR.subject, View(zoom=4000))
"""So close that one colour fills the picture."""


@pytest.fixture(scope="module")
def interpolator(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    return Interpolator(small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(width=12, depth=4)))


@pytest.fixture(scope="module")
def inspector(interpolator: Interpolator) -> Iterator[Inspector]:
    with Inspector(partial(cpu_decoder, interpolator)) as inspector:
        yield inspector


def frame_of(shot: Shot = NEAR, opacity: float = 1.0, level: float = 1.0, progress: float = 1.0) -> Frame:
    reveal = Reveal("dissolve", progress)
    cue = CueFrame("one", (LayerFrame("sea", shot, opacity=opacity),), reveal)
    return Frame(7, 0.0, (OutputFrame("wall", (cue,), level),))


BLACK = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)


def drawn(interpolator: Interpolator) -> NDArray[np.uint8]:
    with TilePainter(interpolator, "wall", SIZE) as painter:
        return np.concatenate(list(painter.bands(frame_of()))).astype(np.uint8)


def test_a_black_picture_where_a_neuron_is_shown_is_an_error_that_says_where(inspector: Inspector) -> None:
    with pytest.raises(
        DeviceError, match=r"output 'wall', frame 7: between \(0, 0\) and \(320, 180\) .* came out black"
    ):
        inspector.inspect(frame_of(), {"wall": BLACK})
    with pytest.raises(DeviceError, match="of one colour"):
        inspector.inspect(frame_of(), {"wall": BLACK + 77})


def test_a_picture_that_is_cut_is_an_error_too(interpolator: Interpolator, inspector: Inspector) -> None:
    picture = drawn(interpolator)
    inspector.inspect(frame_of(), {"wall": picture})
    picture[90:] = 0
    with pytest.raises(DeviceError, match="came out black"):
        inspector.inspect(frame_of(), {"wall": picture})


@pytest.mark.parametrize(
    "frame",
    [
        frame_of(level=0.0),
        frame_of(opacity=0.0),
        frame_of(opacity=0.01),
        frame_of(progress=0.0),
        frame_of(FAR_IN),
        Frame(7, 0.0, (OutputFrame("wall", (), 1.0),)),
    ],
)
def test_what_is_dark_or_of_one_colour_on_purpose_is_none(inspector: Inspector, frame: Frame) -> None:
    inspector.inspect(frame, {"wall": BLACK})


def test_what_is_transparent_is_not_expected_to_be_seen() -> None:
    colours = np.random.default_rng(1).random((40, 40, 4), np.float32)
    assert varies_visibly(colours, 1.0)
    colours[..., 3] = 0
    assert not varies_visibly(colours, 1.0)


def test_a_card_that_draws_nothing_ends_a_still_and_leaves_no_file(
    interpolator: Interpolator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(canvas: Canvas) -> NDArray[np.uint8]:
        width, height = canvas.size_px
        return np.zeros((height, width, 4), np.uint8)

    monkeypatch.setattr(Canvas, "pixels", nothing)
    with TilePainter(interpolator, "picture", SIZE) as painter, pytest.raises(DeviceError, match="came out black"):
        next(painter.bands(frame_alone(NEAR)))
    with TilePainter(interpolator, "picture", SIZE) as painter:
        assert not next(painter.bands(frame_alone(FAR_IN))).any(), "one colour may be right"
