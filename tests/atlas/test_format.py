"""The atlas on disk: what is written comes back, and what is broken is refused with the way out."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.format import (
    Extent,
    Family,
    Index,
    NetworkProvenance,
    Neuron,
    Road,
    write_atlas,
    write_index,
)
from installation.errors import AtlasError, ScoreError

SHAPE = Architecture(3, 2)


def neuron(name: str, channel: int, row: int, parent: str | None, family: str = "spires") -> Neuron:
    address = f"places365/conv10/{channel}"
    fixed = {"network": "places365", "layer": "conv10", "label": name, "recipe": "r", "code": "c"}
    return Neuron(address=address, name=name, channel=channel, family=family, parent=parent, row=row, activation=1.5,
                  steps=3, seed=0, network_sha256="0" * 64, **fixed)  # fmt: skip


def write_small(folder: Path) -> tuple[Index, dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(2)
    latents = {
        "spires": torch.randn(4, SHAPE.size, generator=generator),
        "waters": torch.randn(1, SHAPE.size, generator=generator),
    }
    root = "places365/conv10/251"
    neurons = (
        neuron("pagoda", 251, 0, None),
        neuron("temple", 330, 1, root),
        neuron("church", 91, 2, root),
        neuron("mosque", 230, 3, "places365/conv10/330"),
        neuron("coast", 97, 0, None, "waters"),
    )
    families = {"spires": Family("", "", SHAPE, 4), "waters": Family("", "", SHAPE, 1)}
    index = Index({"places365": NetworkProvenance("0" * 64, "SqueezeNet", "MIT")}, families, neurons)
    return write_atlas(folder, index, latents), latents


def family_file(folder: Path) -> Path:
    return next((folder / "families").glob("spires.*.safetensors"))


def rewrite_index(folder: Path, **changes: object) -> None:
    path = folder / "atlas.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_latents_come_back_within_half_precision(tmp_path: Path) -> None:
    _, latents = write_small(tmp_path)
    atlas = Atlas.open(tmp_path)
    assert torch.equal(atlas.latent(atlas.find("pagoda")), latents["spires"][0])
    torch.testing.assert_close(atlas.latent(atlas.find("mosque")), latents["spires"][3], atol=4e-3, rtol=0)
    stored = load_file(family_file(tmp_path))
    assert (stored["root"].dtype, stored["latents"].dtype) == (torch.float32, torch.float16)
    assert stored["latents"].shape == (4, SHAPE.size)


def test_neurons_are_found_by_name_and_by_address(tmp_path: Path) -> None:
    write_small(tmp_path)
    atlas = Atlas.open(tmp_path)
    assert atlas.find("pagoda") is atlas.find("places365/conv10/251")
    with pytest.raises(ScoreError, match=r"neuron 'pagda' is not in the atlas .*; did you mean 'pagoda'"):
        atlas.find("pagda")
    with pytest.raises(ScoreError, match="`installation atlas list` has all"):
        atlas.find("zzzzzz")


def test_a_layer_gives_its_neurons_by_channel(tmp_path: Path) -> None:
    write_small(tmp_path)
    atlas = Atlas.open(tmp_path)
    names = [neuron.name for neuron in atlas.layer("places365", "conv10")]
    assert names == ["church", "coast", "mosque", "pagoda", "temple"]
    with pytest.raises(ScoreError, match=r"layer 'places365/conv1' is not in the atlas .*; it has places365/conv10"):
        atlas.layer("places365", "conv1")


def test_the_way_between_neurons_follows_the_tree(tmp_path: Path) -> None:
    write_small(tmp_path)
    atlas = Atlas.open(tmp_path)

    def way(start: str, end: str) -> list[str]:
        return [neuron.name for neuron in atlas.path(atlas.find(start), atlas.find(end))]

    assert way("mosque", "church") == ["mosque", "temple", "pagoda", "church"]
    assert way("pagoda", "mosque") == ["pagoda", "temple", "mosque"]
    assert way("temple", "temple") == ["temple"]
    with pytest.raises(ValueError, match="no road from 'pagoda' to 'coast'"):
        way("pagoda", "coast")


def test_writing_again_removes_files_that_nothing_refers_to(tmp_path: Path) -> None:
    index, latents = write_small(tmp_path)
    digest = Atlas.open(tmp_path).digest
    write_atlas(tmp_path, index, {**latents, "spires": latents["spires"] + 1})
    assert len(list((tmp_path / "families").iterdir())) == 2
    assert Atlas.open(tmp_path).digest != digest


def test_roads_are_added_without_touching_latents(tmp_path: Path) -> None:
    index, _ = write_small(tmp_path)
    road = Road("places365/conv10/251", "places365/conv10/330", 0.9, 1.8)
    write_index(tmp_path, replace(index, roads=(road,)))
    assert Atlas.open(tmp_path).roads == (road,)


def test_extents_are_found_by_address_and_change_the_digest_only_where_they_are(tmp_path: Path) -> None:
    index, _ = write_small(tmp_path)
    assert "extents" not in index.content(), "an atlas of before keeps its digest"
    extent = Extent("places365/conv10/251", 1.25, 4.0)
    write_index(tmp_path, replace(index, extents=(extent,)))
    atlas = Atlas.open(tmp_path)
    assert atlas.extent("places365/conv10/251") == extent
    assert atlas.extent("places365/conv10/330") is None


def test_a_folder_without_an_atlas_is_named(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match="no atlas here"):
        Atlas.open(tmp_path)


def test_a_truncated_family_file_is_refused(tmp_path: Path) -> None:
    write_small(tmp_path)
    path = family_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(AtlasError, match=r"latents of family 'spires' are truncated or damaged.*restore the file"):
        Atlas.open(tmp_path)
    path.unlink()
    with pytest.raises(AtlasError, match="cannot be read"):
        Atlas.open(tmp_path)


def test_one_flipped_bit_is_noticed(tmp_path: Path) -> None:
    write_small(tmp_path)
    path = family_file(tmp_path)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(AtlasError, match="sha256"):
        Atlas.open(tmp_path)


def test_a_truncated_index_is_refused(tmp_path: Path) -> None:
    write_small(tmp_path)
    path = tmp_path / "atlas.json"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(AtlasError, match="truncated or damaged, not JSON"):
        Atlas.open(tmp_path)


@pytest.mark.parametrize("deep", [40, 900, 100_000])
@pytest.mark.parametrize("where", ["[", '{"a":'])
def test_an_index_that_lies_deep_is_refused(tmp_path: Path, deep: int, where: str) -> None:
    write_small(tmp_path)
    shut = {"[": "]", '{"a":': "}"}[where]
    (tmp_path / "atlas.json").write_text(f'{{"format": 1, "networks": {where * deep}1{shut * deep}}}')
    with pytest.raises(AtlasError, match=r"atlas.json.*build the atlas again"):
        Atlas.open(tmp_path)


def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    write_small(tmp_path)
    for path in (family_file(tmp_path), tmp_path / "atlas.json"):
        path.unlink()
        os.mkfifo(path)
        with pytest.raises(AtlasError, match=f"{path.name}.*this is not an ordinary file"):
            Atlas.open(tmp_path)


def test_an_index_changed_by_hand_is_noticed(tmp_path: Path) -> None:
    write_small(tmp_path)
    neurons = json.loads((tmp_path / "atlas.json").read_text())["neurons"]
    neurons[0]["activation"] = 99.0
    rewrite_index(tmp_path, neurons=neurons)
    with pytest.raises(AtlasError, match="digest does not match its content"):
        Atlas.open(tmp_path)


def test_a_newer_atlas_asks_for_a_newer_program(tmp_path: Path) -> None:
    write_small(tmp_path)
    rewrite_index(tmp_path, format=3)
    with pytest.raises(AtlasError, match=r"an atlas of a newer format \(3; this program reads 2\); update the program"):
        Atlas.open(tmp_path)
    rewrite_index(tmp_path, format="one")
    with pytest.raises(AtlasError, match="format number is 'one'"):
        Atlas.open(tmp_path)


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    write_small(tmp_path)
    neurons = json.loads((tmp_path / "atlas.json").read_text())["neurons"]
    del neurons[1]["parent"]
    rewrite_index(tmp_path, neurons=neurons)
    with pytest.raises(AtlasError, match=r"neurons\.1.*parent"):
        Atlas.open(tmp_path)


def test_a_row_that_is_not_there_is_refused(tmp_path: Path) -> None:
    index, _ = write_small(tmp_path)
    write_index(tmp_path, replace(index, neurons=(*index.neurons[:3], replace(index.neurons[3], row=7))))
    with pytest.raises(AtlasError, match="neuron 'mosque' points at row 7 of family 'spires'"):
        Atlas.open(tmp_path)


def test_a_parent_in_another_family_is_refused(tmp_path: Path) -> None:
    index, _ = write_small(tmp_path)
    moved = replace(index.neurons[3], parent="places365/conv10/97")
    write_index(tmp_path, replace(index, neurons=(*index.neurons[:3], moved, index.neurons[4])))
    with pytest.raises(
        AtlasError, match="neuron 'mosque' has the parent 'places365/conv10/97', which is not before it"
    ):
        Atlas.open(tmp_path)


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    index, latents = write_small(tmp_path)
    broken = latents["spires"].clone()
    broken[1, 3] = float("nan")
    with pytest.raises(AtlasError, match="family 'spires' holds numbers that are not finite"):
        write_atlas(tmp_path, index, {**latents, "spires": broken})
    # The same, smuggled into a file whose checksum is right.
    path = family_file(tmp_path)
    tensors = load_file(path)
    tensors["latents"][1, 3] = float("inf")
    save_file(tensors, path)
    spires = replace(index.families["spires"], sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    write_index(tmp_path, replace(index, families={**index.families, "spires": spires}))
    name = next(neuron.name for neuron in index.neurons if (neuron.family, neuron.row) == ("spires", 1))
    with pytest.raises(AtlasError, match=rf"{path.name}: neuron '{name}' of family 'spires' .* not finite"):
        Atlas.open(tmp_path)


def test_a_family_of_another_shape_is_refused(tmp_path: Path) -> None:
    index, _ = write_small(tmp_path)
    wider = replace(index.families["spires"], drawing=replace(SHAPE, width=4))
    write_index(tmp_path, replace(index, families={**index.families, "spires": wider}))
    atlas = Atlas.open(tmp_path)
    with pytest.raises(AtlasError, match="do not fit 4 neurons"):
        atlas.latent(atlas.find("pagoda"))


def test_an_atlas_that_the_first_format_can_say_is_written_in_it(tmp_path: Path) -> None:
    write_small(tmp_path)
    index = json.loads((tmp_path / "atlas.json").read_text())
    assert index["format"] == 1
    assert index["families"]["spires"]["width"] == SHAPE.width
    assert Atlas.open(tmp_path).drawing("spires") == SHAPE


def write_torus(folder: Path) -> Architecture:
    shape = Architecture(3, 2, "sine", "torus", alpha=True)
    index = Index(
        {"places365": NetworkProvenance("0" * 64, "SqueezeNet", "MIT")},
        {"spires": Family("", "", shape, 1)},
        (neuron("pagoda", 251, 0, None),),
    )
    write_atlas(folder, index, {"spires": torch.randn(1, shape.size)})
    return shape


def test_a_family_says_how_it_is_drawn(tmp_path: Path) -> None:
    shape = write_torus(tmp_path)
    index = json.loads((tmp_path / "atlas.json").read_text())
    assert index["format"] == 2
    assert index["families"]["spires"]["drawing"]["kind"] == "cppn"
    atlas = Atlas.open(tmp_path)
    assert atlas.drawing("spires") == shape
    assert atlas.find("pagoda@cppn") is atlas.find("places365/conv10/251@cppn") is atlas.find("pagoda")


def test_an_unknown_way_of_drawing_is_named_with_the_version_that_knows_it(tmp_path: Path) -> None:
    write_torus(tmp_path)
    families = json.loads((tmp_path / "atlas.json").read_text())["families"]
    families["spires"]["drawing"] |= {"kind": "hologram", "since": "7.1"}
    rewrite_index(tmp_path, families=families)
    told = r"family 'spires' is drawn as 'hologram', which this program \(version .*\) does not know; version 7.1 does"
    with pytest.raises(AtlasError, match=told):
        Atlas.open(tmp_path)


@pytest.mark.parametrize("kind", [[], {}, None, 7, "x" * 10_000])
def test_a_way_of_drawing_that_is_no_word_is_refused(tmp_path: Path, kind: object) -> None:
    write_torus(tmp_path)
    families = json.loads((tmp_path / "atlas.json").read_text())["families"]
    families["spires"]["drawing"]["kind"] = kind
    rewrite_index(tmp_path, families=families)
    with pytest.raises(AtlasError, match="family 'spires' is drawn as"):
        Atlas.open(tmp_path)


def test_one_neuron_is_drawn_in_several_ways_and_the_first_is_meant(tmp_path: Path) -> None:
    shape = Architecture(3, 2, coordinates="torus")
    spires = neuron("pagoda", 251, 0, None)
    tiles = replace(spires, name="pagoda_tile", address="places365/conv10/251@torus", family="tiles")
    index = Index(
        {"places365": NetworkProvenance("0" * 64, "SqueezeNet", "MIT")},
        {"spires": Family("", "", SHAPE, 1), "tiles": Family("", "", shape, 1)},
        (spires, tiles),
    )
    write_atlas(tmp_path, index, {"spires": torch.randn(1, SHAPE.size), "tiles": torch.randn(1, shape.size)})
    atlas = Atlas.open(tmp_path)
    assert atlas.find("places365/conv10/251").name == "pagoda"
    assert atlas.find("places365/conv10/251@torus").name == "pagoda_tile"
