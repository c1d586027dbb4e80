"""Pictures for a hand on the timeline."""

from __future__ import annotations

import numpy as np

from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.supply.supply import ExactSupply
from installation.rehearsal.scrub_supply import MOVING_SECONDS, SHARES, ScrubSupply
from installation.show.frame import Shot
from installation.show.playing.performance import Performance
from installation.show.score import Take, ViewKeyframe
from tests.rehearsal.conftest import cue, layer, score, still

SIZES = {"left": (640, 360), "right": (480, 360)}


class SlowDecoder:
    """Draws nothing, and says that it took a second for so many pixels."""

    name = "slow"

    def __init__(self, pixels_per_second: float) -> None:
        self.seconds = 0.0
        self.sizes: list[tuple[int, int]] = []
        self._pixels_per_second = pixels_per_second

    def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
        self.seconds += width * height / self._pixels_per_second
        self.sizes.append((width, height))
        return DecodedPicture(np.zeros((height, width, 3), np.float16), shot.view, pixel_map)

    def close(self) -> None:
        pass


def moving(zoom: float = 3.0) -> Performance:
    take = Take(still().subject, (ViewKeyframe(0.0), ViewKeyframe(10.0, zoom=zoom)))
    return Performance(score(cue("dawn", 10, layer(take=take))), ["left", "right"])


def supply_of(decoder: SlowDecoder) -> ScrubSupply:
    exact = ExactSupply(decoder)
    return ScrubSupply(exact, exact, lambda: True, now=lambda: decoder.seconds)


def test_a_slow_machine_draws_every_scrubbed_frame_in_time_but_smaller() -> None:
    decoder = SlowDecoder(200_000)
    supply, performance = supply_of(decoder), moving()
    for number in range(0, 200, 10):
        begun = decoder.seconds
        supply.sources(performance.frame_at(number), SIZES)
    assert decoder.seconds - begun <= MOVING_SECONDS
    assert supply.share < 1.0


def test_a_fast_machine_draws_every_pixel() -> None:
    supply = supply_of(SlowDecoder(50e6))
    for number in range(0, 200, 10):
        supply.sources(moving().frame_at(number), SIZES)
    assert supply.share == 1.0


def test_where_the_hand_rests_the_picture_becomes_finer_and_never_coarser() -> None:
    decoder = SlowDecoder(800_000)
    supply, performance = supply_of(decoder), moving()
    for number in range(0, 200, 10):
        supply.sources(performance.frame_at(number), SIZES)
    shares = [supply.share]
    for _ in range(30):
        supply.sources(performance.frame_at(190), SIZES)
        shares.append(supply.share)
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]


def test_shares_are_ordered_from_fine_to_coarse() -> None:
    assert list(SHARES) == sorted(SHARES, reverse=True)
