"""More samples than pixels, if detail is finer than a pixel: plates, small places, distant cameras.

A small picture of a CPPN, sampled once a pixel, is off by far more than it looks, and flickers when the camera moves.
Error against 15 x 15 samples a pixel, for 28 neurons of the shipped atlas as squares of n pixels (root mean square,
median, in 255ths): 27 at n = 12, 13 at 32, 6.5 at 64, 3.8 at 96; with 3 x 3 samples 3.8, 1.4, 0.7 and 0.4. Change from
half a pixel's motion at n = 32: 28 with one sample, 18.3 with 3 x 3, 17.5 exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from installation.picture.decoding.decoder import Decoder, decode_all, decode_part
from installation.picture.order import Order
from installation.picture.rectangle import Rectangle
from installation.picture.source import DecodedPicture, Part
from installation.show.frame import LatentPoint, Plate, Shot

if TYPE_CHECKING:
    from torch import Tensor

SAMPLES = 3
"""The samples a side of a pixel. With an odd number one sample is the pixel's middle, which allows a gradual blend."""

FINE_PX, COARSE_PX = 128.0, 192.0
"""A neuron's picture is averaged fully if its short side has fewer pixels than the first, not at all above the
second."""

KEY_PX = 16.0
"""Key pictures of a standing subject with a short side of at most this many pixels ...

12 neurons as squares of 24 pixels, at half their width: off by 27 of 255 with one sample, and half a pixel's motion
changes 29 (19 exactly); at a third of their width with 3 x 3 samples 28 and 12. With 36 pixels: 20 and 22 (17 exactly),
against 23 and 10.
"""

KEY_SHARE = 2 / 3
"""... are averaged, at this share of their width: four times the samples, about once in three key steps."""

MIN_ALPHA = 1e-4
"""The least weight of a sample's alpha: a fully transparent pixel still takes its colour from the samples."""

BAND_PX, CARD_BAND_PX = 1 << 16, 1 << 20
"""The pixels of a band, averaged together: intermediate results stay in the cache, or small in a card's memory."""


def softness_of(shot: Shot, width: int, height: int) -> float:
    """The share of the average that a picture needs, 0 (sampled once a pixel) to 1; changes gradually with the
    camera."""
    return min(max((COARSE_PX - neuron_px(shot, width, height)) / (COARSE_PX - FINE_PX), 0.0), 1.0)


def neuron_px(shot: Shot, width: int, height: int) -> float:
    """The short side of a neuron's own picture in a place of that many pixels; infinite if the subject is not
    neurons."""
    if isinstance(shot.subject, Plate):
        return min(width, height) * shot.view.zoom / max(shot.subject.columns, shot.subject.rows)
    return min(width, height) * shot.view.zoom if isinstance(shot.subject, LatentPoint) else math.inf


def samples_of(order: Order) -> int:
    """How many samples a decoder takes for a picture."""
    if order.pixel_map is not None:
        return len(order.pixel_map.covered)
    return order.width * order.height * (SAMPLES * SAMPLES if order.softness > 0 else 1)


def drawn(decoder: Decoder, orders: Sequence[Order]) -> list[DecodedPicture]:
    """The ordered pictures, drawn in batches if the decoder supports them. Raises what the decoder raises.

    A card may still be drawing them: each is complete when its `prepare` returns.
    """
    sampled = [
        order._replace(width=SAMPLES * order.width, height=SAMPLES * order.height) if order.softness > 0 else order
        for order in orders
    ]
    decoded = decode_all(decoder, sampled)
    return [averaged(fine, order) if order.softness > 0 else fine for order, fine in zip(orders, decoded, strict=True)]


def drawn_part(decoder: Decoder, order: Order, part: Rectangle, *, precise: bool) -> DecodedPicture:
    """A part of the ordered picture, equal to the whole picture's pixels; `precise` gives single instead of half
    precision."""
    import torch

    samples, size_px = SAMPLES if order.softness > 0 else 1, (order.width, order.height)
    fine_px = samples * order.width, samples * order.height
    found = decode_part(decoder, order.shot, fine_px, part.scaled(samples))
    if not precise:
        # torch converts with vector instructions, see NumbaDecoder.decode.
        found = replace(found, pixels=torch.from_numpy(found.pixels).half().numpy())
    pixels = averaged(found, order).pixels if order.softness > 0 else found.pixels
    return DecodedPicture(pixels, order.shot.view, part=Part(part, size_px))


def averaged(fine: DecodedPicture, order: Order) -> DecodedPicture:
    """The ordered picture, averaged from one with SAMPLES x SAMPLES samples a pixel."""
    # Imported here, so that a page or a report that imports a supply does not load torch.
    import torch

    from installation.picture.card_pixels import CardPixels, card_pictures

    card = fine.pixels if isinstance(fine.pixels, CardPixels) else None
    pixels = card.tensor if card else torch.from_numpy(fine.pixels)
    rows = max(1, SAMPLES * (CARD_BAND_PX if card else BAND_PX) // pixels.shape[1])
    bands = torch.split(pixels, SAMPLES * rows)
    found = torch.cat([_averaged(band, order.softness, has_alpha=fine.has_alpha) for band in bands])
    own = card_pictures(found, route=card.route, alpha=card.alpha)[0] if card else found.numpy()
    return DecodedPicture(own, order.shot.view)


def _averaged(pixels: Tensor, softness: float, *, has_alpha: bool) -> Tensor:
    """(rows * SAMPLES, columns * SAMPLES, n) to (rows, columns, n): a blend of each pixel's mean light and its middle.

    Each sample's light is weighted by its alpha.
    """
    # Imported here, as above.
    import torch

    samples = pixels.float()
    light = _linear(samples)
    if has_alpha:
        alpha = samples[..., 3:].clamp_min(MIN_ALPHA)
        light = torch.cat([light[..., :3] * alpha, alpha], -1)
    height, width, channels = pixels.shape
    light = light.view(height // SAMPLES, SAMPLES, width // SAMPLES, SAMPLES, channels)
    middle = light[:, SAMPLES // 2, :, SAMPLES // 2]
    # A fixed order: `mean` adds in another order for narrower pictures, and a tile would show a seam.
    total = sum((light[:, row, :, column] for row in range(SAMPLES) for column in range(SAMPLES)), middle.new_zeros(()))
    light = middle.lerp(total / SAMPLES**2, softness)
    if has_alpha:
        alpha = light[..., 3:]
        return torch.cat([_display(light[..., :3] / alpha), alpha], -1).to(pixels.dtype)
    return _display(light).to(pixels.dtype)


def _linear(display: Tensor) -> Tensor:
    """Light of sRGB values, as in shaders/colour.glsl: torch's powers differ in the last bit between full vectors and
    the remainder, and a tile would show a seam."""
    high = 0.08729054 * display - 0.3073844
    for number in (0.66715647, 0.51938637, 0.03274518, 0.00091693):
        high = high.mul_(display).add_(number)
    return high.where(display > 0.04045, display / 12.92)


def _display(light: Tensor) -> Tensor:
    root = light.sqrt()
    fourth = root.sqrt()
    high = 0.64237018 * root + 0.71210519 * fourth - 0.33686773 * fourth.sqrt() - 0.01756463 * light
    return high.where(light > 0.0031308, light * 12.92)
