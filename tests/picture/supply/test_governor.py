"""Load shedding: quality goes down at once when it must, and up only after there was room for a while."""

from __future__ import annotations

from itertools import pairwise

import pytest

from installation.picture.supply.decode_queue import DecodeTime
from installation.picture.supply.governor import KEY_PICTURE_MARGIN, LADDER, Demand, Governor, Rung, Speed

THREE_OUTPUTS = {"wall": Demand(3, 3 * 640 * 360)}


def drawn(pixels_per_second: float, pictures: int = 60) -> list[DecodeTime]:
    return [DecodeTime(pixels, pixels / pixels_per_second) for pixels in [40_000, 10_000, 90_000] * (pictures // 3)]


def settled(pixels_per_second: float, frames: int = 600) -> Governor:
    governor = Governor(30.0)
    for number in range(frames):
        governor.decide(number, THREE_OUTPUTS, drawn(pixels_per_second, 3), late=False)
    return governor


@pytest.mark.parametrize("frames_per_second", [24, 25, 30, 50, 60])
def test_every_rung_costs_less_than_the_one_before(frames_per_second: float) -> None:
    costs = [
        rung.quality**2 * (KEY_PICTURE_MARGIN if rung.step_seconds else 1.0) / rung.step_frames(frames_per_second)
        for rung in LADDER[1:]
    ]
    assert all(after < before for before, after in pairwise(costs))


def test_supersampling_comes_before_native_and_costs_nine_times_as_much_where_detail_is_fine() -> None:
    speed, plain, fine = Speed(), Demand(1, 1000), Demand(1, 1000, 9000)
    above, native = LADDER[:2]
    assert (above.supersampled, above.quality, native) == (True, 1.0, Rung(1.0, 0.0))
    assert speed.load(above, plain, 30.0) == speed.load(native, plain, 30.0)
    per_picture = speed.fitted()[0] * 30.0
    fine_load, native_load = speed.load(above, fine, 30.0) - per_picture, speed.load(native, fine, 30.0) - per_picture
    assert fine_load == pytest.approx(9 * native_load)


def test_an_output_with_priority_stays_finer_than_the_others() -> None:
    outputs = {name: Demand(1, 640 * 360) for name in ("left", "middle", "right")}
    alike, favoured = Governor(30.0), Governor(30.0, priority=("middle",))
    for number in range(600):
        for governor in (alike, favoured):
            governor.decide(number, outputs, drawn(3.0e6, 3), late=False)
    assert alike.rung_of("middle") == alike.rung_of("left")
    assert LADDER.index(favoured.rung_of("middle")) < LADDER.index(alike.rung)
    assert LADDER.index(favoured.rung_of("left")) >= LADDER.index(alike.rung)


def test_a_card_that_decodes_everything_gets_the_first_rung() -> None:
    assert settled(200e6).rung == LADDER[0]


@pytest.mark.parametrize(("seconds", "gigapixels"), [(0.001, 4.0), (0.002, 4.0), (0.002, 8.0), (0.006, 8.0)])
def test_a_card_that_draws_four_outputs_of_a_wall_in_one_go_gets_them_native(seconds: float, gigapixels: float) -> None:
    """Each go has its start once, not once for each picture."""
    wall = {name: Demand(1, 3840 * 2160) for name in ("a", "b", "c", "d")}
    governor = Governor(60.0, batch_px=lambda: 4 * 3840 * 2160)
    for number in range(60 * 60):
        pixels = 4 * round(3840 * 2160 * governor.rung.quality**2)
        drawn_now = [DecodeTime(pixels, seconds + pixels / (gigapixels * 1e9))] * (number % governor.step_frames() == 0)
        governor.decide(number, wall, drawn_now, late=False)
    assert governor.rung.quality == 1.0
    assert governor.step_frames() == 1


def test_two_slow_cores_get_key_pictures_no_coarser_than_a_quarter() -> None:
    rung = settled(1.0e6).rung
    assert rung.step_seconds > 0
    assert rung.quality >= 0.25
    assert settled(1.0e4).rung == LADDER[-1]


def test_overload_is_answered_at_once() -> None:
    governor = settled(200e6)
    governor.decide(601, THREE_OUTPUTS, drawn(1e6, 300), late=True)
    assert governor.rung.step_seconds > 0


def test_quality_comes_back_only_after_three_seconds_of_room_and_one_rung_at_a_time() -> None:
    governor = settled(0.5e6)
    before = LADDER.index(governor.rung)
    for number in range(1000, 1089):
        governor.decide(number, THREE_OUTPUTS, drawn(200e6, 60), late=False)
        assert LADDER.index(governor.rung) == before
    for number in range(1089, 1092):
        governor.decide(number, THREE_OUTPUTS, drawn(200e6, 60), late=False)
    assert LADDER.index(governor.rung) == before - 1


def test_a_load_near_the_limit_does_not_go_to_and_fro() -> None:
    governor = settled(1.0e6)
    rungs = set()
    for number in range(1000, 2000):
        governor.decide(number, THREE_OUTPUTS, drawn(1.0e6 * (1.1 if number // 50 % 2 else 0.9), 3), late=False)
        rungs.add(governor.rung)
    assert len(rungs) == 1


def test_a_rung_chosen_by_hand_stays() -> None:
    governor = Governor(30.0, fixed=Rung(1.0, 0.0))
    governor.decide(0, THREE_OUTPUTS, drawn(1e3), late=True)
    assert governor.rung == Rung(1.0, 0.0)


def test_a_scene_that_stands_still_says_nothing_about_the_machine() -> None:
    governor = settled(1.0e6)
    before = governor.rung
    governor.decide(1000, {"wall": Demand(0, 0)}, [], late=False)
    assert governor.rung == before


def test_speed_tells_what_a_picture_costs_from_what_its_pixels_cost() -> None:
    speed = Speed()
    speed.learn([DecodeTime(pixels, 0.01 + pixels * 2e-6) for pixels in (10_000, 30_000, 60_000) * 60])
    assert speed.fitted() == pytest.approx((0.01, 2e-6), rel=0.02)
