"""Two atlases at once: each cue is drawn with its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

import numpy as np
import pytest

from installation.errors import DeviceError
from installation.picture.source import DecodedPicture, LayerPicture
from installation.picture.supply.atlas_supplies import AtlasSupplies
from installation.picture.supply.supply import LayerKey, Sizes, SupplyStatistics, layers_of
from installation.show.frame import CueFrame, Frame, LatentPoint, LayerFrame, OutputFrame, Shot, View
from tests.picture.shots import host_pixels

SIZES = {"left": (16, 9), "right": (16, 9)}
LAYER = LayerFrame("sea", Shot(LatentPoint((("net/a/1", 1.0),)), View()))


class GreySupply:
    """A supply of pictures in one grey."""

    def __init__(self, grey: float) -> None:
        self.grey = grey
        self.decoded = 0
        self.closed = threading.Event()

    def sources(self, frame: Frame, sizes: Sizes) -> dict[LayerKey, LayerPicture]:
        self.decoded += 1
        picture = DecodedPicture(np.full((1, 1, 3), self.grey, np.float16), View())
        return {key: LayerPicture(View(), ((picture, 1.0),)) for key, _, _ in layers_of(frame, sizes)}

    def prefetch(self, frame_at: Callable[[int], Frame], frame_number: int, sizes: Sizes) -> Callable[[], bool]:
        del frame_at, frame_number, sizes
        return lambda: True

    def statistics(self) -> SupplyStatistics:
        return SupplyStatistics(f"grey {self.grey}", self.decoded, 0, 0, 0, {}, 1)

    def close(self) -> None:
        self.closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def frame(*cues: str) -> Frame:
    """Cues of these atlases over each other on the left, the last one alone on the right."""
    stack = tuple(CueFrame(f"cue {number}", (LAYER,), atlas=atlas) for number, atlas in enumerate(cues))
    return Frame(0, 0.0, (OutputFrame("left", stack), OutputFrame("right", stack[-1:])))


def greys(supplies: AtlasSupplies, *cues: str) -> dict[LayerKey, float]:
    found = supplies.sources(frame(*cues), SIZES)
    return {key: float(host_pixels(source.parts[0][0])[0, 0, 0]) for key, source in found.items()}


def prepared(supplies: AtlasSupplies, atlas: str, make: Callable[[], GreySupply]) -> None:
    while supplies.prepare(atlas, make) is None:
        pass


def test_while_two_atlases_are_seen_each_cue_is_drawn_with_its_own() -> None:
    old, new = GreySupply(0.25), GreySupply(0.75)
    with AtlasSupplies("old", old) as supplies:
        prepared(supplies, "new", lambda: new)
        assert greys(supplies, "old") == {("left", 0, 0): 0.25, ("right", 0, 0): 0.25}
        assert greys(supplies, "old", "old", "new") == {
            ("left", 0, 0): 0.25,
            ("left", 1, 0): 0.25,
            ("left", 2, 0): 0.75,
            ("right", 0, 0): 0.75,
        }
        assert not old.closed.is_set()
        assert greys(supplies, "new") == {("left", 0, 0): 0.75, ("right", 0, 0): 0.75}
        assert old.closed.wait(10)
        statistics = supplies.statistics()
        assert (statistics.decoder, statistics.decoded) == ("grey 0.75", 4)
    assert new.closed.is_set()


def test_in_the_dark_nothing_is_thrown_away() -> None:
    old = GreySupply(0.5)
    with AtlasSupplies("old", old) as supplies:
        prepared(supplies, "new", lambda: GreySupply(1.0))
        supplies.sources(Frame(0, 0.0, (OutputFrame("left", (), 0.0),)), SIZES)
        assert not old.closed.is_set()
        assert greys(supplies, "old")["left", 0, 0] == 0.5


def test_an_atlas_that_was_overtaken_by_the_next_one_is_released_unseen() -> None:
    unseen = GreySupply(0.5)
    with AtlasSupplies("old", GreySupply(0.0)) as supplies:
        prepared(supplies, "new", lambda: unseen)
        prepared(supplies, "newer", lambda: GreySupply(1.0))
        assert unseen.closed.wait(10)
        assert greys(supplies, "newer")["left", 0, 0] == 1.0


def test_what_cannot_be_made_is_told_and_may_be_tried_again() -> None:
    def refused() -> GreySupply:
        raise DeviceError("no memory on the card")

    with AtlasSupplies("old", GreySupply(0.0)) as supplies:
        with pytest.raises(DeviceError, match="no memory"):
            prepared(supplies, "new", refused)
        prepared(supplies, "new", lambda: GreySupply(1.0))
        assert greys(supplies, "new")["left", 0, 0] == 1.0


def test_a_relay_that_is_closed_leaves_no_thread_and_no_supply() -> None:
    before = threading.active_count()
    made = [GreySupply(number / 64) for number in range(40)]
    with AtlasSupplies("0", made[0]) as supplies:
        for number in range(1, 39):
            prepared(supplies, str(number), partial(made.__getitem__, number))
            greys(supplies, str(number - 1), str(number))
        prepared(supplies, "39", lambda: made[39])
    supplies.close()
    assert all(one.closed.is_set() for one in made)
    assert threading.active_count() == before
