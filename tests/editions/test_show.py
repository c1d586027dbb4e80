"""Scores, atlases and rigs that are saved while a show plays, without a display."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from installation.atlas.atlas import Atlas
from installation.atlas.format import Index, read_index, write_atlas
from installation.atlas.interpolate import Interpolator
from installation.desk.desk import DeskOptions
from installation.editions.edition import ShowFiles
from installation.outputs.headless import Headless
from installation.picture.decoding.choosing.choice import cpu_decoder
from installation.player.engine import Engine
from installation.player.live import LATER_HOURS, Live
from installation.player.options import EngineOptions, LiveOptions
from installation.show.control import Message
from installation.show.frame import LatentPoint, Shot, View
from tests.media.pictures import plain
from tests.media.pictures import save as save_picture
from tests.picture.shots import host_pixels
from tests.small_atlas import DEFAULT, random_latent, small_atlas

SCORE = """
title: {title}
atlas: atlas
fps: 60
outputs: {outputs}
cues:
  - id: dawn
    end: hold
    duration: 4s
    layers:
      - {{name: sea, walk: {walk}}}
  - id: dusk
    duration: 6s
    layers:
      - {{name: sky, walk: far-3}}
"""
OUTPUTS = "{left: 32x18, right: 24x18}"
RIG = """
heads:
  left: {{monitor: {{connector: HDMI-1}}}}
  right: {{monitor: {{connector: HDMI-2}}, size: {size}}}
"""
PATIENCE_SECONDS = 30.0
SPARE = 6


class House:
    """A folder with a score, an atlas and a rig."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.score, self.rig = folder / "score.yaml", folder / "rig.yaml"
        small_atlas(folder / "atlas")
        self.save()

    def save(self, title: str = "Small", walk: str = "near-1", outputs: str = OUTPUTS) -> None:
        self.score.write_text(SCORE.format(title=title, walk=walk, outputs=outputs))

    def hang(self, size: str) -> None:
        self.rig.write_text(RIG.format(size=size))

    def grow(self, seed: int) -> None:
        """Other latents for the family `near`, as after another recipe."""
        index = read_index(self.folder / "atlas")
        generator = torch.Generator().manual_seed(seed)
        latents = {
            family: torch.stack([random_latent(DEFAULT, generator) for _ in range(4)]) for family in ("near", "far")
        }
        write_atlas(self.folder / "atlas", Index(index.networks, index.families, index.neurons), latents)


class Playing:
    """A show that plays headless, step by step."""

    def __init__(self, house: House, *, rig: bool = False, options: EngineOptions | None = None) -> None:
        sources = ShowFiles(house.score, house.rig if rig else None)
        self.live = Live(sources, LiveOptions(options or EngineOptions(), headless=True), time.process_time)

    @property
    def engine(self) -> Engine:
        return self.live.engine

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            self.live.step()
            assert time.monotonic() < deadline, "it did not happen"

    def until_it_plays(self, title: str) -> None:
        self.until(lambda: self.engine.edition.score.title == title)

    def until_it_has_faded_in(self) -> None:
        edited = self.engine.frame_number
        self.until(lambda: self.engine.frame_number > edited + 45)

    def picture(self, output: str) -> NDArray[np.int64]:
        return self.engine.drawing.mixer.canvases[output].pixels()[..., :3].astype(np.int64)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def playing(house: House) -> Iterator[Playing]:
    show = Playing(house)
    with show.live:
        yield show
        assert show.live.screens.context.error == "GL_NO_ERROR"


def test_a_saved_score_fades_in_while_the_show_plays(playing: Playing, house: House) -> None:
    house.save("Edited", "near-2")
    playing.until_it_plays("Edited")
    cues = playing.engine.performance.frame_at(playing.engine.frame_number + 1).outputs[0].cues
    assert [cue.cue for cue in cues] == ["dawn", "dawn"]
    playing.until_it_has_faded_in()
    assert len(playing.engine.performance.frame_at(playing.engine.frame_number).outputs[0].cues) == 1
    assert playing.engine.notices.current.mistakes == ()


