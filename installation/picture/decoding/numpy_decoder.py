"""The decoder that says what is right: double precision, no tricks, pixel by pixel through the formulas. Slow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from installation.atlas.cppn import HALF_RANGE, unflatten
from installation.atlas.interpolate import Component, Interpolator
from installation.picture.decoding.plates import cell_coordinates, plate_pixels
from installation.picture.decoding.projection import offsets
from installation.picture.decoding.single_picture import SinglePicture, seen
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.view import Affine, picture_coordinates
from installation.show.frame import Plate, Shot

Floats = NDArray[np.float64]


class NumpyDecoder:
    """Decoder by definition; tests hold all others against it."""

    name = "numpy"

    def __init__(self, interpolator: Interpolator) -> None:
        self._interpolator = interpolator

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        """See Decoder.decode."""
        if pixel_map is None:
            return DecodedPicture(self.picture(shot, width, height).astype(np.float16), shot.view)
        return DecodedPicture(self.bent(shot, pixel_map).astype(np.float16), shot.view, pixel_map)

    def bent(self, shot: Shot, pixel_map: PixelMap) -> Floats:
        """The one picture of a shot at a monitor's pixels, (height, width, 3); black where it does not lie."""
        whole = seen(shot, pixel_map.aspect, self._interpolator)
        assert isinstance(whole, SinglePicture)
        picture = np.zeros((*pixel_map.offsets.shape[1:], 3))
        u, v = pixel_map.offsets.reshape(2, -1)[:, pixel_map.covered].astype(np.float64) + 0.5  # (count,) both
        picture.reshape(-1, 3)[pixel_map.covered] = draw(whole.components, whole.affine, u, v)
        return picture

    def picture(self, shot: Shot, width: int, height: int) -> Floats:
        """Display-encoded RGB 0..1 in double precision, (height, width, 3)."""
        affine = picture_coordinates(shot.view, width / height)
        u, v = np.meshgrid(offsets(width) + 0.5, offsets(height) + 0.5)  # (height, width) both
        if not isinstance(shot.subject, Plate):
            return draw(self._interpolator.components(shot.subject), affine, u, v)
        picture = np.zeros((height, width, 3))
        pixels = plate_pixels(shot.subject, shot.view, width, height)
        for cell in np.unique(pixels.cells[pixels.cells >= 0]):
            component = self._interpolator.neuron(shot.subject.neurons[cell])
            here = pixels.cells == cell
            picture[here] = draw((component,), cell_coordinates(shot.subject, int(cell), affine), u[here], v[here])
        return picture * pixels.coverage[..., None]

    def close(self) -> None:
        """Nothing is held."""


def draw(components: tuple[Component, ...], affine: Affine, u: Floats, v: Floats) -> Floats:
    """RGB (..., 3) at the points (u, v) of a place, both (...), seen through `affine`."""
    x, y = affine.a * u + affine.b * v + affine.c, affine.d * u + affine.e * v + affine.f
    logits = np.zeros((*u.shape, 3))
    for component in components:
        *hidden, (weight, bias) = (
            (one.numpy(), other.numpy()) for one, other in unflatten(component.weights.double(), component.architecture)
        )
        signal = HALF_RANGE * np.stack([x, y], -1)  # (..., 2)
        for hidden_weight, hidden_bias in hidden:
            angle = np.arctan(signal @ hidden_weight.T + hidden_bias)  # (..., width)
            signal = np.concatenate([angle, angle * angle], -1)  # (..., 2 width)
        logits += component.share * (signal @ weight.T + bias)
    return 1 / (1 + np.exp(-logits))
