"""Preflight: what should not happen in a gallery is found before anybody sees it, and nothing else."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from installation.atlas.atlas import Atlas, Extent
from installation.atlas.interpolate import Interpolator
from installation.rehearsal.change_bound import seconds_that_may_flash
from installation.rehearsal.preflight import preflight
from installation.rehearsal.preflight_page import as_html
from installation.rehearsal.preflight_report import as_json, as_text
from installation.show.playing.performance import Performance
from installation.show.score import End, Keyframe, Layer, Score, Track
from tests.command import installation
from tests.rehearsal.conftest import Produce, blinking, cue, layer, score, still


def restless(played: Score) -> list[int]:
    seconds = sum(one.duration for one in played.cues)
    return seconds_that_may_flash(Performance(played, [one.name for one in played.outputs]), int(seconds * played.fps))


def test_a_calm_show_passes_and_is_not_looked_at_frame_by_frame(produce: Produce) -> None:
    found = preflight(produce(score(cue("dawn", 3), cue("dusk", 8, dissolve=6))))
    assert found.passed
    assert {one.kind for one in found.findings} <= {"burn-in"}
    assert (found.frames_checked, found.seconds_checked_frame_by_frame) == (11, 0)
    assert [cost.cue for cost in found.costs] == ["dawn", "dusk"]
    assert found.mpx_per_second > 0


def test_a_strobe_must_change_and_is_told_with_its_place(produce: Produce) -> None:
    strobe = cue("strobe", 2, layer("right", opacity=blinking(6, 2)), layer("left", name="calm"))
    found = preflight(produce(score(cue("calm", 3), strobe)))
    assert not found.passed
    [finding] = [one for one in found.findings if one.serious]
    assert (finding.kind, finding.cue, finding.output) == ("flashes", "strobe", "right")
    assert 2.0 <= finding.begin <= 3.5
    assert "flashes in a second" in finding.sentence


@pytest.mark.parametrize("end", ["hold", "loop"])
def test_what_comes_after_a_cue_that_stays_is_looked_at_as_if_it_got_its_go(produce: Produce, end: End) -> None:
    waits = replace(cue("waits", 3, layer("left", name="calm")), end=end)
    found = preflight(produce(score(waits, cue("strobe", 2, layer("right", opacity=blinking(6, 2))))))
    [finding] = [one for one in found.findings if one.serious]
    assert (finding.kind, finding.output) == ("flashes", "right")
    assert 2.0 <= finding.begin <= 3.5
    (_, _, (left, right)), (_, _, (after_left, after_right)) = found.scenes
    assert left.any()
    assert not right.any()
    assert not after_left.any()
    assert after_right is not None


def test_a_show_that_begins_in_the_dark_has_its_costs(produce: Produce) -> None:
    found = preflight(produce(score(replace(cue("dark", 2), layers=()), cue("dawn", 2))))
    assert math.isfinite(found.mpx_per_second)
    told = json.loads(as_json(found))
    assert told["mpx_per_second"] > 0
    assert told["looked"] == told["frames_checked"] == found.frames_checked, "former names stay for a version"
    assert told["dense_seconds"] == told["seconds_checked_frame_by_frame"]


def test_three_blinks_a_second_are_allowed(produce: Produce) -> None:
    found = preflight(produce(score(cue("blink", 2, layer(opacity=blinking(3, 2))))))
    assert found.seconds_checked_frame_by_frame > 0
    assert found.passed


def test_black_is_told_apart_from_an_output_without_layers(produce: Produce) -> None:
    faded = Track((Keyframe(0.0, 1.0), Keyframe(1.0, 1.0), Keyframe(1.1, 0.0)))
    found = preflight(produce(score(cue("left only", 4, layer("left", opacity=faded)))), every_seconds=0.5)
    dark = {one.output: (one.begin, one.end, one.sentence) for one in found.findings if one.kind == "black"}
    assert dark["right"] == (0.0, 4.0, "dark: it shows no layer")
    assert dark["left"][:2] == (1.5, 4.0)
    assert found.passed


def test_what_stays_bright_for_the_whole_loop_may_burn_in(produce: Produce) -> None:
    found = preflight(produce(score(cue("one picture", 4))))
    assert {one.output for one in found.findings if one.kind == "burn-in"} == {"left", "right"}
    assert 0.02 < found.burn_in[0].share < 1.0
    fading = Track((Keyframe(0.0, 1.0), Keyframe(4.0, 0.0)))
    assert preflight(produce(score(cue("fading", 4, layer(opacity=fading))))).findings == ()


def test_a_neuron_that_the_atlas_lacks_is_found(produce: Produce) -> None:
    found = preflight(produce(score(cue("dawn", 2), cue("gone", 2, layer(take=still("test/near/99"))))))
    assert not found.passed
    assert any(one.kind == "missing" and one.cue == "gone" and "99" in one.sentence for one in found.findings)


def test_a_quick_camera_is_restless_and_a_slow_one_is_not() -> None:
    quick = still()
    quick = replace(quick, view=(replace(quick.view[0]), replace(quick.view[0], at=1.0, x=1.5)))
    slow = replace(quick, view=(quick.view[0], replace(quick.view[1], at=30.0)))
    assert restless(score(cue("quick", 3, layer(take=quick))))
    assert restless(score(cue("slow", 3, layer(take=slow)))) == []


def test_cuts_one_after_the_other_are_restless() -> None:
    other: Layer = layer(take=still("test/far/2"))
    assert restless(score(*(cue(f"cut-{n}", 0.1, layer() if n % 2 else other) for n in range(20))))


def test_it_reads_as_text_json_and_one_page(produce: Produce) -> None:
    found = preflight(produce(score(cue("<dawn>", 2, layer("left")))))
    assert "<dawn>: 0.00 Mpx a frame" in as_text(found)
    assert json.loads(as_json(found))["findings"][0]["output"] == "right"
    page = as_html(found)
    assert "&lt;dawn&gt;" in page
    assert "<dawn>" not in page
    assert page.count("data:image/png;base64,") == 4
    assert "http" not in page


def test_a_score_that_cannot_be_played_is_told_as_json_and_page_too(tmp_path: Path) -> None:
    score, page = tmp_path / "sea.yaml", tmp_path / "sea.html"
    score.write_text("outputs: {wall: 32x18}\ncues: [{id: 1, duration: 2s, layers: [{walk: pagodda}]}]\n")
    told = installation("preflight", score, "--json", "--page", page)
    [finding] = json.loads(told.stdout)["findings"]
    assert (told.returncode, finding["kind"]) == (2, "missing")
    assert "did you mean 'pagoda'?" in finding["sentence"]
    assert "pagodda" in page.read_text()


def test_a_camera_that_sees_beyond_a_picture_is_told_how_far_that_goes(produce: Produce) -> None:
    show = produce(score(cue("far", 4, layer("left", take=still(zoom=0.5))), cue("near", 3)))
    atlas = show.interpolator.atlas
    extents = tuple(Extent(neuron.address, 3.0, 2.5) for neuron in atlas.neurons)
    show = replace(show, interpolator=Interpolator(Atlas(atlas.folder, replace(atlas.index, extents=extents))))
    [finding] = [one for one in preflight(show).findings if one.kind == "edges"]
    assert (finding.cue, finding.output, finding.begin, finding.end) == ("far", "left", 0.0, 4.0)
    assert not finding.serious
    assert "sees 3.6 half short sides from the middle of near-1, whose picture goes on to 3.00" in finding.sentence


def test_of_an_atlas_whose_extents_nobody_measured_no_edge_is_told(produce: Produce) -> None:
    found = preflight(produce(score(cue("far", 2, layer("left", take=still(zoom=0.1))))))
    assert not [one for one in found.findings if one.kind == "edges"]
