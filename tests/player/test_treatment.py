"""Words, pictures, effects, shaders and echoes: a frame is the same, bit for bit, however the show came to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.editions.production import Production
from installation.picture.mixing.chains import Chain, ChainedProgram
from installation.picture.programs import Program
from installation.picture.rectangle import Rectangle
from installation.player.offline import OfflinePlayer
from installation.show.effects import chains_in
from installation.show.frame import Effect

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


WITH_EFFECTS = """
outputs: {left: 96x54, right: 96x54}
parameters: {near: {default: 0}}
effects: [{grain: 0.1}, {vignette: [{at: 0s, value: 0}, {at: 2s, value: 0}, {at: 3s, value: 1}]}]
cues:
  - id: 1
    duration: 2s
    layers:
      - {name: sea, outputs: [left], walk: pagoda, effects: [{grade: {gain: 0.8}}, {posterize: 4}]}
      - {name: glass, outputs: [right], walk: arch, effects: [blur, {posterize: 4}, edges, {threshold: 0.5}]}
  - id: 2
    duration: 2s
    transition: {dissolve: 1s}
    effects: [{grade: {gain: 1.2}}, {blur: $near * 0.1}, {posterize: 6}]
    layers: [{name: sea, walk: pagoda, opacity: 0.5}]
"""


def test_every_chain_of_effects_that_is_drawn_was_compiled_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is compiled when a frame needs it holds the show up for half a second."""
    file = tmp_path / "effects.yaml"
    file.write_text(WITH_EFFECTS, encoding="utf-8")
    production = Production.open(file)
    drawn: set[Chain] = set()
    of = ChainedProgram.of

    def noted(self: ChainedProgram, effects: Sequence[Effect], treated: Rectangle) -> Program:
        drawn.add(tuple(one.kind for one in effects))
        return of(self, effects, treated)

    monkeypatch.setattr(ChainedProgram, "of", noted)
    with OfflinePlayer(production, [], 0) as offline:
        for _ in range(12):
            offline.player.step()
    for first in (45, 65, 75, 90):
        frames(production, first, 1)
    assert ("grade", "posterize", "grain") in drawn, "the show's effects share the layer's pass"
    assert ("grade", "posterize", "grain", "vignette") in drawn
    assert drawn - {()} <= set(chains_in(production.score))