def test_a_half_saved_score_keeps_the_last_good_one_and_is_told_with_its_line(playing: Playing, house: House) -> None:
    whole = house.score.read_text()
    house.score.write_text(whole[: whole.index("walk")])
    playing.until(lambda: bool(playing.engine.notices.current.mistakes))
    assert playing.engine.edition.score.title == "Small"
    assert str(playing.engine.notices.current.mistakes[0]).startswith(f"{house.score}:")
    house.score.unlink()
    house.score.mkdir()
    playing.until(lambda: "folder" in str(playing.engine.notices.current.mistakes))
    house.score.rmdir()
    house.save("Mended")
    playing.until_it_plays("Mended")
    assert playing.engine.notices.current.mistakes == ()


def test_a_saved_atlas_is_drawn_once_it_has_faded_in_and_the_old_one_is_let_go(playing: Playing, house: House) -> None:
    playing.engine.step()
    before = playing.engine.edition
    exact = [drawn_exactly(house)]
    house.grow(seed=5)
    exact.append(drawn_exactly(house))
    playing.until(lambda: playing.engine.edition is not before)
    atlases = {cue.atlas for cue in playing.engine.performance.frame_at(playing.engine.frame_number).outputs[0].cues}
    assert atlases == {before.score.atlas, playing.engine.edition.score.atlas}
    playing.until_it_has_faded_in()
    playing.until(lambda: [thread.name for thread in threading.enumerate()].count("decode queue") == 1)
    far, near = (np.abs(playing.picture("left") - one).mean() for one in exact)
    assert near < 0.8 * far  # the show decodes it at a quarter of its size


def drawn_exactly(house: House) -> NDArray[np.float64]:
    """What the atlas on disk has for the neuron that is seen."""
    decoder = cpu_decoder(Interpolator(Atlas.open(house.folder / "atlas")))
    shot = Shot(LatentPoint((("test/near/1", 1.0),)), View())
    with closing(decoder):
        return 255.0 * host_pixels(decoder.decode(shot, 32, 18)).astype(np.float64)


def test_a_damaged_atlas_keeps_the_last_good_one(playing: Playing, house: House) -> None:
    index = house.folder / "atlas" / "atlas.json"
    whole = index.read_text()
    index.write_text(whole[:-100])
    playing.until(lambda: bool(playing.engine.notices.current.mistakes))
    assert "atlas.json" in playing.engine.notices.current.mistakes[0].message
    index.write_text(whole)
    playing.until(lambda: not playing.engine.notices.current.mistakes)


def test_outputs_come_go_and_change_their_size(playing: Playing, house: House) -> None:
    house.save("Edited", outputs="{left: 48x18, ceiling: 16x16}")
    playing.until_it_plays("Edited")
    playing.until_it_has_faded_in()
    assert playing.engine.drawing.mixer.sizes == {"left": (48, 18), "ceiling": (16, 16)}
    assert playing.picture("ceiling").std() > 5
    assert playing.engine.notices.current.warnings == ("output 'right' is no longer in the score: it stays black",)


def test_another_frame_rate_waits_for_the_next_start(playing: Playing, house: House) -> None:
    house.score.write_text(house.score.read_text().replace("fps: 60", "fps: 25").replace("Small", "Edited"))
    playing.until_it_plays("Edited")
    assert playing.engine.edition.score.fps == 60
    assert (
        "fps: 25 takes effect at the next start; until then the show runs at 60"
        in playing.engine.notices.current.warnings
    )


