"""`installation network list | show | check | import` as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from installation.commands.network import app
from installation.errors import ScoreError
from installation.studio.networks.golden import golden_picture
from tests.studio import wire

SOURCE = """
from torch import nn


def make():
    return nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(inplace=True), nn.Conv2d(4, 2, 3))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one network of one's own, whose golden value is known."""
    monkeypatch.setenv("NEURAL_IMAGE_NETWORKS", str(tmp_path))
    (tmp_path / "small_networks.py").write_text(SOURCE, encoding="utf-8")
    weights = {"0.weight": torch.ones(4, 3, 3, 3), "0.bias": torch.zeros(4)}
    weights |= {"2.weight": torch.ones(2, 4, 3, 3), "2.bias": torch.zeros(2)}
    save_file(weights, tmp_path / "small.safetensors")
    picture = golden_picture(32)
    golden = torch.nn.functional.conv2d(picture, weights["0.weight"], stride=2).abs().mean().item()
    write_card(tmp_path, golden)
    return tmp_path


def write_card(folder: Path, golden: float) -> None:
    lines = {"name": "small", "architecture": "two convolutions", "module": "small_networks:make"}
    lines |= {"file": "small.safetensors", "attribution": "me", "licence": "mine", "published": "nowhere"}
    lines |= {"input": "{size_px: 32}", "golden": f"{{'0': {golden}}}"}
    text = "\n".join(f"{key}: {value}" for key, value in lines.items())
    (folder / "small.card.yaml").write_text(text, encoding="utf-8")


def test_list_names_every_network_and_whether_its_file_is_there(folder: Path) -> None:
    done = CliRunner().invoke(app, ["list", "--json", "--networks", str(folder)])
    found = {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert {"googlenet", "inception-v1", "places-googlenet", "birds", "small"} <= found.keys()
    assert (found["small"]["state"], found["googlenet"]["state"]) == ("there", "not there")
    assert "small" in CliRunner().invoke(app, ["list"]).stdout


def test_show_lists_every_layer_with_its_channels() -> None:
    done = CliRunner().invoke(app, ["show", "googlenet", "--json"])
    told = json.loads(done.stdout)
    layers = {one["layer"]: one for one in told["layers"]}
    assert layers["inception_4c_3x3"] == {
        "layer": "inception_4c_3x3",
        "channels": 256,
        "smallest_px": 15,
        "branch": True,
    }
    assert not layers["inception_4c"]["branch"]
    text = CliRunner().invoke(app, ["show", "googlenet"]).stdout
    assert told["sha256"] in "".join(text.split()), "a checksum is never cut short"
    assert "googlenet/inception_4c_3x3_reduce" in text


def test_check_compares_golden_values(folder: Path) -> None:
    done = CliRunner().invoke(app, ["check"])
    assert (done.exit_code, done.stdout) == (0, "small: sound, 1 golden layers within 0.000%\n")
    write_card(folder, golden=3.0)
    done = CliRunner().invoke(app, ["check", "small"])
    assert done.exit_code == 1
    assert "'0' is" in done.stderr
    assert "off its known values" in done.stderr


def test_check_goes_on_behind_a_damaged_file(folder: Path) -> None:
    (folder / "imagenet-googlenet.safetensors").write_bytes(b"cut")
    done = CliRunner().invoke(app, ["check"])
    assert done.exit_code == 1
    assert "googlenet: " in done.stderr
    assert "not a safetensors file" in done.stderr
    assert "small: sound" in done.stdout


def test_check_without_any_file_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", "--networks", str(tmp_path)])
    assert isinstance(done.exception, ScoreError)
    assert "no file of a known network" in str(done.exception)


def test_import_writes_the_networks_file(folder: Path) -> None:
    published = folder / "model.caffemodel"
    published.write_bytes(wire.caffemodel({"conv1": (torch.zeros(4, 3, 3, 3), torch.zeros(4))}))
    done = CliRunner().invoke(app, ["import", str(published), "--as", "places-googlenet"])
    assert "has no tensor 'conv1_7x7_s2.weight'" in str(done.exception)
    assert not (folder / "places-googlenet.safetensors").exists()
    assert load_file(folder / "small.safetensors"), "nothing else is touched"
