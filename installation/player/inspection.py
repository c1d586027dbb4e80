"""Checks a finished picture before its file gets its name: a failing graphics card draws black and reports nothing.

A picture, or a part of it, may correctly be of one colour: a blackout, a dark corner of a neuron. So the inspector
decodes such a part again, small and on the CPU, without the graphics card. The part has failed only if this second
picture varies visibly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError
from installation.owner import Owner
from installation.picture.decoding.decoder import Decoder
from installation.picture.mixing.layout import PlacedSheet, layout_of
from installation.picture.rectangle import Rectangle
from installation.show.frame import Frame, LatentPoint, OutputFrame

BLOCKS = 4
"""A picture is checked in this many parts in each direction: a card may lose a part of it."""

STEP = 3
"""Every third pixel, across and down, tells whether a part is of one colour."""

LOOK_PX = 96
"""The longer side of the picture that is decoded again."""

VISIBLE = 24
"""Standard deviation in steps of 255: a decoded picture that varies more cannot come out as one colour.

Small pictures are sampled once a pixel, so they vary more than averaged ones; opacity reduces the variation."""

WAY_OUT = "nothing is kept of it; update the graphics driver, or try LIBGL_ALWAYS_SOFTWARE=1"


class Inspector(Owner):
    """Inspects finished pictures. It owns the decoder for the second look, and opens it when it needs one."""

    def __init__(self, open_decoder: Callable[[], Decoder]) -> None:
        self._open_decoder = open_decoder
        self._decoder: Decoder | None = None

    def inspect(self, frame: Frame, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        """Inspect the outputs' pictures (height, width, 3 or more). Raises DeviceError if a picture, or a part of it,
        came out as one colour although the frame shows something there."""
        for output in frame.outputs:
            # An effect may make one colour of anything.
            if output.output in pictures and output.level > 0 and not output.has_effects:
                self._inspect(frame.number, output, pictures[output.output])

    def _inspect(self, number: int, output: OutputFrame, picture: NDArray[np.uint8]) -> None:
        height, width, _ = picture.shape
        for part in _parts(width, height):
            seen = picture[part.top : part.bottom, part.left : part.right]
            if is_of_one_colour(seen) and self._shows(output, (width, height), part):
                raise came_out_wrong(f"output {output.output!r}, frame {number}", seen, part)

    def _shows(self, output: OutputFrame, size_px: tuple[int, int], part: Rectangle) -> bool:
        """Whether the topmost picture of a part varies visibly there, so that one colour cannot be right."""
        top = _on_top(output, size_px, part)
        layer = top.of(output) if top is not None else None
        if top is None or layer is None:
            return False
        scale = LOOK_PX / max(top.place.width, top.place.height)
        width, height = (max(1, round(side * scale)) for side in (top.place.width, top.place.height))
        self._decoder = self._decoder or self._open_decoder()
        decoded = self._decoder.decode(layer.shot, width, height).pixels
        assert isinstance(decoded, np.ndarray)
        inside = part.clipped(top.place).moved(-top.place.left, -top.place.top)
        low = [round(side * scale) for side in (inside.left, inside.top)]
        high = [round(side * scale) for side in (inside.right, inside.bottom)]
        small = decoded[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
        return varies_visibly(small, layer.opacity * output.level)

    def close(self) -> None:
        if self._decoder is not None:
            self._decoder.close()


def _parts(width: int, height: int) -> list[Rectangle]:
    """The whole picture, then its parts if they have enough pixels for a check."""
    whole = Rectangle(0, 0, width, height)
    if min(width, height) < 4 * BLOCKS * STEP:
        return [whole]
    across, down = (np.linspace(0, side, BLOCKS + 1).astype(int).tolist() for side in (width, height))
    return [
        whole,
        *(
            Rectangle(across[column], down[row], across[column + 1], down[row + 1])
            for row in range(BLOCKS)
            for column in range(BLOCKS)
        ),
    ]


def _on_top(output: OutputFrame, size_px: tuple[int, int], part: Rectangle) -> PlacedSheet | None:
    """The neuron that covers a part completely, with nothing above it; None in all other cases."""
    every = {(cue, layer) for cue, one in enumerate(output.cues) for layer in range(len(one.layers))}
    for placed in reversed(layout_of(output, size_px, every).placed):
        if placed.sheet.rectangle.clipped(part).empty:
            continue
        layer = placed.of(output)
        plain = layer is not None and layer.blend == "normal" and isinstance(layer.shot.subject, LatentPoint)
        if not plain or not placed.sheet.rectangle.holds(part) or output.cues[placed.cue].reveal.progress < 1:
            return None
        return placed
    return None


def is_of_one_colour(picture: NDArray[np.uint8] | NDArray[np.float32]) -> bool:
    """Whether every third pixel of a picture (height, width, 3 or more) has the same colour."""
    seen = picture[::STEP, ::STEP, :3]
    return bool(seen.size and (seen == seen[0, 0]).all())


def varies_visibly(decoded: NDArray[np.float16] | NDArray[np.float32], share: float) -> bool:
    """Whether a decoded picture, seen with this share of its light, varies too much to come out as one colour."""
    some = decoded[::STEP, ::STEP].astype(np.float32)
    seen = (some[..., :3] * some[..., 3:] if some.shape[2] == 4 else some).reshape(-1, 3)
    return bool(seen.size and 255 * seen.std(0).max() * share > VISIBLE)


def came_out_wrong(what: str, picture: NDArray[np.uint8] | NDArray[np.float32], part: Rectangle) -> DeviceError:
    """The error for a part of a picture that should show something."""
    colour = "black" if not picture[0, 0, :3].any() else f"of one colour, {picture[0, 0, :3].tolist()}"
    return DeviceError(
        f"{what}: between ({part.left}, {part.top}) and ({part.right}, {part.bottom}) the picture came out {colour}, "
        f"though something is shown there; {WAY_OUT}"
    )
