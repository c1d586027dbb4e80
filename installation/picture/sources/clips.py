"""Draws the frames of films for an order."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from installation.media.film_file import FilmReader
from installation.picture.order import Order
from installation.picture.source import WHOLE, Box, DecodedPicture
from installation.picture.sources.sampling import Pyramid, pyramid_of, sampled
from installation.picture.sources.still_images import texel_of
from installation.show.frame import ClipMoment, View

if TYPE_CHECKING:
    import av

MAX_OPEN = 6
"""How many films stay open; one more closes the least recently used."""

HD_HEIGHT = 720
"""An untagged film of this height or more has HD colours."""

PLAIN = View()


class Clips:
    """The drawer of ClipMoment: opens each film at first use."""

    def __init__(self) -> None:
        self._readers: OrderedDict[str, FilmReader] = OrderedDict()

    def draw(self, subject: ClipMoment, order: Order) -> DecodedPicture:
        """See Drawer.draw. Raises MediaError for a missing or damaged film."""
        reader = self._reader(subject)
        frame = reader.frame(subject.frame)
        if order.shot.view == PLAIN and order.pixel_map is None:
            return _laid(frame, reader.turns, subject, order)
        pixels = _pixels(frame, (frame.width, frame.height), reader.turns)
        width, height = pixels.shape[1], pixels.shape[0]
        pyramid = pyramid_of(pixels) if _is_smaller(order, width) else Pyramid((pixels,))
        return sampled(pyramid, texel_of((width, height), subject.fit, subject.aspect), order)

    def _reader(self, subject: ClipMoment) -> FilmReader:
        found = self._readers.pop(subject.digest, None) or FilmReader(Path(subject.file), subject.fps)
        self._readers[subject.digest] = found
        while len(self._readers) > MAX_OPEN:
            self._readers.popitem(last=False)[1].close()
        return found

    def close(self) -> None:
        """Close all films."""
        while self._readers:
            self._readers.popitem()[1].close()


def _is_smaller(order: Order, width: int) -> bool:
    """Whether a frame is shown smaller than its own size, so that its texels must be averaged."""
    return width > 1.5 * order.width * order.shot.view.zoom


def _laid(frame: av.VideoFrame, turns: int, subject: ClipMoment, order: Order) -> DecodedPicture:
    """A whole frame in its place, scaled once, to whole pixels: a tenth of the time that a moved camera needs."""
    own = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
    texel = texel_of(own, subject.fit, subject.aspect)
    half_width, half_height = max(subject.aspect, 1.0), max(1.0 / subject.aspect, 1.0)
    width = max(round(own[0] / texel.a / 2 / half_width * order.width), 1)
    height = max(round(own[1] / texel.e / 2 / half_height * order.height), 1)
    pixels = _pixels(frame, (height, width) if turns % 2 else (width, height), turns)
    left, top = (order.width - width) // 2, (order.height - height) // 2
    if left <= 0 and top <= 0:
        cut = pixels[-top : order.height - top, -left : order.width - left]
        return DecodedPicture(_halves()[cut], order.shot.view)
    laid = np.zeros((order.height, order.width, 4), np.uint8)
    seen = pixels[max(-top, 0) : order.height - top, max(-left, 0) : order.width - left]
    rows, columns = slice(max(top, 0), max(top, 0) + seen.shape[0]), slice(max(left, 0), max(left, 0) + seen.shape[1])
    laid[rows, columns, : seen.shape[2]] = seen
    if seen.shape[2] == 3:
        laid[rows, columns, 3] = 255
    box = Box(
        columns.start / order.width, rows.start / order.height, columns.stop / order.width, rows.stop / order.height
    )
    return DecodedPicture(_halves()[laid], order.shot.view, box=box if seen.size else WHOLE)


@lru_cache(maxsize=1)
def _halves() -> NDArray[np.float16]:
    return (np.arange(256) / 255).astype(np.float16)


def _pixels(frame: av.VideoFrame, size_px: tuple[int, int], turns: int) -> NDArray[np.uint8]:
    """A frame scaled to a size (width, height) and turned upright: (height, width, 3 or 4), display-encoded."""
    from av.video.reformatter import Colorspace, Interpolation

    tagged = frame.colorspace in (Colorspace.ITU709, Colorspace.ITU601, Colorspace.FCC, Colorspace.SMPTE240M)
    matrix = frame.colorspace if tagged else Colorspace.ITU709 if frame.height >= HD_HEIGHT else Colorspace.ITU601
    has_alpha = any(component.is_alpha for component in frame.format.components)
    is_smaller = size_px[0] < frame.width
    scaled = frame.reformat(
        *size_px,
        "rgba" if has_alpha else "rgb24",
        src_colorspace=matrix,
        interpolation=Interpolation.AREA if is_smaller else Interpolation.BICUBIC,
    )
    return np.ascontiguousarray(np.rot90(scaled.to_ndarray(), turns), np.uint8)
