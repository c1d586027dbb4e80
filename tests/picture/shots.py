"""Shots of all kinds, for whatever draws them: any latent, any view, any plate, pixels on the borders of cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.picture.decoding.decoder import Decoder
from installation.picture.decoding.numpy_decoder import NumpyDecoder
from installation.picture.decoding.plates import cell_size
from installation.picture.source import DecodedPicture
from installation.show.frame import LatentPoint, Plate, Shot, View

STEP = 1 / 255
NEURONS = tuple(f"test/{family}/{row}" for family in ("near", "far") for row in range(4))
"""Of tests.small_atlas."""

SHIPPED = Atlas.open(SHIPPED_ATLAS)
SHIPPED_NEURONS = tuple(neuron.address for neuron in SHIPPED.neurons)

views = st.builds(
    View,
    x=st.floats(-1.5, 1.5),
    y=st.floats(-1.5, 1.5),
    zoom=st.floats(-1.5, 3.6).map(lambda power: 10**power),
    degrees=st.floats(-180, 180),
    mirrored=st.booleans(),
)


def points_between(neurons: tuple[str, ...]) -> st.SearchStrategy[LatentPoint]:
    """A neuron, or what lies between two or three of them, of one family or of several."""
    shares = st.tuples(st.sampled_from(neurons), st.floats(0.1, 1))
    several = st.lists(shares, min_size=1, max_size=3, unique_by=lambda share: share[0])
    return several.map(
        lambda found: LatentPoint(tuple((neuron, share / sum(one for _, one in found)) for neuron, share in found))
    )


def plates_of(neurons: tuple[str, ...]) -> st.SearchStrategy[Plate]:
    """Plates of up to nine cells, full or not."""
    return st.builds(
        Plate,
        neurons=st.lists(st.sampled_from(neurons), min_size=1, max_size=9).map(tuple),
        columns=st.integers(1, 4),
        gap=st.sampled_from([0.0, 0.02, 0.3]),
        aspect=st.sampled_from([1.0, 16 / 9, 0.5]),
    )


points, plates = points_between(NEURONS), plates_of(NEURONS)
shipped = st.builds(Shot, st.one_of(points_between(SHIPPED_NEURONS), plates_of(SHIPPED_NEURONS)), views)


@st.composite
def shots_at_borders(draw: st.DrawFn) -> Shot:
    """Where four cells meet is in the middle of the place, or beside it by less than single precision can tell."""
    plate = Plate(NEURONS, 3, draw(st.sampled_from([0.0, 0.02])), draw(st.sampled_from([1.0, 16 / 9])))
    width, height = cell_size(plate)
    beside = st.sampled_from([0.0, 1e-15, -1e-15, 1e-9, -1e-9, 1e-7, -1e-7])
    zoom = 10 ** draw(st.floats(0, 3.6))
    return Shot(
        plate,
        View(
            draw(st.sampled_from([-0.5, 0.5])) * width + draw(beside) / zoom,
            draw(st.sampled_from([-0.5, 0.5])) * height + draw(beside) / zoom,
            zoom,
            draw(st.sampled_from([0.0, 90.0, 30.0])),
        ),
    )


def host_pixels(picture: DecodedPicture) -> NDArray[np.float16]:
    """The pixels (height, width, 3 or 4) of a picture that lies in the host's memory, as all do but a card's."""
    assert isinstance(picture.pixels, np.ndarray)
    return picture.pixels.astype(np.float16, copy=False)


def off(drawn: np.ndarray, truth: np.ndarray) -> float:
    """The largest difference of two pictures."""
    return float(np.abs(drawn.astype(float) - truth).max(initial=0.0))


phases = st.floats(0, 1, exclude_max=True)


def holds_for_shots(
    decoder: Decoder, interpolator: Interpolator, examples: int, neurons: tuple[str, ...] = NEURONS
) -> None:
    """Whatever the neurons of an atlas like tests.small_atlas are drawn as: points and plates, at any view and size."""
    definition = NumpyDecoder(interpolator)
    subjects = st.one_of(points_between(neurons), plates_of(neurons))

    @settings(max_examples=examples, deadline=None)
    @given(subject=subjects, phase=phases, view=views, width=st.integers(1, 41), height=st.integers(1, 41))
    def drawn(subject: LatentPoint | Plate, phase: float, view: View, width: int, height: int) -> None:
        moving = replace(subject, phase=phase) if isinstance(subject, LatentPoint) else subject
        truth = definition.picture(Shot(moving, view), width, height)
        found = host_pixels(decoder.decode(Shot(moving, view), width, height))
        assert found.shape == truth.shape
        assert off(found, truth) < STEP

    drawn()


def holds_for_the_shipped_atlas(decoder: Decoder, examples: int) -> None:
    """Any latent of the shipped atlas, at any view and size, is drawn as the definition says."""
    definition = NumpyDecoder(Interpolator(SHIPPED))

    @settings(max_examples=examples, deadline=None)
    @given(shot=shipped, width=st.integers(1, 31), height=st.integers(1, 31))
    def drawn(shot: Shot, width: int, height: int) -> None:
        assert off(host_pixels(decoder.decode(shot, width, height)), definition.picture(shot, width, height)) < STEP

    drawn()
