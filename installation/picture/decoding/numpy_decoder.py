"""The reference decoder: double precision, no tricks, pixel by pixel through the formulas. Slow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from installation.atlas.interpolate import OPAQUE_LOGIT, Component, Interpolator
from installation.picture.decoding.plates import cell_coordinates, plate_pixels, single_visible_cell
from installation.picture.decoding.projection import offsets
from installation.picture.decoding.single_picture import SinglePicture, outputs_of, seen
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.view import Affine, picture_coordinates
from installation.picture.ways.kinds import way_of
from installation.picture.ways.points import pixel_of
from installation.show.frame import LatentPoint, Plate, Shot

Floats = NDArray[np.float64]


class NumpyDecoder:
    """Decodes by definition; tests compare all other decoders with it."""

    name = "numpy"

    def __init__(self, interpolator: Interpolator) -> None:
        self._interpolator = interpolator

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        if pixel_map is None:
            return DecodedPicture(self.picture(shot, width, height).astype(np.float16), shot.view)
        return DecodedPicture(self.bent(shot, pixel_map).astype(np.float16), shot.view, pixel_map)

    def bent(self, shot: Shot, pixel_map: PixelMap) -> Floats:
        """The single picture of a shot at a monitor's pixels, (height, width, 3 or 4); black outside the picture."""
        whole = seen(shot, pixel_map.aspect, self._interpolator)
        assert isinstance(whole, SinglePicture)
        height, width = pixel_map.offsets.shape[1:]
        picture = np.zeros((height, width, whole.outputs))
        u, v = pixel_map.offsets.reshape(2, -1)[:, pixel_map.covered].astype(np.float64) + 0.5  # (count,) both
        drawn = draw(whole.components, whole.affine, u, v, height)
        picture.reshape(-1, whole.outputs)[pixel_map.covered] = drawn
        return picture

    def picture(self, shot: Shot, width: int, height: int) -> Floats:
        """Display-encoded RGB 0..1 in double precision, (height, width, 3), or with alpha (height, width, 4)."""
        affine = picture_coordinates(shot.view, width / height)
        u, v = np.meshgrid(offsets(width) + 0.5, offsets(height) + 0.5)  # (height, width) both
        if isinstance(shot.subject, LatentPoint):
            return draw(self._interpolator.components(shot.subject), affine, u, v, height)
        assert isinstance(shot.subject, Plate), "others have drawers of their own"
        components = [self._interpolator.neuron(neuron) for neuron in shot.subject.neurons]
        alone = single_visible_cell(shot.subject, shot.view, width / height)
        outputs = outputs_of(components if alone is None else [components[alone]])
        picture = np.zeros((height, width, outputs))
        pixels = plate_pixels(shot.subject, shot.view, width, height)
        for cell in np.unique(pixels.cells[pixels.cells >= 0]):
            here = pixels.cells == cell
            own = cell_coordinates(shot.subject, int(cell), affine)
            drawn = draw((components[cell],), own, u[here], v[here], height)
            picture[here, : drawn.shape[-1]] = drawn
            picture[here, drawn.shape[-1] :] = 1.0
        picture[..., -1 if outputs == 4 else 0 :] *= pixels.coverage[
            ..., None
        ]  # a gap is transparent, or without alpha black
        return picture

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def draw(components: Sequence[Component], affine: Affine, u: Floats, v: Floats, height: int) -> Floats:
    """RGB, or with alpha (..., 4), at the points (u, v) of a place, both (...), seen through `affine`.

    The place has `height` pixels.
    """
    outputs = outputs_of(components)
    x, y = affine.a * u + affine.b * v + affine.c, affine.d * u + affine.e * v + affine.f
    logits = np.zeros((x.size, outputs))
    for component in components:
        found = way_of(component).definition(component, x.ravel(), y.ravel(), pixel_of(affine, height))
        logits[:, : found.shape[1]] += component.share * found
        logits[:, found.shape[1] :] += component.share * OPAQUE_LOGIT
    return np.exp(-np.logaddexp(0.0, -logits)).reshape(*u.shape, outputs)  # the sigmoid, for logits of any size
