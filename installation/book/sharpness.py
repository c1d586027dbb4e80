"""The sharpness of a neuron's picture: the size beyond which more pixels show no more detail."""

from __future__ import annotations

import numpy as np
from PIL import Image

from installation.book.pictures import Pictures
from installation.show.frame import Shot

PATCH_PX = 96
"""Pixels of a patch; the finest of PATCHES x PATCHES of them counts."""

PATCHES = 3
FINEST_PX = PATCH_PX * 256
NOTHING_NEW = 1.5
"""Root mean square, in steps of 255: on paper, nobody sees a smaller change from doubled pixels."""


def sharp_px(pictures: Pictures, shot: Shot) -> int:
    """The number of pixels across its short side at which a shot is as sharp as it can be.

    Every patch drawn at this size and enlarged looks as if drawn with twice as many pixels.
    """
    size = PATCH_PX
    while size < FINEST_PX and any(_shows_more(pictures, patch) for patch in _patches(shot, size / PATCH_PX)):
        size *= 2
    return size


def _patches(shot: Shot, closer: float) -> list[Shot]:
    """Patches spread over a shot, `closer` times as close."""
    x, y, zoom, *_ = shot.view
    steps = [0.0] if closer == 1 else np.linspace(-0.7, 0.7, PATCHES).tolist()
    return [
        Shot(shot.subject, shot.view._replace(x=x + across / zoom, y=y + down / zoom, zoom=zoom * closer))
        for across in steps
        for down in steps
    ]


def _shows_more(pictures: Pictures, patch: Shot) -> bool:
    coarse = Image.fromarray(pictures.shot(patch, PATCH_PX, PATCH_PX))
    fine = pictures.shot(patch, 2 * PATCH_PX, 2 * PATCH_PX).astype(np.float32)
    enlarged = np.asarray(coarse.resize((2 * PATCH_PX, 2 * PATCH_PX), Image.Resampling.BICUBIC), np.float32)
    return bool(np.sqrt(np.square(fine - enlarged).mean()) > NOTHING_NEW)
