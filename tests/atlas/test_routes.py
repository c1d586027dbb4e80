"""An even walk is seen to go at one speed; where the direct way turns grey it goes through the neurons between."""

from __future__ import annotations

import json
import logging
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.atlas.measurements import Measurements
from installation.atlas.routes import MeasuredRoutes, prepare
from installation.atlas.travel import Travel, travel
from installation.show.frame import Plate
from installation.show.score import Cue, Layer, Leg, Output, Score, Take, Walk
from installation.show.walk import WalkRoute
from tests.small_atlas import small_atlas

A, B, C = "test/near/1", "test/near/2", "test/far/1"
ROOT = "test/near/0"


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return small_atlas(tmp_path_factory.mktemp("atlas"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "installation"


def score_of(*subjects: Walk | Plate) -> Score:
    layers = tuple(Layer(f"layer {i}", (Take(subject),), ("wall",)) for i, subject in enumerate(subjects))
    return Score("test", Fraction(30), (Output("wall", 640, 360),), (Cue("one", "One", 10.0, layers),))


def walk_of(score: Score, layer: int = 0) -> Walk:
    subject = score.cues[0].layers[layer].takes[0].subject
    assert isinstance(subject, Walk)
    return subject


EVEN = Walk((Leg(A, B, 0.0, 5.0), Leg(B, C, 5.0, 10.0)), 10.0)


def test_an_even_walk_changes_the_picture_at_constant_speed(atlas: Atlas) -> None:
    walk = walk_of(prepare(score_of(EVEN), Interpolator(atlas)))
    route = WalkRoute(walk)
    leg = walk.legs[0]
    points = [route.at(leg.start + (leg.end - leg.start) * i / 8) for i in range(9)]
    shares = torch.tensor([[dict(point.shares).get(A, 0.0), dict(point.shares).get(B, 0.0)] for point in points])
    seen = Interpolator(atlas).sketches((A, B), shares)
    moved = (seen[1:] - seen[:-1]).square().mean((1, 2)).sqrt()
    assert moved.max() < 1.35 * moved.min()
    even = Interpolator(atlas).sketches((A, B), torch.stack([1 - torch.arange(9) / 8, torch.arange(9) / 8], 1))
    plain = (even[1:] - even[:-1]).square().mean((1, 2)).sqrt()
    assert moved.std() < plain.std()


def test_legs_get_time_in_proportion_to_how_far_they_go(atlas: Atlas) -> None:
    interpolator = Interpolator(atlas)
    first, second = walk_of(prepare(score_of(EVEN), interpolator)).legs
    assert (first.start, second.end) == (0.0, 10.0)
    assert first.end == second.start
    ratio = travel(interpolator, A, B).distance / travel(interpolator, B, C).distance
    assert (first.end - first.start) / (second.end - second.start) == pytest.approx(ratio, rel=0.05)


def test_the_way_back_mirrors_the_way_there(atlas: Atlas) -> None:
    there = prepare(score_of(Walk((Leg(A, B, 0.0, 4.0),), 4.0)), Interpolator(atlas))
    back = prepare(score_of(Walk((Leg(B, A, 0.0, 4.0),), 4.0)), Interpolator(atlas))
    for seconds in (0.5, 1.0, 2.0, 3.3):
        outward = dict(WalkRoute(walk_of(there)).at(seconds).shares)[A]
        homeward = dict(WalkRoute(walk_of(back)).at(4.0 - seconds).shares)[A]
        assert outward == pytest.approx(homeward, abs=1e-6)


def test_walks_with_times_of_their_own_and_plates_are_left_as_they_are(atlas: Atlas) -> None:
    score = score_of(Walk((Leg(A, B, 0.0, 10.0),), 10.0, even=False), Plate((A, B), 2))
    assert prepare(score, Interpolator(atlas)).cues == score.cues


def test_a_walk_of_one_neuron_stays_there(atlas: Atlas) -> None:
    score = score_of(Walk((Leg(A, A, 0.0, 10.0),), 10.0))
    assert prepare(score, Interpolator(atlas)).cues == score.cues


def grey(contrast: float) -> Travel:
    return Travel(contrast, (0.1,) * 16, 1.0)


def test_a_grey_way_between_cousins_goes_through_their_ancestor(
    atlas: Atlas, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    contrasts = {(A, B): 0.5, (ROOT, A): 0.95, (ROOT, B): 0.9}
    monkeypatch.setattr("installation.atlas.routes.travel", lambda _, a, b: grey(contrasts[a, b]))
    with caplog.at_level(logging.INFO):
        legs = walk_of(prepare(score_of(Walk((Leg(A, B, 0.0, 10.0),), 10.0)), Interpolator(atlas))).legs
    assert [(leg.a, leg.b) for leg in legs] == [(A, ROOT), (ROOT, B)]
    assert [legs[0].start, legs[0].end, legs[1].end] == pytest.approx([0.0, 5.0, 10.0])
    assert "near-1 to near-2 goes through near-0: it keeps 90 % of the contrast, the direct one 50 %" in caplog.text


def test_a_detour_that_is_no_better_is_not_taken(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    contrasts = {(A, B): 0.5, (ROOT, A): 0.95, (ROOT, B): 0.4}
    monkeypatch.setattr("installation.atlas.routes.travel", lambda _, a, b: grey(contrasts[a, b]))
    assert MeasuredRoutes(Interpolator(atlas)).route(A, B) == (A, B)


def test_what_was_measured_once_is_not_measured_again(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepare(score_of(EVEN), Interpolator(atlas))
    monkeypatch.setattr("installation.atlas.routes.travel", lambda *_: pytest.fail("measured again"))
    assert prepare(score_of(EVEN), Interpolator(atlas)) == first


@pytest.mark.parametrize("damage", [b"", b"{", b"[1, 2]", b'{"a b": ["x", 1, 2]}', b'{"a b": [NaN, 1, 2]}'])
def test_a_damaged_cache_is_written_anew(atlas: Atlas, cache: Path, damage: bytes) -> None:
    first = prepare(score_of(EVEN), Interpolator(atlas))
    (kept,) = cache.iterdir()
    kept.write_bytes(damage)
    assert prepare(score_of(EVEN), Interpolator(atlas)) == first
    assert len(json.loads(kept.read_bytes())) == 2


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    Measurements(tmp_path / "file" / "numbers.json").write({"a": [1.0, 2.0, 3.0]})
    assert "the player cannot keep its measurements" in caplog.text
