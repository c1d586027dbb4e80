"""While the quality goes down and up the whole ladder, no frame changes more than the motion does: nothing pops."""

from __future__ import annotations

from collections.abc import Callable

import moderngl
import numpy as np
import pytest

from installation.picture.mixing.mixer import Mixer
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.supply.governor import LADDER
from installation.picture.supply.live_supply import LiveSupply
from installation.picture.view import picture_coordinates
from installation.show.frame import Frame, LatentPoint, Shot, View
from tests.picture.show_of_one import CountingDecoder, frame_of, standing, walking
from tests.picture.supply.test_supply import settle

SIZE = (64, 36)
MOST = 2.5
"""A frame changes at most so many times as much as by motion alone. A scale changed at once makes four to ten."""


class Waves(CountingDecoder):
    """Draws waves that move with the subject, as long beside the place as what pictures show."""

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        assert isinstance(shot.subject, LatentPoint)
        moved = 30.0 * shot.subject.shares[-1][1]
        u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
        x, y = picture_coordinates(shot.view, width / height).at(u, v)
        waves = [np.sin(3 * x * colour + moved) * np.cos(3 * y) + np.sin(2 * (x + y)) for colour in (1.0, 1.2, 1.4)]
        light = [0.5 + 0.2 * wave for wave in waves]
        return DecodedPicture(np.stack(light, -1).astype(np.float16), shot.view, pixel_map)


def changes(gl: moderngl.Context, frame_at: Callable[[int], Frame]) -> tuple[float, float]:
    """How much frames change by motion alone, and at most while the quality goes down and up: mean square, 255ths."""
    motion: list[float] = []
    changed: list[float] = []
    with (
        Mixer(gl, {"wall": SIZE}, dither=False) as mixer,
        LiveSupply(Waves(), frame_at, 30.0, lambda: 0.0, fixed=LADDER[0]) as supply,
    ):
        number, before = 0, None
        for rung in [*LADDER[:1], *LADDER, *LADDER[::-2]]:
            supply._governor._fixed = rung
            for _ in range(8 + 2 * rung.step_frames(30.0)):
                frame = frame_at(number)
                sources = supply.sources(frame, mixer.sizes)
                settle(supply)
                now = mixer.mix(frame, sources)["wall"].pixels()[..., :3].astype(float)
                if before is not None:
                    kept = motion if number < 12 else changed
                    kept.append(float(np.sqrt(((now - before) ** 2).mean())))
                number, before = number + 1, now
    return max(motion), max(changed)


@pytest.mark.parametrize("walks", [True, False], ids=["a walk", "a standing neuron"])
def test_no_change_of_quality_is_seen_as_a_jump(gl: moderngl.Context, walks: bool) -> None:
    def frame_at(number: int) -> Frame:
        view = View(0.001 * number, 0.0003 * number, 1.0004**number, 0.02 * number)
        return frame_of(number, walking(number, view) if walks else standing(view))

    motion, changed = changes(gl, frame_at)
    assert changed < MOST * motion
