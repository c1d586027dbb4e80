"""Several atlases in one score: every neuron is found by its atlas's name, and drawn from its own latents."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.atlas.joined import JoinedAtlas
from installation.editions.production import Production
from installation.score.reader import check, score_atlas_path
from installation.show.score import Walk
from tests.atlas.test_format import rewrite_index, write_small

SCORE = """
atlas: {main: first, mine: second}
outputs: {wall: 64x36}
cues:
  - id: a
    duration: 5s
    layers:
      - walk: [pagoda, "mine:temple", {family: "mine:waters"}]
      - {blend: add, plate: {layer: "mine:places365/conv10"}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A score beside two atlases that have the same names."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        write_small(tmp_path / name)
    (tmp_path / "score.yaml").write_text(SCORE)
    return tmp_path


def test_neurons_of_every_atlas_are_found_and_drawn_from_their_own_latents(folder: Path) -> None:
    first, second = Atlas.open(folder / "first"), Atlas.open(folder / "second")
    joined = JoinedAtlas(first, {"mine": second})
    assert joined.find("pagoda").address == "places365/conv10/251"
    assert joined.find("mine:pagoda").address == "mine:places365/conv10/251"
    assert torch.equal(joined.latent(joined.find("mine:mosque")), second.latent(second.find("mosque")))
    assert [one.name for one in joined.of_family("mine:waters")] == ["mine:coast"]
    assert len(joined.layer("mine:places365", "conv10")) == len(joined.layer("places365", "conv10")) == 5
    way = joined.path(joined.find("mine:pagoda"), joined.find("mine:mosque"))
    assert [one.name for one in way] == ["mine:pagoda", "mine:temple", "mine:mosque"]
    assert joined.digest != first.digest
    assert joined.folders == (folder / "first", folder / "second")
    assert joined.is_current
    rewrite_index(folder / "second", changed=1)
    assert not joined.is_current


def test_a_score_shows_neurons_of_both(folder: Path) -> None:
    report = check(folder / "score.yaml")
    assert (report.mistakes, report.warnings) == ((), ())
    assert report.further_atlases == {"mine": folder / "second"}
    assert score_atlas_path(folder / "score.yaml") == folder / "first"
    production = Production.open(folder / "score.yaml")
    walk = production.score.cues[0].layers[0].takes[0].subject
    assert isinstance(walk, Walk)
    seen = {neuron for leg in walk.legs for neuron in (leg.a, leg.b)}
    assert {"places365/conv10/251", "mine:places365/conv10/330", "mine:places365/conv10/97"} <= seen
    assert isinstance(production.interpolator, Interpolator)
    again = Production.open(folder / "score.yaml", known=production.interpolator)
    assert again.interpolator is production.interpolator, "what has not changed is not read again"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("mine: second", "mine: third"), "atlas 'third' is not a folder beside the score"),
        (('"mine:temple"', '"yours:temple"'), "there is no atlas 'yours'; the score has mine"),
        (('"mine:temple"', '"mine:tempel"'), "did you mean 'temple'"),
        (("{main: first, mine: second}", "first"), "there is no atlas 'mine'; the score has no other"),
        (
            ("{main: first, mine: second}", "[first]"),
            "takes folder, seen from the score, or several by name",
        ),
    ],
)
def test_what_is_wrong_with_one_of_them_is_told(folder: Path, wrong: tuple[str, str], told: str) -> None:
    (folder / "score.yaml").write_text(SCORE.replace(*wrong))
    assert told in "\n".join(map(str, check(folder / "score.yaml").mistakes))
