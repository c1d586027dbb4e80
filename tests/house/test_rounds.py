"""What the player looks after beside the show."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from installation.house.cards import GraphicsCard
from installation.house.housekeeping import Housekeeping

MIB = 2**20


def own_bytes() -> int:
    """Memory of this process that no file stands behind."""
    rows = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    return next(int(row[1]) * 1024 for row in rows if row[0] == "RssAnon:")


def test_memory_that_pictures_held_goes_back_though_a_small_one_lies_behind_them() -> None:
    pictures = [bytearray(b"\1" * 60_000) for _ in range(2000)]
    held = own_bytes()
    behind = pictures[-1]
    pictures.clear()
    with Housekeeping() as rounds:
        rounds.step()
    assert held - own_bytes() > 60 * MIB
    assert len(behind) == 60_000


def test_graphics_cards_are_asked_beside_the_show() -> None:
    card = GraphicsCard("AMD Radeon Pro W6400", "amdgpu", 2**30, 2**32, 54.0)
    with Housekeeping(lambda: (card,)) as rounds:
        assert not rounds.cards
        rounds.step()
        assert rounds.cards == (card,)


def test_the_rounds_end_with_the_show() -> None:
    before = threading.active_count()
    with Housekeeping() as rounds:
        assert threading.active_count() == before + 1
    rounds.close()
    assert threading.active_count() == before


def test_what_would_keep_a_frame_waiting_is_done_beside_it_in_its_order_and_before_the_end() -> None:
    done: list[int] = []
    with Housekeeping() as rounds:
        for number in range(5):
            rounds.submit(partial(done.append, number))
    assert done == [0, 1, 2, 3, 4]
