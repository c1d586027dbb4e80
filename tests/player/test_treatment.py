"""Words, pictures, effects, shaders and echoes: a frame is the same, bit for bit, however the show came to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.editions.production import Production
from installation.player.offline import OfflinePlayer

SCORES = Path(__file__).parents[2] / "scores"
SIZE_PX = (96, 54)


def frames(production: Production, first: int, count: int) -> list[NDArray[np.uint8]]:
    """The first output of so many frames, played from one on."""
    found = []
    with OfflinePlayer(production, [], first) as offline:
        for _ in range(count):
            offline.player.step()
            found.append(next(iter(offline.canvases.values())).pixels().copy())
    return found


@pytest.mark.parametrize(
    ("score", "first"),
    [
        ("words_and_pictures.yaml", 236),  # the first cue, and a dissolve to the second
        ("words_and_pictures.yaml", 1100),
        ("shaders.yaml", 60),
        ("shaders.yaml", 268),
        ("treatment.yaml", 100),
        ("treatment.yaml", 600),
        ("film.yaml", 100),
    ],
)
def test_a_frame_is_the_same_after_a_seek_and_after_others(score: str, first: int) -> None:
    production = Production.open(SCORES / score, size=SIZE_PX)
    played = frames(production, first, 8)
    for later in (5, 7):
        (sought,) = frames(production, first + later, 1)
        assert (sought == played[later]).all()
