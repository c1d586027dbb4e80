"""`installation atlas list | show | sheet | build` as typed."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from installation import SHIPPED_ATLAS
from installation.atlas.atlas import Atlas
from installation.commands.atlas import app
from installation.errors import ScoreError
from installation.studio.building import plan
from installation.studio.networks.registry import load_from
from installation.studio.recipes.spec import load_recipe
from tests.studio.tiny import build_tiny


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    build_tiny(folder)
    return folder / "atlas"


def test_list_as_json_gives_one_object_per_neuron(atlas: Path) -> None:
    done = CliRunner().invoke(app, ["list", "--json", "--atlas", str(atlas)])
    assert done.exit_code == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 6
    wanted = {"network": "tiny", "layer": "last", "channel": 0, "name": "pagoda", "family": "spires", "steps": 3}
    (pagoda,) = [one for one in found if one["name"] == "pagoda"]
    assert wanted.items() <= pagoda.items()
    assert isinstance(found[0]["activation"], float)


def test_list_as_a_table_names_every_neuron(atlas: Path) -> None:
    done = CliRunner().invoke(app, ["list", "--atlas", str(atlas)])
    assert all(name in done.stdout for name in ("pagoda", "church", "edges", "sky", "sea", "wood"))


def test_show_tells_provenance_and_draws_the_picture(atlas: Path, tmp_path: Path) -> None:
    out = tmp_path / "church.png"
    done = CliRunner().invoke(app, ["show", "church", "--atlas", str(atlas), "--out", str(out), "--size", "40"])
    assert done.exit_code == 0
    assert "tiny/last/1" in done.stdout
    assert "0" * 64 in "".join(done.stdout.split()), "a checksum is never cut short"
    with Image.open(out) as picture:
        assert picture.size == (40, 40)


def test_an_unknown_neuron_is_the_authors_mistake(atlas: Path) -> None:
    done = CliRunner().invoke(app, ["show", "curch", "--atlas", str(atlas)])
    assert isinstance(done.exception, ScoreError)
    assert "did you mean 'church'" in str(done.exception)


def test_the_sheet_has_a_labelled_picture_for_every_neuron(atlas: Path, tmp_path: Path) -> None:
    whole, family = tmp_path / "whole.png", tmp_path / "family.png"
    CliRunner().invoke(app, ["sheet", "--out", str(whole), "--atlas", str(atlas), "--size", "48"])
    CliRunner().invoke(
        app, ["sheet", "--out", str(family), "--atlas", str(atlas), "--size", "48", "--family", "waters"]
    )
    with Image.open(whole) as picture:
        assert picture.size[0] > 3 * 48
        assert picture.size[1] > 2 * 48
        assert picture.getpixel((0, 0)) == (14, 14, 16)
    with Image.open(family) as picture:
        assert picture.size[1] < 2 * 48


def test_a_sheet_is_a_png_file(atlas: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["sheet", "--out", str(tmp_path / "sheet.jpg"), "--atlas", str(atlas)])
    assert "must end in .png" in str(done.exception)


def test_build_without_networks_says_where_to_name_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEURAL_IMAGE_NETWORKS", raising=False)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(SKETCHED.replace("sketch/shapes", "places365/fire2"), encoding="utf-8")
    done = CliRunner().invoke(app, ["build", str(recipe), "--out", str(tmp_path / "atlas")])
    assert "--networks DIR" in str(done.exception)


def test_names_are_read_without_torch(atlas: Path) -> None:
    script = (
        "import sys, installation.commands.atlas; from installation.atlas.atlas import Atlas;"
        f"Atlas.open({str(atlas)!r}).find('pagoda'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


SKETCHED = """
settings: {width: 4, depth: 2, size_px: 32, first_size_px: 32, root_steps: 2, child_steps: 2}
families: [{name: first, neurons: [{neuron: sketch/shapes/0, name: stem}, {neuron: sketch/edges/1, name: leaf}]}]
"""


def test_an_atlas_is_built_without_any_network_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEURAL_IMAGE_NETWORKS", raising=False)
    recipe, out = tmp_path / "recipe.yaml", tmp_path / "first"
    recipe.write_text(SKETCHED, encoding="utf-8")
    asked = ["build", str(recipe), "--out", str(out), "--workers", "1"]
    planned = CliRunner().invoke(app, [*asked, "--dry-run"])
    assert planned.stdout.startswith("2 neurons, 2 of them to train: 4 steps, about 0:00:0")
    assert list(tmp_path.iterdir()) == [recipe]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert [neuron.name for neuron in Atlas.open(out).neurons] == ["stem", "leaf"]
    again = CliRunner().invoke(app, [*asked, "--dry-run"])
    assert again.stdout.startswith("2 neurons, 0 of them to train: 0 steps, about 0:00:00")


def test_probing_a_layer_lists_its_best_channels_and_keeps_their_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("installation.studio.whole_layers.PROBE_STEPS", 1)
    monkeypatch.setattr("installation.studio.whole_layers.PROBE_PX", 32)
    out = tmp_path / "probes"
    done = CliRunner().invoke(app, ["probe", "sketch/edges", "--out", str(out), "--workers", "1", "--best", "3"])
    assert done.exit_code == 0, done.output
    kept = Atlas.open(out).neurons
    assert len(kept) == 3
    assert all(neuron.address in done.stdout for neuron in kept)


def test_the_recipe_to_begin_with_needs_no_network_file() -> None:
    recipe = load_recipe(SHIPPED_ATLAS / "sketch.yaml")
    assert len(plan(recipe, partial(load_from, None)).jobs) == 5
