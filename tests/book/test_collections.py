"""Collections: read with file and line, and those that are shipped name neurons that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation import SHIPPED_ATLAS
from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.book.collections_file import collections_of, read_collections
from installation.commands.file_formats import format_of
from installation.errors import ScoreError
from tests.small_atlas import small_atlas


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    return small_atlas(tmp_path / "atlas", Architecture(width=4, depth=2))


GOOD = """\
collections:
  - id: two
    title: Two
    by: Somebody
    text: Both are near.
    neurons: [{neuron: near-1, note: The first.}, {neuron: test/near/0}]
tags: [{tag: favourite, neurons: [near-1, far-2]}, {tag: blue, neurons: [far-2]}]
"""


def test_a_collection_has_its_neurons_in_order_with_what_is_said(atlas: Atlas) -> None:
    (atlas.folder / "collections.yaml").write_text(GOOD)
    found = collections_of(atlas)
    (one,) = found.collections
    assert (one.id, one.title, one.by, one.text) == ("two", "Two", "Somebody", "Both are near.")
    assert [(entry.neuron, entry.note) for entry in one.entries] == [("test/near/1", "The first."), ("test/near/0", "")]
    assert found.tags_of("test/far/2") == ("favourite", "blue")
    assert found.tags_of("test/far/0") == ()


def test_an_atlas_without_collections_has_none(atlas: Atlas) -> None:
    assert collections_of(atlas).collections == ()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("near-1, note", "gone, note", r"collections\.yaml:6:\d+: .*neuron 'gone' is not in the atlas"),
        ("test/near/0", "near-1", r":6:\d+: .*neuron 'test/near/1' is given twice \(first on line 6\)"),
        ("id: two", "id: Two Rooms", r":2:9: .*'Two Rooms'"),
        ("title: Two", "name: Two", r"title"),
        ("far-2]},", "nobody]},", r":7:\d+: .*neuron 'nobody' is not in the atlas"),
        ("version: 1\n", "", ""),
    ],
)
def test_a_mistake_is_told_with_its_line(atlas: Atlas, before: str, after: str, told: str) -> None:
    path = atlas.folder / "collections.yaml"
    path.write_text(GOOD.replace(before, after))
    if not told:
        assert read_collections(path, atlas).collections
        return
    with pytest.raises(ScoreError, match=told):
        collections_of(atlas)


def test_the_shipped_collections_have_no_mistakes_and_say_something_of_every_neuron() -> None:
    found = collections_of(Atlas.open(SHIPPED_ATLAS))
    assert [one.id for one in found.collections] == [
        "edges-to-objects",
        "fictional-architecture",
        "impossible-landscapes",
        "puppy-slug",
    ]
    assert all(entry.note for one in found.collections for entry in one.entries)
    assert all(len(one.entries) >= 20 for one in found.collections)
    assert format_of(SHIPPED_ATLAS / "collections.yaml").warnings(SHIPPED_ATLAS / "collections.yaml") == ()
