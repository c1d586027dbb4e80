"""What the documentation shows works: its scores are right, its examples play, its commands exist."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docs.examples.play import play
from installation.commands.cli import app
from installation.score import reader
from tests.small_atlas import small_atlas

ROOT = Path(__file__).parents[1]
COURSES = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("tutorial.md", "workshop.md"))
SCORES = re.findall(r"^```yaml score\n(.*?)^```", COURSES, re.MULTILINE | re.DOTALL)
COMMANDS = sorted(set(re.findall(r"^    \.venv/bin/installation (.+?)(?: +#.*)?$", COURSES, re.MULTILINE)))

TWO_WALLS = """\
atlas: atlas
fps: 10
outputs: {left: 64x36, right: 48x48}
cues:
  - id: 1
    duration: 2s
    layers: [{walk: [near-0, near-3], view: [{at: 0s, zoom: 1}, {at: 2s, zoom: 9}]}]
"""


def test_the_examples_of_a_decoder_a_supply_and_a_sink_play_a_show(tmp_path: Path) -> None:
    small_atlas(tmp_path / "atlas")
    (tmp_path / "walls.yaml").write_text(TWO_WALLS)
    play(tmp_path / "walls.yaml", 6, tmp_path / "brightness.csv")
    with (tmp_path / "brightness.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["frame"], row["output"]) for row in rows[:2]] == [("0", "left"), ("0", "right")]
    left = [float(row["brightness"]) for row in rows if row["output"] == "left"]
    assert len(left) == 6
    assert all(0.2 < brightness < 0.8 for brightness in left), "rings are half white"
    assert left[0] != pytest.approx(left[2], abs=1e-4), "the camera comes closer"


@pytest.mark.parametrize("text", SCORES, ids=[f"score {number}" for number in range(1, len(SCORES) + 1)])
def test_the_scores_of_tutorial_and_workshop_have_no_mistakes(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tide.yaml"
    path.write_text(text.replace("atlas: atlas", f"atlas: {ROOT / 'scores' / 'atlas'}"))
    found = reader.check(path)
    assert found.mistakes == ()
    assert found.warnings == ()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_tutorial_and_workshop_exist_with_their_options(command: str) -> None:
    name, *words = command.split()
    path = [name, *words[:1]] if name in ("atlas", "house", "rig") else [name]
    shown = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [*path, "--help"])
    assert shown.exit_code == 0
    assert [word for word in words if word.startswith("--") and word not in shown.stdout] == []
