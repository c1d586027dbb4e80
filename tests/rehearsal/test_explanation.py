"""The explanation of a picture: which neurons, which layer and channel, and the tree behind them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.rehearsal.drawings import NOW
from installation.rehearsal.explanation import Explanation, explanation_of
from installation.rehearsal.explanation_drawing import explanation
from installation.show.frame import CueFrame, LatentPoint, LayerFrame, OutputFrame, Plate, Shot, Subject, View
from tests.small_atlas import small_atlas


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    return small_atlas(tmp_path / "atlas", Architecture(width=4, depth=1))


def explained(atlas: Atlas, subject: Subject, view: View | None = None) -> Explanation | None:
    layer = LayerFrame("sea", Shot(subject, view or View()))
    return explanation_of(OutputFrame("wall", (CueFrame("1", (layer,)),)), atlas)


def test_a_walk_is_its_two_neurons_with_their_shares_the_larger_first(atlas: Atlas) -> None:
    found = explained(atlas, LatentPoint((("test/near/1", 0.3), ("test/near/3", 0.7))))
    assert found is not None
    assert [(one.name, share) for one, share in found.shares] == [("near-3", 0.7), ("near-1", 0.3)]
    assert found.layers == ("far", "near"), "the layers that the atlas has of the network"


def test_the_tree_has_every_parent_above_its_children(atlas: Atlas) -> None:
    found = explained(atlas, LatentPoint((("test/near/0", 1.0),)))
    assert found is not None
    assert [(one.neuron.row, one.depth, one.parent) for one in found.tree] == [
        (0, 0, None), (1, 1, 0), (2, 1, 0), (3, 2, 1),
    ]  # fmt: skip
    across = [one.across for one in found.tree]
    assert across[3] == across[1] < across[0] < across[2]


def test_a_plate_is_the_cell_in_the_middle(atlas: Atlas) -> None:
    plate = Plate(("test/near/0", "test/far/2"), 2)
    found = explained(atlas, plate, View(x=0.5, zoom=2))
    assert found is not None
    assert found.neuron.name == "far-2"
    assert explained(atlas, plate, View(x=5)) is None, "beside the plate there is nothing to explain"


def test_what_is_no_neuron_has_no_explanation(atlas: Atlas) -> None:
    assert explained(atlas, LatentPoint((("elsewhere/a/1", 1.0),))) is None
    assert explanation_of(OutputFrame("wall", ()), atlas) is None


def test_a_panel_fits_its_output_and_lights_the_layer(atlas: Atlas) -> None:
    found = explained(atlas, LatentPoint((("test/near/1", 1.0),)))
    assert found is not None
    panel = explanation(found, (400, 300))
    assert panel is not None
    assert panel.width <= 400
    assert panel.height <= 300
    row = np.asarray(panel)[108]
    lit = np.flatnonzero((row == NOW).all(1))
    assert lit.size > 0
    assert lit.min() >= panel.width / 2, "`near` is the second of two layers"
    assert explanation(found, (200, 120)) is None, "there is no room"
