"""Draws pictures from files for an order."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from installation.media.image_file import read_image
from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.sources.sampling import Pyramid, pyramid_of, sampled
from installation.picture.view import Affine
from installation.show.frame import Fit, StillImage

MAX_BYTES = 512 * 1024 * 1024
"""The most bytes of pictures kept in memory for further use; the least recently used goes first."""


class StillImages:
    """The drawer of StillImage: reads each file at first use, and keeps its pyramid while it has room."""

    def __init__(self) -> None:
        self._pyramids: OrderedDict[str, Pyramid] = OrderedDict()

    def draw(self, subject: StillImage, order: Order) -> DecodedPicture:
        """See Drawer.draw. Raises MediaError if the file is missing or has changed."""
        pyramid = self._pyramid(subject)
        return sampled(pyramid, texel_of(pyramid.size_px, subject.fit, subject.aspect), order)

    def _pyramid(self, subject: StillImage) -> Pyramid:
        found = self._pyramids.pop(subject.digest, None) or pyramid_of(read_image(Path(subject.file), subject.digest))
        self._pyramids[subject.digest] = found
        while len(self._pyramids) > 1 and sum(one.nbytes for one in self._pyramids.values()) > MAX_BYTES:
            self._pyramids.popitem(last=False)
        return found

    def close(self) -> None:
        """Release all pictures."""
        self._pyramids.clear()


def texel_of(size_px: tuple[int, int], fit: Fit, aspect: float) -> Affine:
    """The map from picture coordinates to texels of a picture of that size (width, height), in a place of width /
    height `aspect`."""
    width, height = size_px
    half_width, half_height = max(aspect, 1.0), max(1.0 / aspect, 1.0)
    own = width / height
    if fit != "stretch":
        if (own > aspect) == (fit == "contain"):
            half_height = half_width / own
        else:
            half_width = half_height * own
    across, down = width / 2 / half_width, height / 2 / half_height
    return Affine(across, 0.0, width / 2, 0.0, down, height / 2)