def test_what_waits_and_what_looks_unintended_is_logged_once(
    playing: Playing, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.save("Edited")
    text = house.score.read_text()
    house.score.write_text(text + "parameters: {mist: {default: 0.5}}\n")
    playing.until_it_plays("Edited")
    playing.until_it_has_faded_in()
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len([one for one in told if "parameter 'mist' moves nothing" in one]) == 1
    house.score.write_text(text.replace("id: dawn", "id: noon"))
    playing.until(lambda: "cue 'dawn' is playing but is no longer in the score" in caplog.text)


def test_a_saved_rig_takes_effect_and_a_wrong_one_keeps_the_last_good(house: House) -> None:
    house.hang("40x20")
    show = Playing(house, rig=True)
    with show.live:
        assert show.engine.drawing.mixer.sizes["right"] == (40, 20)
        house.hang("20x20")
        show.until(lambda: show.engine.drawing.mixer.sizes["right"] == (20, 20))
        house.hang("enormous")
        show.until(lambda: bool(show.engine.notices.current.mistakes))
        assert str(show.engine.notices.current.mistakes[0]).startswith(f"{house.rig}:4:")
        assert show.engine.drawing.mixer.sizes["right"] == (20, 20)
        house.hang("16x20")
        show.until(lambda: show.engine.drawing.mixer.sizes["right"] == (16, 20))
        assert show.engine.notices.current.mistakes == ()


def test_other_hours_wait_for_the_next_start_and_it_is_said(house: House) -> None:
    house.hang("40x20")
    show = Playing(house, rig=True)
    with show.live:
        house.rig.write_text(house.rig.read_text() + "hours: {zone: Europe/Berlin, days: {daily: 10:00-18:00}}\n")
        show.until(lambda: LATER_HOURS in show.engine.notices.current.warnings)
        assert LATER_HOURS in show.live.as_json()["warnings"]  # type: ignore[operator]


def test_a_show_that_was_edited_resumes_with_the_score_and_the_faders_that_it_had(house: House, tmp_path: Path) -> None:
    options = EngineOptions(DeskOptions(), journal=tmp_path / "journal.jsonl", resume=True)
    first = Playing(house, options=options)
    with first.live:
        first.engine.desk.put(Message(0, 0, "go", "dusk", source="page"))
        first.engine.desk.put(Message(0, 0, "set", "/master", 0.5, source="page"))
        first.until(lambda: first.engine.performance.control.latest is not None)
        house.save("Edited", "near-2")
        first.until_it_plays("Edited")
        first.engine.desk.put(Message(0, 0, "set", "/layer/sea/opacity", 0.25, source="page"))
        first.until(lambda: first.engine.performance.control.faders["/layer/sea/opacity"].target == 0.25)
    second = Playing(house, options=options)
    with second.live:
        second.engine.step()
        assert second.engine.edition.score.title == "Edited"
        assert second.engine.performance.control == first.engine.performance.control
        assert second.engine.frame_number > first.engine.frame_number


def test_what_was_loaded_before_the_show_is_never_searched_for_garbage_during_it(house: House) -> None:
    with Playing(house).live:
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0


def test_without_reload_nothing_that_is_saved_matters(house: House) -> None:
    show = Playing(house, options=EngineOptions(reload=False))
    with show.live:
        house.save("Edited")
        threads = {thread.name for thread in threading.enumerate()}
        assert "watch" not in threads


def test_edits_one_after_the_other_leave_nothing_behind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads, files and GL objects; a thousand of them: python -m installation.benchmarks.editing."""
    alive = _counted(monkeypatch)
    show = Playing(house)

    def counted() -> tuple[int, int, int]:
        gc.collect()
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir())), alive()

    with show.live:
        first = None
        for number in range(4):
            house.grow(seed=number)
            house.save(f"Edit {number}", f"near-{number % 4}", ("{left: 32x18}", OUTPUTS)[number % 2])
            show.until_it_plays(f"Edit {number}")
            show.until_it_has_faded_in()
            if number == 1:
                first = counted()
        assert first is not None
        show.until(lambda: counted()[:2] == first[:2])  # what an edit needed may take a moment to go
        assert counted()[2] <= first[2] + SPARE, "but for textures that wait, which follow how busy the machine is"


def _counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Lets every GL object that is made headless from now on be counted until it is released."""
    made: list[object] = []
    opened = Headless.__init__

    def recording(self: Headless) -> None:
        opened(self)
        for maker in ("buffer", "framebuffer", "program", "renderbuffer", "texture", "vertex_array"):
            monkeypatch.setattr(self.context, maker, _recorded(getattr(self.context, maker), made))

    monkeypatch.setattr(Headless, "__init__", recording)
    return lambda: sum(type(one.mglo).__name__ != "InvalidObject" for one in made)  # type: ignore[attr-defined]


def _recorded(make: Callable[..., object], made: list[object]) -> Callable[..., object]:
    def record(*arguments: object, **options: object) -> object:
        made.append(make(*arguments, **options))
        return made[-1]

    return record


def test_a_picture_that_is_saved_anew_is_watched_and_makes_another_edition(house: House) -> None:
    photo = save_picture(house.folder / "photo.png", plain(255, 0, 0))
    house.score.write_text(
        "atlas: atlas\noutputs: {left: 32x18}\ncues: [{id: 1, end: hold, layers: [{image: photo.png}]}]\n"
    )
    files = ShowFiles(house.score)
    before = files.read()
    assert photo in files.files()
    assert photo not in before.texts, "copies of the show's own files are kept, not of an artist's pictures"
    save_picture(photo, plain(0, 255, 0))
    assert files.read().score != before.score
