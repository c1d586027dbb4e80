"""What networks see in pictures: stored beside the atlas, shown and found without any network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from typer.testing import CliRunner

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.format import write_atlas
from installation.book.describing import Described, classes_of, describe_atlas, seen_in
from installation.book.finding import Finder, Query
from installation.book.picture_classes import NAME, Seen, read_classes, spoken, write_classes
from installation.book.picture_index import read_index
from installation.commands.cli import app
from installation.errors import AtlasError, ScoreError
from installation.studio.classifying import Classifier
from installation.studio.networks.network import Network
from installation.studio.networks.sketch import sketch
from tests.small_atlas import small_atlas

MACAW = (("macaw, ara", 0.7), ("lorikeet", 0.2), ("toucan", 0.01))


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    return small_atlas(tmp_path / "atlas", Architecture(width=4, depth=1))


def described(atlas: Atlas, classify: Callable[[str, NDArray[np.uint8]], object] | None) -> Described:
    return describe_atlas(atlas, classify, lambda *_: None)  # type: ignore[arg-type]  # tests return what they like


def sees_macaws(name: str, _picture: NDArray[np.uint8]) -> tuple[str, tuple[tuple[str, float], ...]]:
    return name, MACAW


def test_classes_are_stored_and_only_changed_pictures_are_looked_at_again(atlas: Atlas) -> None:
    first = described(atlas, sees_macaws)
    assert (first.pictures, first.classified, first.without_classes) == (8, 8, 0)
    assert described(atlas, sees_macaws).classified == 0

    latents = {name: torch.stack([atlas.latent(one) for one in atlas.of_family(name)]) for name in atlas.families}
    latents["near"][3] += 0.5
    write_atlas(atlas.folder, atlas.index, latents)
    changed = Atlas.open(atlas.folder)
    assert seen_in(changed, changed.find("near-3")) is None, "what was seen in the former picture does not hold"
    kept = described(changed, None)
    assert (kept.described, kept.classified, kept.without_classes) == (1, 0, 1)
    assert described(changed, sees_macaws).classified == 1


def test_a_neuron_is_found_by_what_a_network_sees_behind_those_that_are_called_so(atlas: Atlas) -> None:
    index = read_index(atlas)
    seen = {"test/far/1": Seen("", "test", MACAW), "test/near/0": Seen("", "test", (("far, distance", 0.4),))}
    finder = Finder(atlas, index, {}, seen)
    assert [(one.neuron.name, round(one.fit, 2)) for one in finder.find(Query(("macaw",)))] == [("far-1", 0.7)]
    assert [one.neuron.name for one in finder.find(Query(("far",)))][-1] == "near-0"
    with pytest.raises(ScoreError, match="did you mean 'macaw'"):
        finder.find(Query(("macau",)))
    with pytest.raises(ScoreError):
        finder.find(Query(("toucan",)))  # a hundredth is nothing seen


def test_show_says_what_the_network_sees(atlas: Atlas) -> None:
    described(atlas, sees_macaws)
    done = CliRunner().invoke(app, ["atlas", "show", "near-1", "--atlas", str(atlas.folder)])
    assert "network test sees" in done.stdout
    assert "macaw 70%, lorikeet 20%" in done.stdout


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("tench, Tinca tinca", "tench"),
        ("Cyanocitta cristata (Blue Jay)", "Blue Jay"),
        ("temple/asia", "temple, asia"),
        ("rock_arch", "rock arch"),
    ],
)
def test_classes_are_said_as_people_say_them(label: str, said: str) -> None:
    assert spoken(label) == said


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 1}', '{"format": 1, "seen": {"a": {"picture": ""}}}'])
def test_a_damaged_file_of_classes_is_an_error_with_a_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(AtlasError, match=r"classes\.json: damaged .* delete it, and `installation atlas index`"):
        read_classes(tmp_path, {})


def test_shares_that_are_none_are_refused(tmp_path: Path) -> None:
    write_classes(tmp_path, {"a": Seen("key", "test", (("macaw", 1.5),))})
    with pytest.raises(AtlasError, match="a share is outside"):
        read_classes(tmp_path, {"a": "key"})
    (tmp_path / NAME).write_text(json.dumps({"format": 2}))
    with pytest.raises(AtlasError, match="newer format"):
        read_classes(tmp_path, {})


def with_classes() -> Network:
    """The sketch, whose last layer stands for 32 classes."""

    class Labelled:
        labelled = ("shapes",)

        def __getattr__(self, name: str) -> object:
            return getattr(sketch().wiring, name)

        def __hash__(self) -> int:
            return 1

    return replace(
        sketch(),
        card=replace(sketch().card, name="classes"),
        wiring=Labelled(),  # type: ignore[arg-type]  # the rest is the sketch's
        labels=tuple(f"class {number}" for number in range(32)),
    )


def test_a_network_without_classes_is_helped_out_by_one_that_has_some(atlas: Atlas) -> None:
    neurons = (*atlas.neurons, replace(atlas.neurons[0], network="other"))
    look = Classifier(neurons, {"test": sketch(), "other": with_classes()}.__getitem__)
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    network, classes = look("test", picture)
    assert network == "classes"
    assert len(classes) == 5
    assert sorted((share for _, share in classes), reverse=True) == [share for _, share in classes]
    assert 0 < sum(share for _, share in classes) <= 1
    assert Classifier(atlas.neurons, lambda _: sketch())("test", picture) == ("", ())


def test_the_shipped_atlas_stores_what_is_seen_in_its_pictures() -> None:
    """If this fails, pictures have changed: run `installation atlas index --networks DIR`."""
    shipped = Atlas.open(Path(__file__).parents[2] / "scores" / "atlas")
    index = read_index(shipped)
    assert index.made == 0
    assert len(classes_of(shipped, index)) == len(shipped.neurons)
