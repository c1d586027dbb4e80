"""The map beside an atlas: the same on every machine, as a plate in a score."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.atlas import MAP_NAME
from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.map import StoredMap, on_grid, read_map, write_map
from installation.errors import AtlasError
from installation.score.reader import CheckResult, check
from installation.show.frame import Plate
from tests.small_atlas import small_atlas


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 99))
def test_a_grid_of_any_shape_has_each_place_once(count: int, columns: int, seed: int) -> None:
    chance = random.Random(seed)
    places = [(chance.choice([0.0, chance.random()]), chance.random()) for _ in range(count)]
    assert sorted(on_grid(places, columns)) == list(range(count))


def test_places_on_a_grid_stay_where_they_are() -> None:
    assert on_grid([(float(column), float(row)) for row in range(5) for column in range(8)], 8) == list(range(40))


def test_a_short_last_row_is_filled_from_the_left() -> None:
    assert on_grid([(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (0.0, 1.0), (1.0, 1.0)], 3) == [0, 1, 2, 3, 4]


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    """Eight neurons whose map runs backwards."""
    found = small_atlas(tmp_path / "atlas", Architecture(width=4, depth=1))
    places = {one.address: (0.0, float(-number)) for number, one in enumerate(found.neurons)}
    write_map(found.folder, StoredMap(places, "any"))
    return found


def checked(atlas: Atlas, plate: str, atlases: str = "atlas") -> CheckResult:
    file = atlas.folder.parent / "score.yaml"
    file.write_text(
        f"atlas: {atlases}\noutputs: {{wall: 1280x720}}\ncues:\n  - id: 1\n    duration: 9s\n    layers:\n"
        f"      - {{plate: {{{plate}}}}}\n"
    )
    return check(file)


def plate_in(found: CheckResult) -> Plate:
    assert found.score is not None, found.mistakes
    plate = found.score.cues[0].layers[0].takes[0].subject
    assert isinstance(plate, Plate)
    return plate


def test_a_plate_shows_the_map_that_lies_beside_the_atlas(atlas: Atlas) -> None:
    plate = plate_in(checked(atlas, "map: likeness, columns: 1"))
    assert plate.neurons == tuple(one.address for one in reversed(atlas.neurons))
    assert plate_in(checked(atlas, "map: likeness")).columns == 3, "as square as possible"


def test_a_plate_shows_one_layer_after_the_other(atlas: Atlas) -> None:
    assert [name.split("/")[1] for name in plate_in(checked(atlas, "map: layer")).neurons] == ["far"] * 4 + ["near"] * 4


def test_a_further_atlas_has_a_map_of_its_own(atlas: Atlas) -> None:
    plate = plate_in(checked(atlas, "map: 'mine:layer'", "{main: atlas, mine: atlas}"))
    assert all(name.startswith("mine:test/") for name in plate.neurons)


def test_the_player_watches_the_file_of_the_map(atlas: Atlas) -> None:
    assert atlas.folder / MAP_NAME in checked(atlas, "map: likeness").files
    assert checked(atlas, "map: layer").files == (), "this map needs no file"


@pytest.mark.parametrize(
    ("plate", "words"),
    [
        ("map: likness", "map 'likness' is unknown; there is likeness, layer; did you mean 'likeness'?"),
        ("map: 'mine:layer'", "there is no atlas 'mine'"),
        ("map: layer, family: near", "family and map at once: keep one"),
        ("gap: 0.1", "a plate needs a `layer`, `neurons`, a `family` or a `map`"),
    ],
)
def test_a_mistake_in_a_map_has_its_line(atlas: Atlas, plate: str, words: str) -> None:
    (mistake,) = checked(atlas, plate).mistakes
    assert mistake.line == 7
    assert words in mistake.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "has no map yet; `installation atlas index --atlas"),
        ("{", "damaged (not JSON"),
        ("[]", "not a map of an atlas"),
        (json.dumps({"format": 9}), "a map of a newer format (9; this program reads 1)"),
        (json.dumps({"format": 1, "pictures": "", "places": {"test/near/0": [1, None]}}), "is not two numbers"),
        (json.dumps({"format": 1, "pictures": "", "places": {"test/near/0": [1, 2]}}), "lacks 7 of its neurons, such"),
    ],
)
def test_a_map_that_is_missing_old_or_damaged_is_told_where_it_is_named(
    atlas: Atlas, content: str | None, words: str
) -> None:
    file = atlas.folder / MAP_NAME
    file.unlink()
    if content is not None:
        file.write_text(content)
    (mistake,) = checked(atlas, "map: likeness").mistakes
    assert (mistake.line, mistake.path) == (7, "cues[0].layers[0].plate.map")
    assert words in mistake.message
    assert str(atlas.folder) in mistake.message


def test_a_camera_goes_into_a_neuron_of_the_map(atlas: Atlas) -> None:
    found = checked(atlas, "map: likeness}, view: {into: near-2")
    assert found.score is not None
    assert found.score.cues[0].layers[0].takes[0].view[0].into == "test/near/2"


def test_a_map_is_written_and_read(tmp_path: Path) -> None:
    stored = StoredMap({"a/b/1": (1.25, -3.0), 'a/b/"2': (0.0, 7.5)}, "abc")
    write_map(tmp_path, stored)
    assert read_map(tmp_path) == stored
    assert read_map(tmp_path / "elsewhere") is None
    (tmp_path / MAP_NAME).write_text(json.dumps({"format": 1, "pictures": "", "places": {"a": [True, 2]}}))
    with pytest.raises(AtlasError, match="not two numbers"):
        read_map(tmp_path)
