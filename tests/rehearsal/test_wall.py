"""Preflight on a rig: the outputs as the venue's monitors will show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from installation.editions.production import Production
from installation.errors import RigError
from installation.rehearsal.connected_rig import ConnectedRig, Remark, connected_rig_of
from installation.rehearsal.preflight import preflight
from installation.rehearsal.preflight_report import as_text
from installation.rehearsal.previews import Previews
from installation.rig.head import Head, MonitorSelector, SoftEdge
from installation.rig.mask import Polygon
from installation.rig.monitors import Monitor, MonitorIdentity
from installation.rig.warp import Point
from installation.show.frame import Place
from tests.rehearsal.conftest import Produce, blinking, cue, layer, score

LEFT, RIGHT = Head("left", MonitorSelector("HDMI-1")), Head("right", MonitorSelector("HDMI-2"))
MONITORS = (
    Monitor("HDMI-1", MonitorIdentity("Beam"), 0, 0, 128, 72, 60.0),
    Monitor("HDMI-2", MonitorIdentity("Beam"), 128, 0, 96, 72, 60.0),
)
WRITTEN = {"left": (64, 36), "right": (48, 36)}
SEEN = {"left": (128, 72), "right": (96, 72)}


def remarks(*heads: Head, monitors: tuple[Monitor, ...] = MONITORS) -> list[Remark]:
    seen = {head.output: SEEN[head.output] for head in heads}
    return list(ConnectedRig(heads, monitors).remarks(WRITTEN, seen))


def test_a_wall_that_fits_its_score_needs_no_words() -> None:
    assert remarks(LEFT, RIGHT) == []
    edged = replace(LEFT, soft_edge=SoftEdge(right=0.09)), replace(RIGHT, soft_edge=SoftEdge(left=0.12))
    assert remarks(*edged) == []


def test_an_output_without_a_head_is_seen_by_nobody() -> None:
    assert remarks(LEFT) == [Remark("unseen", "right", "no head of the rig shows this output, so nobody will see it")]


def test_a_monitor_that_is_not_connected_is_told() -> None:
    words = "its monitor is not connected here; checked at 96x72"
    assert remarks(LEFT, RIGHT, monitors=MONITORS[:1]) == [Remark("monitor", "right", words)]


def test_soft_edges_that_do_not_meet_are_told_with_their_widths() -> None:
    [one] = remarks(replace(LEFT, soft_edge=SoftEdge(right=0.25)), RIGHT)
    assert one.sentence == "fades out over 32 px on its right, right fades in over 0 px; the seam will be visible"
    edges = SoftEdge(right=0.09, gamma=2.2), SoftEdge(left=0.12, gamma=1.8)
    [one] = remarks(replace(LEFT, soft_edge=edges[0]), replace(RIGHT, soft_edge=edges[1]))
    assert one.sentence == "gamma 2.2 on its right, right has 1.8; the seam will be visible"


def test_a_preflight_looks_at_the_monitors_own_pixels_and_at_what_they_show(produce: Produce) -> None:
    turned = replace(LEFT, rotation=90, size_px=None)
    production = produce(score(cue("dawn", 2, layer("left"))))
    found = preflight(production, wall=ConnectedRig((turned,), MONITORS))
    assert [(one.output, one.size_px) for one in found.seen] == [("left", (72, 128))]
    assert "left: 72x128 on HDMI-1 (Beam)" in as_text(found)
    assert {"unseen", "shape"} <= {one.kind for one in found.findings}
    [(_, _, (picture,))] = found.scenes
    assert picture.shape == (61, 108, 3)


def hidden(left: float, top: float, right: float, bottom: float) -> Polygon:
    return Polygon((Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)), hides=True)


def kinds(production: Production, head: Head) -> dict[str, str]:
    """What is found of the left output by kind, as that head shows it."""
    found = preflight(production, wall=ConnectedRig((head,), MONITORS)).findings
    return {one.kind: one.sentence for one in found if one.output == "left"}


def test_what_the_monitor_shows_is_judged_and_not_what_is_played(produce: Produce) -> None:
    """A blinking strip along the top that fills a tenth of the picture, and two thirds of what a mask leaves."""
    strip = replace(layer("left", opacity=blinking(6, 2), name="strip"), place=Place(0.0, 0.0, 1.0, 0.1))
    production = produce(score(cue("strip", 2, layer("left", name="calm"), strip)))
    assert "flashes" not in kinds(production, LEFT)
    assert "flashes" in kinds(production, replace(LEFT, masks=(hidden(0.0, 0.15, 1.0, 1.0),)))


def test_what_lies_behind_a_mask_is_black_for_everybody(produce: Produce) -> None:
    half = replace(layer("left"), place=Place(0.0, 0.0, 0.5, 1.0))
    production = produce(score(cue("half", 2, half)))
    assert "black" not in kinds(production, LEFT)
    covered = replace(LEFT, masks=(hidden(0.0, 0.0, 0.6, 1.0),))
    assert kinds(production, covered)["black"] == "black, although it shows layers"
    assert kinds(production, replace(covered, black_lift=0.1))["black"] == "black, although it shows layers"
    shut = replace(LEFT, masks=(hidden(0.0, 0.0, 1.0, 1.0),))
    assert kinds(production, shut)["black"].startswith("the rig shows nothing of this output")


def test_pictures_are_upright_and_fade_where_the_edge_is_soft(produce: Produce) -> None:
    production = produce(score(cue("dawn", 2, layer("left"))))
    with Previews(production) as plain, Previews(production, heads=(LEFT,)) as shown:
        assert np.abs(plain.at(0).pictures["left"].astype(int) - shown.at(0).pictures["left"]).max() <= 1
    soft = replace(LEFT, soft_edge=SoftEdge(top=0.5))
    with Previews(production) as plain, Previews(production, heads=(soft,)) as shown:
        before, after = plain.at(0).pictures["left"].astype(int), shown.at(0).pictures["left"].astype(int)
    assert after[0].max() < 0.3 * max(before[0].max(), 1)
    assert np.abs(before[-1] - after[-1]).max() <= 1


def test_a_rig_that_names_another_scores_output_is_refused(tmp_path: Path) -> None:
    rig = tmp_path / "rig.yaml"
    rig.write_text("heads:\n  roof: {monitor: {connector: HDMI-1}}\n")
    with pytest.raises(RigError, match=r"rig.yaml:2:9: .*the score has no output 'roof'"):
        connected_rig_of(rig, score(cue("dawn", 2)))
