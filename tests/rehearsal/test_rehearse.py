"""A rehearsal in a real window on a virtual screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from installation.editions.edition import ShowFiles
from installation.editions.production import Production
from installation.outputs.windows.rehearsal_window import OverlayImage, RehearsalWindow
from installation.player.options import EngineOptions
from installation.rehearsal.key_messages import locate_message
from installation.rehearsal.previews import Previews
from installation.rehearsal.rehearse import Rehearsal, RehearsalOptions
from tests.outputs.screen import Screen
from tests.small_atlas import small_atlas

SCORE = """
title: {title}
atlas: atlas
fps: 30
outputs: {{left: 160x90, right: 120x90}}
cues:
  - id: dawn
    duration: 4s
    layers:
      - {{name: sea, walk: {dawn}}}
  - id: dusk
    duration: 6s
    transition: {{dissolve: 1s}}
    layers:
      - {{name: sky, walk: [far-2, far-3]}}
"""
GOOD = SCORE.format(title="Small", dawn="near-1")
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("show")
    small_atlas(folder / "atlas")
    return folder


@pytest.fixture
def rehearsal(screen: Screen, folder: Path) -> Iterator[Rehearsal]:  # noqa: ARG001 a display must be there
    (folder / "score.yaml").write_text(GOOD)
    options = RehearsalOptions(EngineOptions(console_port=0), size_px=(640, 420))
    with Rehearsal(ShowFiles(folder / "score.yaml"), options, time.monotonic) as rehearsal:
        rehearsal.step()
        yield rehearsal
        assert rehearsal.screens.window.context.error == "GL_NO_ERROR"


def until(rehearsal: Rehearsal, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert rehearsal.step()
        assert time.monotonic() < deadline, "it did not happen"


def on_timeline(rehearsal: Rehearsal, seconds: float) -> tuple[float, float]:
    place = rehearsal.layout.timeline
    return place.left + place.width * seconds / 10.0, place.top + 5.0


def test_an_audition_needs_an_output_alone_and_a_locked_show_says_what_it_refuses(rehearsal: Rehearsal) -> None:
    control = rehearsal.engine.performance
    rehearsal.press("a")
    assert "no output is chosen" in rehearsal.overlay.sentences[0]
    rehearsal.press("tab")
    rehearsal.press("a")
    until(rehearsal, lambda: control.control.auditions["left"] is not None)
    rehearsal.press("shift+k")
    until(rehearsal, lambda: control.control.locked)
    rehearsal.press("home")
    until(rehearsal, lambda: "the show is locked" in rehearsal.overlay.sentences[0])
    rehearsal.press("a")
    until(rehearsal, lambda: control.control.auditions["left"] is None)


def test_while_only_time_passes_the_timeline_is_not_drawn_anew(rehearsal: Rehearsal) -> None:
    def drawn() -> list[OverlayImage]:
        return rehearsal.overlay.drawn(rehearsal.layout, rehearsal.position, {}, None)

    first = drawn()
    rehearsal.step()
    assert drawn()[0].image is first[0].image
    rehearsal.press("down")
    until(rehearsal, lambda: drawn()[0].image is not first[0].image)


def test_a_scrubbed_time_shows_its_very_frame(rehearsal: Rehearsal, folder: Path, screen: Screen) -> None:
    rehearsal.press("p")
    rehearsal.point("press", *on_timeline(rehearsal, 7.0))
    rehearsal.point("release", 0, 0)
    for _ in range(3):
        rehearsal.step()
    seconds = rehearsal.position.seconds
    assert seconds == pytest.approx(7.0, abs=0.02)
    layout = rehearsal.layout
    production = replace(Production.open(folder / "score.yaml"), sizes=layout.sizes)
    with Previews(production) as previews:
        wanted = previews.at(round(seconds * 30)).pictures

    def are_seen() -> bool:
        window = screen.picture().astype(int)  # X shows it in its own time
        places = {output: placement.place for output, placement in layout.outputs.items()}
        return all(
            np.abs(window[place.top : place.bottom, place.left : place.right] - wanted[output]).max() <= 2
            for output, place in places.items()
        )

    until(rehearsal, are_seen)


def test_keys_move_the_show(rehearsal: Rehearsal) -> None:
    rehearsal.press("p")
    rehearsal.press("home")
    rehearsal.step()
    rehearsal.press("right")
    rehearsal.step()
    assert rehearsal.position.seconds == pytest.approx(1 / 30)
    rehearsal.press("space")
    rehearsal.step()
    assert (rehearsal.position.cue, rehearsal.position.paused) == ("dusk", False)
    rehearsal.press("+")
    rehearsal.step()
    assert rehearsal.position.rate == 2.0


def test_a_looped_cue_starts_anew_instead_of_ending(rehearsal: Rehearsal) -> None:
    rehearsal.press("o")
    rehearsal.point("press", *on_timeline(rehearsal, 3.9))
    rehearsal.point("release", 0, 0)
    until(rehearsal, lambda: rehearsal.position.seconds > 3.5)
    until(rehearsal, lambda: rehearsal.position.seconds < 1.0)
    assert rehearsal.position.cue == "dawn"


def test_whoever_leaves_a_looped_cue_ends_the_loop(rehearsal: Rehearsal) -> None:
    rehearsal.press("o")
    rehearsal.engine.desk.put(locate_message(rehearsal.engine.edition.score, 6.0))
    until(rehearsal, lambda: rehearsal.position.cue == "dusk" and rehearsal.position.elapsed_seconds > 2.2)
    assert rehearsal._loop is None


def test_a_key_that_is_held_goes_on_only_where_it_goes_somewhere(screen: Screen) -> None:
    assert screen
    heard: list[str] = []
    with RehearsalWindow((64, 36), "held", heard.append, lambda *_: None) as window:
        for key in ("b", "space", "shift+right", "left"):
            window._pressed(key, repeats=True)
        window._pressed("b", repeats=False)
    assert heard == ["shift+right", "left", "b"]


def test_one_output_alone_fills_the_window(rehearsal: Rehearsal) -> None:
    layout = rehearsal.layout
    place = layout.outputs["right"].place
    rehearsal.point("double", place.left + 5, place.top + 5)
    rehearsal.step()
    assert list(rehearsal.layout.outputs) == ["right"]
    assert rehearsal.layout.outputs["right"].place.width > place.width
    rehearsal.press("tab")
    rehearsal.step()
    assert list(rehearsal.layout.outputs) == ["left", "right"]


@pytest.mark.parametrize("key", ["n", "s", "t", "?"])
def test_overlays_are_seen_and_go_again(rehearsal: Rehearsal, screen: Screen, key: str) -> None:
    rehearsal.press("p")
    for _ in range(2):
        rehearsal.step()
    before = len(rehearsal.screens.window.drawings)
    pictures = []
    for _ in range(2):
        rehearsal.press(key)
        rehearsal.step()
        rehearsal.step()
        pictures.append(screen.picture()[:280, :640].copy())
    assert (pictures[0] != pictures[1]).any()
    assert len(rehearsal.screens.window.drawings) == before


def test_a_saved_edit_fades_in_and_a_mistake_keeps_the_last_good_score(rehearsal: Rehearsal, folder: Path) -> None:
    (folder / "score.yaml").write_text(SCORE.format(title="Edited", dawn="near-2"))
    until(rehearsal, lambda: rehearsal.engine.edition.score.title == "Edited")
    assert rehearsal.position.cue == "dawn"
    (folder / "score.yaml").write_text(GOOD.replace("near-1", "near-99"))
    until(rehearsal, lambda: bool(rehearsal.engine.notices.current.mistakes))
    assert rehearsal.engine.edition.score.title == "Edited"
    assert rehearsal.engine.notices.current.mistakes[0].line == 10
    assert "near-99" in rehearsal.engine.notices.current.mistakes[0].message
    (folder / "score.yaml").write_text(GOOD)
    until(rehearsal, lambda: rehearsal.engine.edition.score.title == "Small")
    assert rehearsal.engine.notices.current.mistakes == ()


def test_an_edit_without_the_cue_that_plays_waits_for_another_one(rehearsal: Rehearsal, folder: Path) -> None:
    rehearsal.press("p")
    rehearsal.press("home")
    (folder / "score.yaml").write_text(GOOD.replace("id: dawn", "id: noon"))
    until(rehearsal, lambda: bool(rehearsal.engine.notices.current.warnings))
    assert "'dawn' is playing but is no longer in the score" in rehearsal.engine.notices.current.warnings[0]
    assert rehearsal.engine.edition.score.cues[0].id == "dawn"
    rehearsal.press("space")
    until(rehearsal, lambda: rehearsal.engine.edition.score.cues[0].id == "noon")
    assert rehearsal.position.cue == "dusk"


def test_escape_closes_the_help_first_and_then_the_rehearsal(rehearsal: Rehearsal) -> None:
    rehearsal.press("?")
    rehearsal.press("escape")
    assert rehearsal.step()
    rehearsal.press("escape")
    assert not rehearsal.step()
