"""A blind edit in a live show: saved, looked at on one output, applied or discarded, and the wall sees none of it."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.editions.edition import ShowFiles
from installation.editions.held_edits import HELD
from installation.player.live import Live
from installation.player.options import EngineOptions, LiveOptions
from tests.small_atlas import small_atlas

SCORE = """\
title: Before
atlas: atlas
fps: 30
outputs: {left: 32x18, right: 32x18}
cues: [{id: dawn, duration: 600s, layers: [{name: sea, walk: near-1}]}]
"""
EDITED = SCORE.replace("Before", "After").replace("near-1", "far-2")
WITHOUT_THE_CUE = SCORE.replace("dawn", "dusk")

PATIENCE_SECONDS = 90.0

Picture = NDArray[np.int64]
"""What an output shows (18, 32, 4), 0 to 255."""


class Show:
    """A live show without a display, and the hand at its desk."""

    def __init__(self, live: Live, file: Path) -> None:
        self.live, self.file = live, file

    def do(self, address: str, *numbers: float) -> None:
        self.live.engine.rigging.gateway.take(address, numbers or (1.0,), "test")
        self.step()

    def step(self) -> None:
        self.live.step()

    def until(self, holds: Callable[[], object]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < give_up, self.said
            self.step()

    def save(self, text: str) -> None:
        self.file.write_text(text)
        self.until(lambda: self.edit["held"])

    @property
    def edit(self) -> dict[str, object]:
        found: dict[str, object] = dict(self.live.engine.rigging.gateway.state.shown["edit"])
        return found

    @property
    def said(self) -> tuple[str, ...]:
        return self.live.engine.notices.current.sentences

    @property
    def refused(self) -> object:
        return self.live.engine.rigging.gateway.state.shown["told"]

    @property
    def title(self) -> str:
        return self.live.engine.edition.score.title

    def pictures(self) -> dict[str, Picture]:
        return {name: canvas.pixels().astype(int) for name, canvas in self.live.engine.drawing.mixer.canvases.items()}


@contextmanager
def playing(folder: Path, *, blind: bool = True, **more: object) -> Iterator[Show]:
    small_atlas(folder / "atlas")
    file = folder / "score.yaml"
    file.write_text(SCORE)
    options = LiveOptions(EngineOptions(blind=blind, **more), headless=True)  # type: ignore[arg-type]  # as they are named
    with Live(ShowFiles(file), options, time.monotonic) as live:
        show = Show(live, file)
        show.step()
        yield show


def differ(one: Picture, other: Picture) -> bool:
    return bool(np.abs(one - other).mean() > 8)


def test_an_edit_is_seen_on_one_output_and_then_plays_on_all(tmp_path: Path) -> None:
    with playing(tmp_path) as show:
        show.save(EDITED)
        assert list(show.said) == [HELD]
        assert not differ(*show.pictures().values())
        before = show.pictures()["left"]
        show.do("/edit/preview/right")
        show.until(lambda: differ(*show.pictures().values()))
        assert show.title == "Before"
        assert show.edit == {"blind": True, "held": "After", "preview": "right", "outputs": ["left", "right"]}
        show.do("/edit/apply")
        show.until(lambda: show.title == "After")
        show.until(lambda: differ(show.pictures()["left"], before) and not differ(*show.pictures().values()))
        assert not show.said
        assert show.edit["preview"] == ""


def test_an_edit_that_is_discarded_leaves_the_show_as_it_was(tmp_path: Path) -> None:
    with playing(tmp_path) as show:
        show.save(EDITED)
        show.do("/edit/preview/right")
        show.until(lambda: differ(*show.pictures().values()))
        show.do("/edit/discard")
        show.until(lambda: not differ(*show.pictures().values()))
        assert not show.said
        assert show.title == "Before"
        show.do("/edit/apply")
        assert show.refused == "/edit/apply: no edit is held back; save an edit first"


def test_the_preview_goes_back_to_the_show_and_the_edit_stays_held_back(tmp_path: Path) -> None:
    with playing(tmp_path) as show:
        show.save(EDITED)
        show.do("/edit/preview/right")
        show.until(lambda: differ(*show.pictures().values()))
        show.do("/edit/preview/none")
        show.until(lambda: not differ(*show.pictures().values()))
        assert show.edit["held"] == "After"


def test_an_edit_without_the_cue_that_plays_has_nothing_to_show_yet(tmp_path: Path) -> None:
    with playing(tmp_path) as show:
        show.save(WITHOUT_THE_CUE)
        show.do("/edit/preview/right")
        for _ in range(5):
            show.step()
        assert not differ(*show.pictures().values())
        show.do("/edit/apply")
        show.until(lambda: any("no longer in the score" in sentence for sentence in show.said))


def test_blind_is_switched_while_the_show_plays(tmp_path: Path) -> None:
    with playing(tmp_path, blind=False) as show:
        assert show.edit["blind"] is False
        show.do("/edit/preview/left")
        assert show.refused == "/edit/preview/left: no edit is held back; switch blind on, then save an edit"
        show.do("/edit/blind", 1.0)
        show.save(EDITED)
        show.do("/edit/blind", 0.0)
        show.until(lambda: show.title == "After")


def test_the_api_does_it_as_well_and_says_what_there_is(tmp_path: Path) -> None:
    with playing(tmp_path, blind=False, console_port=0) as show:
        assert show.live.engine.console is not None
        root = f"http://localhost:{show.live.engine.console.port}/api/v1"
        with urllib.request.urlopen(f"{root}/openapi.json") as answer:
            paths = json.load(answer)["paths"]
        assert {"/api/v1/edit/blind", "/api/v1/edit/apply", "/api/v1/edit/discard", "/api/v1/edit/preview/left"} <= set(
            paths
        )
        asked = urllib.request.Request(f"{root}/edit/blind", b'{"values": [1]}', {"content-type": "application/json"})
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == 202
        show.until(lambda: show.edit["blind"])


def test_an_edit_that_cannot_be_drawn_is_told_and_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(tmp_path) as show:
        show.save(EDITED)

        def broken(_edition: object) -> bool:
            raise ValueError("no such picture")

        monkeypatch.setattr(show.live.engine.drawing, "prepare", broken)
        show.do("/edit/preview/right")
        show.until(lambda: any("no such picture" in sentence for sentence in show.said))
        assert show.edit["held"] is None
