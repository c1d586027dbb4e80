"""The map: every picture once, like beside like, the same every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from installation.atlas import MAP_NAME
from installation.atlas.architecture import Architecture
from installation.atlas.map import StoredMap, write_map
from installation.book.atlas_map import AtlasMap, map_of, places_of
from installation.book.description import describe
from installation.book.identity import facts_in
from installation.book.order import MEASURES
from installation.book.picture_index import PictureIndex
from installation.commands.cli import app
from tests.book.test_finding import flat
from tests.small_atlas import neuron, small_atlas


def index_of_colours(each: int) -> PictureIndex:
    """Greens, reds and blues, so many of each, mixed."""
    chance = np.random.default_rng(3)
    colours = [base for _ in range(each) for base in ((20, 160, 30), (200, 30, 20), (30, 40, 190))]
    described = [describe(flat(*(int(c + chance.integers(-15, 16)) for c in colour))) for colour in colours]
    neurons = tuple(neuron("near", row) for row in range(len(colours)))
    return PictureIndex(
        neurons,
        np.zeros((len(colours), len(MEASURES)), np.float32),
        np.array([one.embedding for one in described]),
        tuple(map(str, range(len(colours)))),
    )


def test_like_lies_beside_like_and_every_picture_has_a_cell_of_its_own(tmp_path: Path) -> None:
    index = index_of_colours(20)
    found = map_of(index, places_of(tmp_path, index))
    assert sorted(found.neurons) == sorted(one.address for one in index.neurons)
    group = np.array([int(address.rsplit("/", 1)[1]) % 3 for address in found.neurons] + [-1] * 100)
    grid = group[: found.rows * found.columns].reshape(found.rows, found.columns)
    beside = np.concatenate([(grid[:, 1:] == grid[:, :-1]).ravel(), (grid[1:] == grid[:-1]).ravel()])
    assert beside.mean() > 0.75, "chance would be a third"
    assert map_of(index, places_of(tmp_path, index)) == found, "the same every time"
    assert 1.2 < found.aspect < 1.9


def test_the_other_map_has_layers_one_behind_the_other(tmp_path: Path) -> None:
    index = index_of_colours(5)
    found = map_of(index, places_of(tmp_path, index), "layer")
    assert found.neurons == tuple(one.address for one in index.neurons)


def test_a_stored_map_of_the_same_pictures_is_taken_and_another_is_not(tmp_path: Path) -> None:
    index = index_of_colours(5)
    stored = StoredMap({one.address: (float(-one.row), 0.0) for one in index.neurons}, index.digest)
    write_map(tmp_path, stored)
    assert places_of(tmp_path, index) == stored
    write_map(tmp_path, replace(stored, pictures="before"))
    assert places_of(tmp_path, index).places != stored.places
    (tmp_path / MAP_NAME).write_text("{")
    assert places_of(tmp_path, index).pictures == index.digest, "a damaged one is made anew"


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (300, 300)])
def test_the_whole_map_is_seen(size: tuple[int, int]) -> None:
    view = AtlasMap(tuple(f"n{number}" for number in range(6)), 3).shot(*size).view
    cell = view.zoom * min(size) / 3
    assert cell * 3 <= size[0] + 1e-9
    assert cell * 2 <= size[1] + 1e-9
    assert max(cell * 3 / size[0], cell * 2 / size[1]) == pytest.approx(1)


def test_a_map_is_drawn_at_any_size_and_says_where_it_is_from(tmp_path: Path) -> None:
    atlas = small_atlas(tmp_path / "atlas", Architecture(width=6, depth=2))
    out = tmp_path / "map.png"
    done = CliRunner().invoke(
        app, ["atlas", "map", "--atlas", str(atlas.folder), "--out", str(out), "--size", "160x90"]
    )
    assert done.exit_code == 0, done.output
    with Image.open(out) as picture:
        assert picture.size == (160, 90)
        assert np.asarray(picture).std() > 20
    facts = facts_in(out)
    assert facts["kind"] == "map"
    assert len(facts["neurons"]) == 8
