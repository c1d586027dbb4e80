"""Checks a finished picture before it takes its name: a failing card draws black and reports nothing.

A picture, or a part of it, may well be of one colour: a blackout, a dark corner of a neuron. So where one is, the same
place is decoded again, small and on the processor, which no card has a part in; only what should have shows something
is a failure.
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
"""A picture is checked in this many parts each way: a card may lose a part of it."""

STEP = 3
"""Every third pixel, across and down, tells whether a part is of one colour."""

LOOK_PX = 96
"""The longer side of the picture that is decoded again."""

VISIBLE = 24
"""Of 255 steps: what varies by more than this where it was decoded cannot come out as one colour.

Small pictures are sampled once a pixel, so they vary more than what is averaged; an opacity takes its share."""

WAY_OUT = "nothing is kept of it; update the graphics driver, or try LIBGL_ALWAYS_SOFTWARE=1"


class Inspector(Owner):
    """Looks at finished pictures; owns the decoder that it looks again with, which is opened when it is needed."""

    def __init__(self, open_decoder: Callable[[], Decoder]) -> None:
        self._open_decoder = open_decoder
        self._decoder: Decoder | None = None

    def inspect(self, frame: Frame, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
        """Look at outputs' pictures (height, width, 3 or more). Raises DeviceError for one that came out as one colour,
        as a whole or in a part, where the frame shows something."""
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
        """Whether what is on top of a part varies visibly in it, so that one colour cannot be right."""
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
    """The whole picture, then its parts, where these have pixels enough to tell."""
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
    """The neuron that lies over all of a part, with nothing above it; None where it is not as plain as that."""
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
    """Whether a picture (height, width, 3 or more) looks as if nothing were in it."""
    seen = picture[::STEP, ::STEP, :3]
    return bool(seen.size and (seen == seen[0, 0]).all())


def varies_visibly(decoded: NDArray[np.float16] | NDArray[np.float32], share: float) -> bool:
    """Whether a decoded picture that is seen with this share of its light cannot come out as one colour."""
    some = decoded[::STEP, ::STEP].astype(np.float32)
    seen = (some[..., :3] * some[..., 3:] if some.shape[2] == 4 else some).reshape(-1, 3)
    return bool(seen.size and 255 * seen.std(0).max() * share > VISIBLE)


def came_out_wrong(what: str, picture: NDArray[np.uint8] | NDArray[np.float32], part: Rectangle) -> DeviceError:
    """The message about a part of a picture in which something should be visible."""
    colour = "black" if not picture[0, 0, :3].any() else f"of one colour, {picture[0, 0, :3].tolist()}"
    return DeviceError(
        f"{what}: between ({part.left}, {part.top}) and ({part.right}, {part.bottom}) the picture came out {colour}, "
        f"though something is shown there; {WAY_OUT}"
    )
