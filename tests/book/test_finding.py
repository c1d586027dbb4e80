"""Finding: by word, colour, measure and likeness, in an index that follows its atlas."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.format import Family, Index, write_atlas
from installation.book.description import COLOURS, SIDE_PX, describe
from installation.book.finding import Finder, Query, in_order_of
from installation.book.order import MEASURES, in_order
from installation.book.picture_index import NAME, PictureIndex, read_index, write_index
from installation.commands.cli import app
from installation.errors import ScoreError
from tests.small_atlas import ANY_SHA256, neuron, small_atlas

SHAPE = Architecture(width=8, depth=3)
FAMILY = Family("families/near.00000000.safetensors", ANY_SHA256, SHAPE, 4)


def flat(red: int, green: int, blue: int) -> NDArray[np.uint8]:
    return np.full((SIDE_PX, SIDE_PX, 3), (red, green, blue), np.uint8)


def stripes(period: int, *, upright: bool = True) -> NDArray[np.uint8]:
    row = (np.arange(SIDE_PX) // period % 2 * 255).astype(np.uint8)
    picture = np.broadcast_to(row if upright else row[:, None], (SIDE_PX, SIDE_PX))
    return np.repeat(picture[..., None], 3, -1)


def index_of(**pictures: NDArray[np.uint8]) -> tuple[Atlas, PictureIndex]:
    """An atlas that has just these pictures, each neuron named after one."""
    neurons = tuple(
        replace(neuron("near", row), name=name, address=f"test/near/{row}", label=f"a {name}")
        for row, name in enumerate(pictures)
    )
    described = [describe(picture) for picture in pictures.values()]
    index = PictureIndex(
        neurons,
        np.array([one.measures for one in described]),
        np.array([one.embedding for one in described]),
        tuple(pictures),
    )
    return Atlas(Path("atlas"), Index({}, {"near": FAMILY}, neurons)), index


ATLAS, INDEX = index_of(
    night=flat(8, 8, 20), snow=flat(250, 250, 252), poppy=flat(210, 20, 15), sea=flat(10, 110, 120),
    fence=stripes(4), gate=stripes(6), stairs=stripes(4, upright=False),
)  # fmt: skip
FINDER = Finder(ATLAS, INDEX, {"test/near/3": ("water", "favourite")})


def names(query: Query, limit: int | None = None) -> list[str]:
    return [one.neuron.name for one in FINDER.find(query, limit)]


def test_a_colour_finds_what_is_full_of_it() -> None:
    assert names(Query(colour="crimson"), 1) == ["poppy"]
    assert names(Query(colour="#0a6e78"), 1) == ["sea"]
    assert FINDER.find(Query(colour="teal"))[0].fit > 0.3


@pytest.mark.parametrize(
    ("measure", "first"),
    [("dark", "night"), ("bright", "snow"), ("colourful", "poppy"), ("warm", "poppy"), ("cold", "sea")],
)
def test_a_measure_puts_the_most_of_it_first(measure: str, first: str) -> None:
    assert names(Query(most=(measure,)), 1) == [first]
    assert in_order_of(INDEX, INDEX.neurons, measure)[0].name == first


def test_what_is_busy_is_not_calm() -> None:
    assert set(names(Query(most=("busy",)), 3)) == {"fence", "gate", "stairs"}
    assert names(Query(least=("calm",))) == names(Query(most=("busy",)))


def test_like_finds_what_is_alike_and_not_itself() -> None:
    found = names(Query(like="fence"))
    assert found[0] == "gate"
    assert "fence" not in found
    assert len(found) == 6


def test_an_image_file_is_compared_by_its_middle_square(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), (250, 250, 252))
    wide.paste(Image.new("RGB", (100, 100), (208, 22, 15)), (100, 0))
    wide.save(tmp_path / "red.jpg")
    assert names(Query(like=str(tmp_path / "red.jpg")), 1) == ["poppy"]


def test_words_are_looked_for_in_names_labels_tags_and_layers() -> None:
    assert names(Query(("a snow",))) == ["snow"]
    assert names(Query(("WATER",))) == ["sea"]
    assert len(names(Query(("near",)))) == 7
    assert names(Query(("near",), most=("dark",)), 1) == ["night"]


def test_several_wishes_count_alike() -> None:
    assert names(Query(colour="black", most=("calm",)), 1) == ["night"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (Query(("fense",)), r"no neuron has 'fense' in its name.*did you mean 'fence'\?"),
        (Query(("xyzzy",)), r"`installation atlas list` has all"),
        (Query(colour="reddish"), r"'reddish' is not a colour; write a name such as teal"),
        (Query(most=("beautiful",)), r"'beautiful' is not a measure; a picture is more or less bright, dark"),
        (Query(like="fense"), r"neuron 'fense' is not in the atlas"),
        (Query(like="nowhere.png"), r"nowhere\.png: there is no such file"),
    ],
)
def test_what_cannot_be_found_is_said(query: Query, told: str) -> None:
    with pytest.raises(ScoreError, match=told):
        FINDER.find(query)


def test_a_file_that_is_no_image_is_said(tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("no picture")
    with pytest.raises(ScoreError, match="is not an image that can be read"):
        FINDER.find(Query(like=str(tmp_path / "words.png")))


def test_layers_come_in_their_order_and_classes_last() -> None:
    layers = [("b", 10, ""), ("fire9", 2, ""), ("fire10", 1, ""), ("conv10", 3, "pagoda"), ("fire9", 1, "")]
    neurons = [
        replace(neuron("near", row), layer=layer, channel=channel, label=label)
        for row, (layer, channel, label) in enumerate(layers)
    ]
    found = [(one.layer, one.channel) for one in in_order(neurons, "layer")]
    assert found == [("b", 10), ("fire9", 1), ("fire9", 2), ("fire10", 1), ("conv10", 3)]
    with pytest.raises(ScoreError, match=r"--sort: 'size' is none of layer, name, family"):
        in_order(neurons, "size")


def test_fifty_thousand_neurons_are_searched_at_once() -> None:
    count, chance = 50_000, np.random.default_rng(1)
    neurons = tuple(
        replace(neuron("near", 0), name=f"n{row}", address=f"test/l{row % 40}/{row}") for row in range(count)
    )
    embeddings = chance.random((count, INDEX.embeddings.shape[1]), np.float32)
    index = PictureIndex(neurons, chance.random((count, len(MEASURES)), np.float32), embeddings, ("",) * count)
    finder = Finder(Atlas(Path("atlas"), Index({}, {"near": FAMILY}, neurons)), index)
    query = Query(("l7",), "teal", ("busy",), (), "n77")
    begun = time.perf_counter()
    found = finder.find(query, 20)
    assert len(found) == 20
    assert time.perf_counter() - begun < 1.5, "0.1 s on a quiet core"


def test_the_histogram_lies_where_the_index_looks_for_it() -> None:
    shares = np.square(INDEX.embeddings[0, COLOURS])
    assert (shares > 0.01).sum() == 1, "a flat picture has one colour"


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    return small_atlas(tmp_path / "atlas", SHAPE)


def test_an_index_is_read_back_and_only_changed_pictures_are_drawn_again(atlas: Atlas) -> None:
    first = read_index(atlas)
    assert first.made == 8
    write_index(atlas, first)
    again = read_index(Atlas.open(atlas.folder))
    assert again.made == 0
    assert np.abs(again.embeddings - first.embeddings).max() < 1e-3
    latents = {name: np.stack([atlas.latent(one) for one in atlas.of_family(name)]) for name in atlas.families}
    latents["far"][2] *= 1.1
    import torch

    write_atlas(atlas.folder, atlas.index, {name: torch.from_numpy(whole) for name, whole in latents.items()})
    assert read_index(Atlas.open(atlas.folder)).made == 1


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"\xff" * 200])
def test_a_damaged_index_is_made_anew(atlas: Atlas, damage: bytes) -> None:
    path = write_index(atlas, read_index(atlas))
    path.write_bytes(damage or path.read_bytes()[:-20])
    assert read_index(atlas).made == 8


def test_the_commands_find_sort_and_draw(atlas: Atlas, tmp_path: Path) -> None:
    folder, run = str(atlas.folder), CliRunner().invoke
    done = run(app, ["atlas", "index", "--atlas", folder])
    assert "8 pictures, 8 of them described anew" in done.stdout
    assert (atlas.folder / NAME).exists()
    done = run(app, ["atlas", "find", "far", "--most", "busy", "--json", "--atlas", folder, "--limit", "2"])
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 2
    assert all(one["name"].startswith("far-") for one in found)
    assert found[0]["fit"] >= found[1]["fit"]
    sheet = tmp_path / "alike.png"
    done = run(app, ["atlas", "similar", "near-0", "--atlas", folder, "--sheet", str(sheet)])
    assert done.exit_code == 0
    assert "far-3" in done.stdout
    assert sheet.exists()
    done = run(app, ["atlas", "list", "--sort", "dark", "--json", "--atlas", folder])
    listed = [json.loads(line)["name"] for line in done.stdout.splitlines()]
    assert listed == [one.name for one in in_order_of(read_index(atlas), atlas.neurons, "dark")]
    done = run(app, ["atlas", "list", "--sort", "size", "--atlas", folder])
    assert "--sort: 'size' is none of layer" in str(done.exception)
