"""The shipped scores: what everybody sees first. Each is checked, rendered and held against golden pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from installation.editions.production import Production
from installation.errors import ScoreError
from installation.player.offline import OfflinePlayer
from installation.score import reader
from installation.show.compiled_score import compiled
from installation.show.frame import Plate

ROOT = Path(__file__).parents[1]
SCORES = sorted(path for path in (ROOT / "scores").glob("*.yaml") if "cues:" in path.read_text(encoding="utf-8"))
SIZE_PX = (96, 54)
README_PICTURE = ROOT / "docs" / "first_light.jpg"
README_SIZE_PX = (320, 180)
README_MOMENTS = ("43s", "53s", "2:04", "3:05", "3:32", "4:25", "4:52", "5:58", "7:34")
README_GAP_PX = 6


def strip(production: Production, frames: list[int]) -> NDArray[np.uint8]:
    """All outputs side by side, a row for each frame: (rows * height, outputs * width, 3)."""
    rows = []
    for frame_number in frames:
        with OfflinePlayer(production, [], frame_number) as offline:
            offline.player.step()
            rows.append(np.concatenate([canvas.pixels()[..., :3] for canvas in offline.canvases.values()], axis=1))
    return np.concatenate(rows)


@pytest.mark.parametrize("path", SCORES, ids=lambda path: path.stem)
def test_a_shipped_score_is_right_and_raises_no_eyebrows(path: Path) -> None:
    report = reader.check(path)
    assert (report.mistakes, report.warnings) == ((), ())


@pytest.mark.parametrize("path", SCORES, ids=lambda path: path.stem)
def test_a_shipped_score_looks_as_it_did(path: Path, golden: Callable[[str, NDArray[np.uint8]], None]) -> None:
    production = Production.open(path, size=SIZE_PX)
    timeline = compiled(production.score).timeline
    middles = [start + duration // 2 for start, duration in zip(timeline.starts, timeline.durations, strict=True)]
    picture = strip(production, middles)
    assert picture.std() > 20, "a shipped score is neither black nor grey"
    golden(path.stem, picture)


def test_the_picture_of_the_readme_is_of_the_shipped_score(request: pytest.FixtureRequest) -> None:
    production = Production.open(ROOT / "scores" / "first_light.yaml", size=README_SIZE_PX)
    canvases = strip(production, [production.frame_number(moment, "at") for moment in README_MOMENTS])
    columns = [np.pad(one, ((0, 0), (0, README_GAP_PX), (0, 0))) for one in np.split(canvases, 3, axis=1)]
    rows = np.split(np.concatenate(columns, axis=1)[:, :-README_GAP_PX], len(README_MOMENTS))
    picture = np.concatenate([np.pad(one, ((0, README_GAP_PX), (0, 0), (0, 0))) for one in rows])[:-README_GAP_PX]
    if request.config.getoption("--regenerate"):
        Image.fromarray(picture).save(README_PICTURE, quality=85, optimize=True)
        return
    shown = np.asarray(Image.open(README_PICTURE).convert("RGB")).astype(int)
    assert shown.shape == picture.shape
    assert np.abs(shown - picture).mean() < 6.0, "look at it, then run pytest --regenerate"


def test_a_parameter_may_be_set_for_a_still() -> None:
    far, near = (
        Production.open(ROOT / "scores" / "visitor.yaml", size=SIZE_PX, settings=[f"near={one}"]) for one in (0, 1)
    )
    assert (strip(far, [0]) != strip(near, [0])).mean() > 0.5


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("near", "'near' is not NAME=NUMBER, such as near=0.7"),
        ("near=half", "is not NAME=NUMBER"),
        ("near=nan", "is not NAME=NUMBER"),
        ("neer=1", "'neer' is not a parameter of this score; it has near; did you mean 'near'?"),
        ("near=1.5", "1.5 is outside 0..1, the range of near"),
    ],
)
def test_a_setting_that_cannot_be_is_told(setting: str, told: str) -> None:
    with pytest.raises(ScoreError, match=re.escape(told)):
        Production.open(ROOT / "scores" / "visitor.yaml", settings=[setting])


def test_the_first_score_of_the_readme_is_right(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_score = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)[0]
    assert len(first_score.splitlines()) == 10
    (tmp_path / "atlas").symlink_to(ROOT / "scores" / "atlas")
    (tmp_path / "mine.yaml").write_text(first_score)
    report = reader.check(tmp_path / "mine.yaml")
    assert (report.mistakes, report.warnings) == ((), ())


def test_the_default_score_uses_everything() -> None:
    """Every montage and transition, plates, cuts, words, effects, sound; eight to ten minutes on three outputs."""
    text = (ROOT / "scores" / "first_light.yaml").read_text(encoding="utf-8")
    words = ["canon", "mirror", "span", "split", "takes", "plate", "into", "blend", "zoom", "x:", "degrees"]
    words += ["dissolve", "wipe", "iris", "push", "luma", "morph", "cut", "text", "image", "effects", "shuffle"]
    assert [word for word in words if word not in text] == []
    score = reader.read(ROOT / "scores" / "first_light.yaml")
    assert len(score.outputs) == 3
    assert 480 <= sum(cue.duration for cue in score.cues) <= 600
    assert [cue.name for cue in score.cues if not cue.sounds and cue.layers] == [], "silence is dark here"


def test_the_default_score_shows_a_whole_layer_and_in_the_end_the_whole_atlas() -> None:
    production = Production.open(ROOT / "scores" / "first_light.yaml")
    plates = [
        take.subject.neurons
        for cue in production.score.cues
        for layer in cue.layers
        for take in layer.takes
        if isinstance(take.subject, Plate)
    ]
    assert len(plates[0]) == 32
    every = {neuron.address for neuron in production.interpolator.atlas.neurons}
    assert set(plates[-1]) == every
    assert len(plates[-1]) == len(every)
