"""The masks of a head as a texture; another thread draws new masks during the show."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import moderngl
import numpy as np

from installation.owner import Owner
from installation.picture.thread_priority import lower_thread_priority
from installation.rig.mask import Mask, shares_of
from installation.rig.warp import Turn

SMALL_PX = 3, 3
"""The size of invisible textures. Like most visible ones it is not a power of two, for which a driver may compile
separately."""

MaskKey = tuple[Sequence[Mask], tuple[int, int], Turn]
"""Masks, the monitor's size in pixels, and the turn of the picture on them."""


class MaskTexture(Owner):
    """Owns a texture with the share of light of each pixel of a monitor, and a thread for the next texture.

    Masks take 0.1 s of a processor for 1920x1080 pixels and 0.7 s for 3840x2160; no frame waits for them.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._texture: moderngl.Texture | None = None
        self._has: MaskKey | None = None
        self._coming: tuple[MaskKey, Future[bytes]] | None = None
        self._cleanup = ExitStack()
        self._cleanup.callback(self._release)
        self._worker = ThreadPoolExecutor(1, "masks", lower_thread_priority)
        self._cleanup.callback(self._worker.shutdown, cancel_futures=True)

    def takes(self, masks: Sequence[Mask], size_px: tuple[int, int], turn: Turn) -> bool:
        """Use these masks from now on; False while they are being drawn, so call it again: the earlier masks stay until
        then.

        It waits for the first masks, so that no picture appears without masks.
        """
        wanted = masks, size_px if masks else SMALL_PX, turn
        if wanted == self._has:
            return True
        if self._has is None or not masks:
            self._fill(wanted, _bytes_of(*wanted))
            return True
        if self._coming is None or self._coming[0] != wanted:
            self._coming = wanted, self._worker.submit(_bytes_of, *wanted)
        if not self._coming[1].done():
            return False
        self._fill(wanted, self._coming[1].result())
        return True

    def use(self, unit: int) -> None:
        """Bind it to a texture unit."""
        if self._texture is not None:
            self._texture.use(unit)

    def _fill(self, wanted: MaskKey, shares: bytes) -> None:
        self._release()
        self._texture = self._context.texture(wanted[1], 1, shares, alignment=1)
        self._texture.repeat_x = self._texture.repeat_y = False
        self._has, self._coming = wanted, None

    def _release(self) -> None:
        if self._texture is not None:
            self._texture.release()
            self._texture = None

    def close(self) -> None:
        self._cleanup.close()


def _bytes_of(masks: Sequence[Mask], size_px: tuple[int, int], turn: Turn) -> bytes:
    as_it_hangs = size_px[::-1] if turn.quarters % 2 else size_px
    shares = shares_of(masks, as_it_hangs)
    shares = np.rot90(shares[:, ::-1] if turn.mirrored else shares, -turn.quarters)
    return np.round(255 * shares).astype(np.uint8).tobytes()
